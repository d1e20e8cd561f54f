// BatchBuilder: makes one record batch: for coordinators, markers and tests. Owner: the caller.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/varint.h"
#include "protocol/records/compression.h"
#include "protocol/records/record.h"
#include "protocol/records/record_batch.h"

namespace odradek::records {

struct BatchOptions {
  int64_t base_offset = 0;
  int32_t leader_epoch = kNoLeaderEpoch;
  Codec codec = Codec::kNone;
  int32_t compression_level = kDefaultLevel;
  // If set, every record of the batch counts as having this time (Kafka's LogAppendTime).
  std::optional<int64_t> log_append_time_ms = std::nullopt;
  int64_t producer_id = kNoProducerId;
  int16_t producer_epoch = kNoProducerEpoch;
  int32_t base_sequence = kNoSequence;
  bool transactional = false;
  bool control = false;
};

// What a header says of its records.
struct RecordSpan {
  int32_t count = 0;
  int64_t base_timestamp_ms = kNoTimestamp;
  int64_t max_timestamp_ms = kNoTimestamp;

  // Counts one more record; returns its timestamp delta.
  int64_t Add(int64_t timestamp_ms);
};

// How a record begins of which `rest` bytes follow, from its key on: size, attributes and deltas.
// Returns where they end.
inline constexpr size_t kRecordFrontSizeBytesMax = 3 * kVarint64SizeBytesMax;
char* PutRecordFront(char* to, int64_t timestamp_delta, int32_t offset_delta, int64_t rest);

// Writes the header of `batch`, whose records stand behind it as they are to be stored.
void FillHeader(const BatchOptions& options, const RecordSpan& records, std::string* batch);

class BatchBuilder {
 public:
  explicit BatchBuilder(const BatchOptions& options = {});

  // Adds a record at the next offset.
  void Add(int64_t timestamp_ms, std::optional<std::string_view> key,
           std::optional<std::string_view> value, std::span<const Header> headers = {});

  int32_t count() const { return span_.count; }
  // Bytes of the batch so far, not compressed.
  size_t size_bytes() const { return kHeaderSizeBytes + records_.size(); }
  // The batch. Requires: at least one record. Fails for a level that the codec does not have.
  Result<std::string> Finish();

 private:
  BatchOptions options_;
  std::string records_;
  RecordSpan span_;
};

}  // namespace odradek::records
