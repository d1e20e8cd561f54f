// What compaction keeps of a batch: BatchFilter judges the batches of a log one by one, in the
// order of their offsets, and rewrites those that lose records. CleanedTransactions follows the
// transactions among them.
//
// Offsets, sequences and epochs of what is kept do not change. A tombstone, or the marker of a
// transaction of which nothing is left, gets its delete horizon when it is first met (KIP-534:
// the base timestamp says when it may go) and goes when a later pass finds the time passed.
//
// Owner: a Cleaner. Not thread-safe. Errors: kCorrupt for a batch that cannot be read.
// Source: Cleaner, CleanedTransactionMetadata, MemoryRecords.filterTo of Apache Kafka.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/env/clock.h"
#include "base/result.h"
#include "protocol/records/record.h"
#include "protocol/records/record_batch.h"
#include "storage/local/aborted_index.h"
#include "storage/local/offset_map.h"
#include "storage/local/producer_state.h"

namespace odradek::storage {

class CleanedTransactions {
 public:
  explicit CleanedTransactions(std::vector<AbortedEntry> aborted);

  // True if the batch, no control batch, belongs to an aborted transaction.
  bool OnBatch(const records::BatchView& batch);
  // A batch of an aborted transaction stays, without its records.
  void OnRetained(const records::BatchView& batch);
  // True if no batch of the marker's transaction was met.
  bool OnMarker(const records::BatchView& batch);
  // The aborted transactions of which no batch is left, by the offset of their marker, since the
  // last call.
  std::vector<int64_t> TakeVanished() { return std::exchange(vanished_, {}); }

 private:
  struct Ongoing {
    int64_t last_offset = -1;
    bool met = false;
    bool retained = false;
  };
  void BeginUpTo(int64_t offset);

  std::vector<AbortedEntry> aborted_;  // by first offset
  size_t begun_ = 0;                   // of them
  std::unordered_map<int64_t, Ongoing> ongoing_aborted_;
  std::unordered_set<int64_t> ongoing_committed_;
  std::vector<int64_t> vanished_;
};

// What a pass of compaction knows of its log; all of it as of the pass's beginning.
struct CleanerFacts {
  Millis now_ms = 0;
  Millis tombstone_retention_ms = 0;
  int64_t high_watermark = 0;
  std::unordered_map<int64_t, LastOfProducer> producers;
  std::vector<AbortedEntry> aborted;
};

class BatchFilter {
 public:
  // `map` tells of all records in [.., mapped_end) that are dirty. Borrows both.
  BatchFilter(const CleanerFacts& facts, const OffsetMap& map, int64_t mapped_end)
      : facts_(facts), map_(map), mapped_end_(mapped_end), transactions_(facts.aborted) {}

  // What is to stand for the batch: nothing, its own bytes, or others, valid until the next call.
  Result<std::string_view> Filter(const records::BatchView& batch);
  CleanedTransactions& transactions() { return transactions_; }

 private:
  bool IsLastOfProducer(const records::BatchView& batch) const;
  Result<std::string_view> FilterRecords(const records::BatchView& batch, bool keep_empty);
  bool Keeps(const records::BatchView& batch, const records::Record& record) const;
  std::string_view WithoutRecords(const records::BatchView& batch);
  // With the records in `kept_`, under this delete horizon if there is one.
  Result<std::string_view> Rewrite(const records::BatchView& batch, std::optional<Millis> horizon);
  std::optional<Millis> NewHorizon() const;

  struct KeptRecord {
    std::string_view bytes;  // whole, with its length
    int64_t timestamp_delta;
  };

  const CleanerFacts& facts_;
  const OffsetMap& map_;
  const int64_t mapped_end_;
  CleanedTransactions transactions_;
  std::string plain_;
  std::string records_;
  std::string rewritten_;
  std::vector<KeptRecord> kept_;
};

}  // namespace odradek::storage
