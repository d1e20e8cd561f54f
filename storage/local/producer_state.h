// ProducerState: what a partition remembers about the producers that wrote to it: epochs, the last
// five batches of each (to recognise retries) and open transactions.
//
// Check() judges a batch that is to be appended and changes nothing; Apply() takes in a batch that
// stands in the log, also when a log is read back. Owner: a log's state, under the log's mutex.
// Source: KIP-98, KIP-360; ProducerStateManager, ProducerAppendInfo of Apache Kafka.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "protocol/records/record_batch.h"
#include "storage/local/aborted_index.h"
#include "storage/log_store.h"

namespace odradek::storage {

// A batch that a producer wrote; its first sequence and offset follow from the last ones.
struct ProducerBatch {
  int32_t last_sequence = records::kNoSequence;
  int32_t offset_delta = 0;
  int64_t last_offset = -1;
  int64_t timestamp_ms = records::kNoTimestamp;

  int64_t first_offset() const { return last_offset - offset_delta; }
  int32_t first_sequence() const;
};

struct ProducerEntry {
  static constexpr size_t kBatchesMax = 5;

  int16_t epoch = records::kNoProducerEpoch;
  uint8_t batch_count = 0;
  int32_t coordinator_epoch = -1;
  int64_t last_timestamp_ms = records::kNoTimestamp;
  int64_t txn_first_offset = -1;
  std::array<ProducerBatch, kBatchesMax> batches;  // oldest first

  const ProducerBatch* last_batch() const {
    return batch_count == 0 ? nullptr : &batches[batch_count - 1];
  }
  void AddBatch(int16_t batch_epoch, const ProducerBatch& batch);
  void SetEpoch(int16_t new_epoch);
};

// The last batch of a producer that is remembered; offset -1 if only a marker told of it.
struct LastOfProducer {
  int64_t offset = -1;
  int16_t epoch = records::kNoProducerEpoch;
};

struct ProducerSnapshot {
  std::optional<uint32_t> owner_crc;  // of whose log; none if it is not of our making
  std::vector<std::pair<int64_t, ProducerEntry>> producers;
};

class ProducerState {
 public:
  using Origin = AppendRequest::Origin;

  struct Verdict {
    AppendError error = AppendError::kNone;
    std::string message;
    std::optional<ProducerBatch> duplicate;  // the batch in the log that this one repeats
  };

  // `place` is "topic-partition", for messages; `base_offset` where the batch would stand.
  Verdict Check(const records::BatchView& batch, Origin origin, int64_t base_offset,
                std::string_view topic, int32_t partition) const;
  // Requires: the whole batch in memory if it is a control batch, else its header. Returns the
  // transaction that a marker has ended by abort.
  std::optional<AbortedEntry> Apply(const records::BatchView& batch);

  // The first offset of the oldest open transaction, or -1.
  int64_t first_open_offset() const { return open_.empty() ? -1 : open_.begin()->first; }
  // Forgets producers without open transaction that were last seen `expiration_ms` ago or earlier.
  void Expire(Millis now_ms, Millis expiration_ms);
  void Clear();

  size_t size() const { return producers_.size(); }
  std::vector<ProducerInfo> List() const;
  std::unordered_map<int64_t, LastOfProducer> LastBatches() const;

  // Kafka's snapshot file, with the older batches of the window behind what Kafka reads.
  std::string EncodeSnapshot(uint32_t owner_crc) const;
  // Replaces everything. kCorrupt if the content does not check out; then nothing has changed.
  Status LoadSnapshot(std::string_view content, uint32_t owner_crc);
  // What a snapshot file says, in its order. kCorrupt if it does not check out.
  static Result<ProducerSnapshot> DecodeSnapshot(std::string_view content);

 private:
  Verdict CheckData(const ProducerEntry* entry, const records::BatchView& batch, Origin origin,
                    int64_t base_offset, std::string_view topic, int32_t partition) const;
  Verdict CheckMarker(const ProducerEntry* entry, const records::BatchView& batch,
                      int64_t base_offset, std::string_view topic, int32_t partition) const;
  std::optional<AbortedEntry> ApplyMarker(const records::BatchView& batch);

  std::unordered_map<int64_t, ProducerEntry> producers_;
  std::map<int64_t, int64_t> open_;  // first offset of an open transaction -> producer
};

}  // namespace odradek::storage
