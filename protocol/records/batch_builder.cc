#include "protocol/records/batch_builder.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/varint.h"

namespace odradek::records {
namespace {

void AppendInt(std::string* out, int32_t n) {
  char bytes[kVarint64SizeBytesMax];
  out->append(bytes, static_cast<size_t>(PutUvarint(bytes, ZigZag32(n)) - bytes));
}

size_t BytesSize(const std::optional<std::string_view>& bytes) {
  if (!bytes.has_value()) return UvarintSize(ZigZag32(-1));
  return UvarintSize(ZigZag32(static_cast<int32_t>(bytes->size()))) + bytes->size();
}

void AppendBytes(std::string* out, const std::optional<std::string_view>& bytes) {
  AppendInt(out, bytes.has_value() ? static_cast<int32_t>(bytes->size()) : -1);
  if (bytes.has_value()) out->append(*bytes);
}

}  // namespace

int64_t RecordSpan::Add(int64_t timestamp_ms) {
  if (count++ == 0) base_timestamp_ms = timestamp_ms;
  max_timestamp_ms = std::max(max_timestamp_ms, timestamp_ms);
  // Clients may send any 64-bit timestamp: the difference wraps, as it does for who reads it.
  return static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms) -
                              static_cast<uint64_t>(base_timestamp_ms));
}

char* PutRecordFront(char* to, int64_t timestamp_delta, int32_t offset_delta, int64_t rest) {
  const uint64_t timestamp = ZigZag64(timestamp_delta);
  const uint64_t offset = ZigZag32(offset_delta);
  const auto numbers = static_cast<int64_t>(1 + UvarintSize(timestamp) + UvarintSize(offset));
  to = PutUvarint(to, ZigZag32(static_cast<int32_t>(numbers + rest)));
  *to++ = 0;  // attributes: none are in use
  return PutUvarint(PutUvarint(to, timestamp), offset);
}

void FillHeader(const BatchOptions& options, const RecordSpan& records, std::string* batch) {
  const int attributes = static_cast<int>(options.codec) |
                         (options.log_append_time_ms.has_value() ? attribute::kLogAppendTime : 0) |
                         (options.transactional ? attribute::kTransactional : 0) |
                         (options.control ? attribute::kControl : 0);
  char* const at = batch->data();
  StoreBig(at + field::kBaseOffset, options.base_offset);
  StoreBig(at + field::kLength, static_cast<int32_t>(batch->size() - kLengthPrefixSizeBytes));
  StoreBig(at + field::kLeaderEpoch, options.leader_epoch);
  StoreBig(at + field::kMagic, kMagic);
  StoreBig(at + field::kAttributes, static_cast<int16_t>(attributes));
  StoreBig(at + field::kLastOffsetDelta, records.count - 1);
  StoreBig(at + field::kBaseTimestamp, records.base_timestamp_ms);
  StoreBig(at + field::kMaxTimestamp,
           options.log_append_time_ms.value_or(records.max_timestamp_ms));
  StoreBig(at + field::kProducerId, options.producer_id);
  StoreBig(at + field::kProducerEpoch, options.producer_epoch);
  StoreBig(at + field::kBaseSequence, options.base_sequence);
  StoreBig(at + field::kCount, records.count);
  StampCrc(at);
}

BatchBuilder::BatchBuilder(const BatchOptions& options) : options_(options) {}

void BatchBuilder::Add(int64_t timestamp_ms, std::optional<std::string_view> key,
                       std::optional<std::string_view> value, std::span<const Header> headers) {
  std::string raw;
  for (const Header& header : headers) {
    AppendBytes(&raw, header.key);
    AppendBytes(&raw, header.value);
  }
  const auto header_count = static_cast<int32_t>(headers.size());
  const size_t rest =
      BytesSize(key) + BytesSize(value) + UvarintSize(ZigZag32(header_count)) + raw.size();
  const int32_t offset_delta = span_.count;
  char front[kRecordFrontSizeBytesMax];
  const char* const end =
      PutRecordFront(front, span_.Add(timestamp_ms), offset_delta, static_cast<int64_t>(rest));
  records_.append(front, static_cast<size_t>(end - front));
  AppendBytes(&records_, key);
  AppendBytes(&records_, value);
  AppendInt(&records_, header_count);
  records_.append(raw);
}

Result<std::string> BatchBuilder::Finish() {
  CHECK(span_.count > 0);
  std::string batch(kHeaderSizeBytes, '\0');
  RETURN_IF_ERROR(Compress(options_.codec, options_.compression_level, records_, &batch));
  FillHeader(options_, span_, &batch);
  return batch;
}

}  // namespace odradek::records
