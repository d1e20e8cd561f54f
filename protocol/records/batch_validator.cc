#include "protocol/records/batch_validator.h"

#include <fmt/format.h>

#include <algorithm>

namespace odradek::records {
namespace {

constexpr size_t kIssuesInMessage = 3;

// Timestamps come from clients: sums and differences wrap instead of overflowing.
int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t WrappingSubtract(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

class Validation {
 public:
  Validation(const ValidationPolicy& policy, int64_t now_ms) : policy_(policy), now_ms_(now_ms) {}

  BatchVerdict Run(std::string_view bytes, Decompressor& decompressor) {
    if (CheckEnvelope(bytes)) {
      const BatchView batch(bytes.data());
      verdict_.size_bytes = static_cast<size_t>(batch.size());
      if (CheckIntact(batch) && CheckHeader(batch) && CheckEffort(batch)) {
        const bool sound = CheckRecords(batch, decompressor);
        if (batch.codec() != Codec::kNone)
          verdict_.decompressed_bytes = decompressor.output_bytes();
        if (sound) Conclude(batch);
      }
    }
    return std::move(verdict_);
  }

 private:
  bool Refuse(BatchError error, std::string message) {
    verdict_.error = error;
    verdict_.message = std::move(message);
    return false;
  }
  std::string Place() const { return fmt::format("{}-{}", policy_.topic, policy_.partition); }

  // One whole entry of magic 2 and nothing but a stump behind it.
  bool CheckEnvelope(std::string_view bytes) {
    switch (LookAtFront(bytes)) {
      case Front::kEnd:
        return Refuse(BatchError::kNotOneBatch,
                      "Produce requests must have at least one record batch per partition");
      case Front::kCorrupt:
        return Refuse(
            BatchError::kCorrupt,
            "Record batch has an impossible length or magic in topic partition " + Place());
      case Front::kLegacy:
        return Refuse(
            BatchError::kNotOneBatch,
            "Produce requests are only allowed to contain record batches with magic version 2");
      case Front::kBatch:
        break;
    }
    const BatchView batch(bytes.data());
    switch (LookAtFront(bytes.substr(static_cast<size_t>(batch.size())))) {
      case Front::kEnd:
        break;
      case Front::kCorrupt:
        return Refuse(
            BatchError::kCorrupt,
            "Record batch has an impossible length or magic in topic partition " + Place());
      case Front::kLegacy:
      case Front::kBatch:
        return Refuse(
            BatchError::kNotOneBatch,
            "Produce requests are only allowed to contain exactly one record batch per partition");
    }
    return true;
  }

  bool CheckIntact(const BatchView& batch) {
    if (batch.base_offset() != 0) {
      return Refuse(
          BatchError::kInvalidRecord,
          fmt::format(
              "The baseOffset of the record batch in the append to {} should be 0, but it is {}",
              Place(), batch.base_offset()));
    }
    if (batch.size() > policy_.max_batch_size_bytes) {
      return Refuse(
          BatchError::kTooLarge,
          fmt::format("The record batch size in the append to {} is {} bytes which exceeds the "
                      "maximum configured value of {}).",
                      Place(), batch.size(), policy_.max_batch_size_bytes));
    }
    if (!batch.IsIntact()) {
      const uint32_t stored = batch.size() >= static_cast<int64_t>(kCrcFrom) ? batch.crc() : 0;
      return Refuse(BatchError::kCorrupt,
                    fmt::format("Record is corrupt (stored crc = {}) in topic partition {}.",
                                stored, Place()));
    }
    if (batch.codec_number() >= kCodecCount) {
      return Refuse(BatchError::kUndecodable,
                    fmt::format("Unknown compression type id: {}", batch.codec_number()));
    }
    return true;
  }

  bool CheckHeader(const BatchView& batch) {
    const int64_t span = int64_t{batch.last_offset_delta()} + 1;
    if (span <= 0) {
      return Refuse(BatchError::kInvalidRecord,
                    fmt::format("Batch has an invalid offset range: [{}, {}] in topic partition {}",
                                batch.base_offset(), batch.last_offset(), Place()));
    }
    if (batch.count() <= 0) {
      return Refuse(BatchError::kInvalidRecord,
                    fmt::format("Invalid reported count for record batch: {} in topic partition {}",
                                batch.count(), Place()));
    }
    if (span != batch.count()) {
      return Refuse(
          BatchError::kInvalidRecord,
          fmt::format("Inconsistent batch offset range [{}, {}] and count of records {} in topic "
                      "partition {}",
                      batch.base_offset(), batch.last_offset(), batch.count(), Place()));
    }
    if (batch.is_control()) {
      return Refuse(
          BatchError::kInvalidRecord,
          "Clients are not allowed to write control records in topic partition " + Place());
    }
    if (batch.has_producer_id() && batch.base_sequence() < 0) {
      return Refuse(
          BatchError::kInvalidRecord,
          fmt::format("Invalid sequence number {} in record batch with producerId {} in topic "
                      "partition {}",
                      batch.base_sequence(), batch.producer_id(), Place()));
    }
    return true;
  }

  bool CheckEffort(const BatchView& batch) {
    verdict_.rebuild = policy_.target_codec.value_or(batch.codec()) != batch.codec();
    return !verdict_.rebuild || !policy_.quick_bytes_max.has_value() ||
           Refuse(BatchError::kTakesLong, {});
  }

  bool RefuseSource(const RecordScanner& scanner) {
    if (policy_.quick_bytes_max.has_value() && scanner.source_is_full())
      return Refuse(BatchError::kTakesLong, {});
    return Refuse(BatchError::kUndecodable, std::string(scanner.error()));
  }

  bool CheckRecords(const BatchView& batch, Decompressor& decompressor) {
    const bool plain = batch.codec() == Codec::kNone;
    if (!plain) {
      const size_t limit = policy_.quick_bytes_max.value_or(kUncompressedSizeBytesMax);
      decompressor.Start(batch.codec(), batch.records(),
                         std::min(limit, kUncompressedSizeBytesMax));
    }
    RecordScanner scanner = plain ? RecordScanner(batch.records()) : RecordScanner(decompressor);
    RecordSummary record;
    for (int32_t index = 0; index < batch.count(); ++index) {
      if (!scanner.Next(&record)) {
        if (scanner.source_failed()) return RefuseSource(scanner);
        return Refuse(BatchError::kInvalidRecord, std::string(scanner.error()));
      }
      CheckRecord(batch, record, index);
    }
    if (!scanner.AtEnd()) {
      if (scanner.source_is_full()) return RefuseSource(scanner);
      return Refuse(BatchError::kInvalidRecord,
                    "Incorrect declared batch size, records still remaining in file");
    }
    return issue_count_ == 0 || RefuseRecords();
  }

  void CheckRecord(const BatchView& batch, const RecordSummary& record, int32_t index) {
    const int64_t timestamp = TimestampOf(batch, record);
    if (policy_.compacted && record.key_size < 0) {
      AddIssue(index, false,
               "Compacted topic cannot accept message without key in topic partition " + Place());
    } else if (!policy_.log_append_time && timestamp != kNoTimestamp) {
      CheckWindow(record, index, timestamp);
    } else if (batch.is_log_append_time()) {
      AddIssue(
          index, true,
          fmt::format("Invalid timestamp type in message DefaultRecord(offset={}, timestamp={}, "
                      "key={} bytes, "
                      "value={} bytes). Producer should not set timestamp type to LogAppendTime.",
                      record.offset_delta, timestamp, std::max(record.key_size, 0),
                      std::max(record.value_size, 0)));
    }
    largest_timestamp_ = std::max(largest_timestamp_, timestamp);
    if (record.offset_delta != index) gaps_ = true;
  }

  void CheckWindow(const RecordSummary& record, int32_t index, int64_t timestamp) {
    const int64_t age = WrappingSubtract(now_ms_, timestamp);
    if (age <= policy_.timestamp_before_max_ms &&
        WrappingSubtract(0, age) <= policy_.timestamp_after_max_ms) {
      return;
    }
    AddIssue(index, true,
             fmt::format("Timestamp {} of message with offset {} is out of range. The timestamp "
                         "should be within "
                         "[{}, {}]",
                         timestamp, record.offset_delta,
                         WrappingSubtract(now_ms_, policy_.timestamp_before_max_ms),
                         WrappingAdd(now_ms_, policy_.timestamp_after_max_ms)));
  }

  void AddIssue(int32_t index, bool timestamp, std::string message) {
    ++issue_count_;
    timestamp_issue_ |= timestamp;
    if (verdict_.issues.size() < BatchVerdict::kIssuesMax)
      verdict_.issues.push_back({index, std::move(message)});
  }

  bool RefuseRecords() {
    if (timestamp_issue_) {
      return Refuse(BatchError::kInvalidTimestamp,
                    "One or more records have been rejected due to invalid timestamp");
    }
    std::string shown;
    for (size_t i = 0; i < std::min(verdict_.issues.size(), kIssuesInMessage); ++i) {
      const RecordIssue& issue = verdict_.issues[i];
      shown += fmt::format("{}RecordError(batchIndex={}, message='{}')", i == 0 ? "" : ", ",
                           issue.index, issue.message);
    }
    return Refuse(
        BatchError::kInvalidRecord,
        fmt::format(
            "One or more records have been rejected due to {} record errors in total, and only "
            "showing the first three errors at most: [{}]",
            issue_count_, shown));
  }

  void Conclude(const BatchView& batch) {
    verdict_.max_timestamp_ms = policy_.log_append_time ? now_ms_ : largest_timestamp_;
    // Offsets inside an uncompressed batch are not looked at, as in Kafka.
    verdict_.rebuild |= gaps_ && batch.codec() != Codec::kNone;
    if (verdict_.rebuild && policy_.quick_bytes_max.has_value()) Refuse(BatchError::kTakesLong, {});
  }

  const ValidationPolicy& policy_;
  const int64_t now_ms_;
  BatchVerdict verdict_;
  size_t issue_count_ = 0;
  bool timestamp_issue_ = false;
  bool gaps_ = false;
  int64_t largest_timestamp_ = kNoTimestamp;
};

}  // namespace

int64_t TimestampOf(const BatchView& batch, const RecordSummary& record) {
  return batch.is_log_append_time() ? batch.max_timestamp()
                                    : WrappingAdd(batch.base_timestamp(), record.timestamp_delta);
}

BatchVerdict ValidateProduced(std::string_view bytes, const ValidationPolicy& policy,
                              int64_t now_ms, Decompressor& decompressor) {
  return Validation(policy, now_ms).Run(bytes, decompressor);
}

}  // namespace odradek::records
