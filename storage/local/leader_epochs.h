// LeaderEpochs: which leader epoch began at which offset, and Kafka's leader-epoch-checkpoint file.
// Owner: a log's state, under the log's mutex. Source: LeaderEpochFileCache, KIP-101, KIP-279.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/log_store.h"

namespace odradek::storage {

class LeaderEpochs {
 public:
  struct Entry {
    int32_t epoch;
    int64_t start_offset;
    bool operator==(const Entry&) const = default;
  };

  // This epoch begins at `offset`, with a batch or with a new leader. True if that is news.
  bool Assign(int32_t epoch, int64_t offset);
  int32_t EpochAt(int64_t offset) const;  // -1 if unknown
  int32_t Latest() const { return entries_.empty() ? -1 : entries_.back().epoch; }
  EpochEnd EndOf(int32_t epoch, int64_t log_end) const;
  // The log now begins, or ends, at this offset.
  void TrimPrefix(int64_t new_start);
  void TrimSuffix(int64_t new_end);
  const std::vector<Entry>& entries() const { return entries_; }

  // The content of the checkpoint file, and back. Nothing if it is malformed.
  std::string Encode() const;
  static std::optional<LeaderEpochs> Decode(std::string_view text);

 private:
  std::vector<Entry> entries_;  // both fields rise
};

}  // namespace odradek::storage
