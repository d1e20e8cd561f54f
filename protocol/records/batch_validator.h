// What a broker checks in a batch that a client produced, in the order and with the words of Apache
// Kafka. Pure: no clock, no state, no I/O.
// Source: UnifiedLog.analyzeAndValidateRecords, LogValidator, ProduceRequest.validateRecords.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/records/compression.h"
#include "protocol/records/record.h"
#include "protocol/records/record_batch.h"

namespace odradek::records {

struct ValidationPolicy {
  std::string_view topic;  // for messages
  int32_t partition = 0;
  int32_t max_batch_size_bytes = 0;
  bool compacted = false;
  bool log_append_time = false;
  int64_t timestamp_before_max_ms = 0;
  int64_t timestamp_after_max_ms = 0;
  std::optional<Codec> target_codec = std::nullopt;  // none: as the producer chose
  int32_t target_level = kDefaultLevel;
  // What may be decompressed at once: kTakesLong if that is not enough, or if the batch is to be
  // rewritten. No limit: as much as a batch may hold.
  std::optional<size_t> quick_bytes_max = std::nullopt;
};

enum class BatchError : unsigned char {
  kNone,
  kCorrupt,
  kNotOneBatch,  // none, several, or one of an older magic
  kInvalidRecord,
  kTooLarge,
  kInvalidTimestamp,
  kUndecodable,  // codec bits that mean nothing, or bytes that the codec cannot read
  kTakesLong,    // not judged: more than the policy's quick_bytes_max
};

struct RecordIssue {
  int32_t index = 0;
  std::string message;
};

struct BatchVerdict {
  // More are counted in the message but not listed.
  static constexpr size_t kIssuesMax = 1000;

  BatchError error = BatchError::kNone;
  std::string message;
  std::vector<RecordIssue> issues;
  size_t decompressed_bytes = 0;  // to come to this verdict

  // On success:
  size_t size_bytes = 0;                    // of the batch; what follows it is an incomplete entry
  int64_t max_timestamp_ms = kNoTimestamp;  // that the stored batch must carry
  bool rebuild = false;                     // another codec is wanted, or offsets inside have gaps
};

// Judges the only batch of a produce request. `now_ms` is the one reading of the clock for this
// append. `decompressor` is scratch.
BatchVerdict ValidateProduced(std::string_view bytes, const ValidationPolicy& policy,
                              int64_t now_ms, Decompressor& decompressor);

// The time of one of the batch's records.
int64_t TimestampOf(const BatchView& batch, const RecordSummary& record);

}  // namespace odradek::records
