#include "protocol/records/batch_rebuild.h"

#include <algorithm>
#include <utility>

#include "protocol/records/batch_builder.h"
#include "protocol/records/compression.h"

namespace odradek::records {
namespace {

class Rebuild {
 public:
  Rebuild(const BatchView& batch, const ValidationPolicy& policy, int64_t now_ms)
      : batch_(batch), policy_(policy), now_ms_(now_ms) {}

  Result<std::string> Run(const BatchVerdict& verdict, ByteSource& plain) {
    const BatchOptions options = OptionsOfRebuilt();
    const int64_t limit = policy_.max_batch_size_bytes - static_cast<int64_t>(kHeaderSizeBytes);
    RETURN_IF_ERROR(compressor_.Start(options.codec, options.compression_level,
                                      std::max(verdict.decompressed_bytes, batch_.records().size()),
                                      static_cast<size_t>(std::max(limit, int64_t{0})), &rebuilt_));
    RecordScanner scanner(plain);
    while (span_.count < batch_.count()) RETURN_IF_ERROR(CopyRecord(scanner));
    if (!scanner.AtEnd()) return Corrupt("Found invalid record structure");
    RETURN_IF_ERROR(compressor_.Finish());
    FillHeader(options, span_, &rebuilt_);
    return std::move(rebuilt_);
  }

 private:
  BatchOptions OptionsOfRebuilt() const {
    BatchOptions options;
    options.leader_epoch = batch_.leader_epoch();
    options.codec = policy_.target_codec.value_or(batch_.codec());
    options.compression_level = policy_.target_level;
    if (policy_.log_append_time) options.log_append_time_ms = now_ms_;
    options.producer_id = batch_.producer_id();
    options.producer_epoch = batch_.producer_epoch();
    options.base_sequence = batch_.base_sequence();
    options.transactional = batch_.is_transactional();
    return options;
  }

  // What follows the numbers at the front, from the key on, stays as it is.
  Status CopyRecord(RecordScanner& scanner) {
    RecordSummary record;
    int64_t rest = 0;
    if (!scanner.NextFront(&record, &rest)) return Corrupt(std::string(scanner.error()));
    RETURN_IF_ERROR(WriteFront(TimestampOf(batch_, record), rest));
    while (rest > 0) {
      const std::string_view piece = scanner.Take(rest);
      if (piece.empty()) return Corrupt(std::string(scanner.error()));
      RETURN_IF_ERROR(compressor_.Write(piece));
      rest -= static_cast<int64_t>(piece.size());
    }
    return Status();
  }

  Status WriteFront(int64_t timestamp_ms, int64_t rest) {
    const int32_t offset_delta = span_.count;
    char front[kRecordFrontSizeBytesMax];
    const char* const end = PutRecordFront(front, span_.Add(timestamp_ms), offset_delta, rest);
    return compressor_.Write({front, static_cast<size_t>(end - front)});
  }

  const BatchView& batch_;
  const ValidationPolicy& policy_;
  const int64_t now_ms_;
  Compressor compressor_;
  std::string rebuilt_ = std::string(kHeaderSizeBytes, '\0');
  RecordSpan span_;
};

}  // namespace

Result<std::string> RebuildBatch(const BatchView& batch, const ValidationPolicy& policy,
                                 const BatchVerdict& verdict, int64_t now_ms, ByteSource& plain) {
  return Rebuild(batch, policy, now_ms).Run(verdict, plain);
}

}  // namespace odradek::records
