// AbortedIndex: the aborted transactions of a log, and Kafka's .txnindex files.
// Owner: a log's state, under the log's mutex. Source: TransactionIndex, AbortedTxn of Apache
// Kafka.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/log_store.h"

namespace odradek::storage {

struct AbortedEntry {
  int64_t producer_id = -1;
  int64_t first_offset = -1;
  int64_t last_offset = -1;    // of the marker
  int64_t stable_offset = -1;  // the last stable offset when the marker was written
  bool operator==(const AbortedEntry&) const = default;
};

class AbortedIndex {
 public:
  static constexpr size_t kEntrySizeBytes = 34;

  // Requires: last offsets rise.
  void Add(const AbortedEntry& entry);
  // Those with data in [from, to), for a reader that asked from `from`.
  void Collect(int64_t from, int64_t to, std::vector<AbortedTransaction>* out) const;
  void TrimPrefix(int64_t new_start);
  // Forgets those with these markers.
  void Remove(const std::vector<int64_t>& last_offsets);
  void Clear() { entries_.clear(); }
  size_t CountIn(int64_t from, int64_t to) const;  // by marker
  const std::vector<AbortedEntry>& entries() const { return entries_; }

  // The file of the segment [from, to); empty if there is nothing to write.
  std::string Encode(int64_t from, int64_t to) const;
  // Nothing if malformed, or a marker is outside [from, to).
  static std::optional<std::vector<AbortedEntry>> Decode(std::string_view content, int64_t from,
                                                         int64_t to);

 private:
  size_t LowerBound(int64_t last_offset) const;

  std::vector<AbortedEntry> entries_;  // by last_offset
};

}  // namespace odradek::storage
