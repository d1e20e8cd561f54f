#include "protocol/records/batch_builder.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/varint.h"

namespace odradek::records {
namespace {

void AppendUvarint(std::string* out, uint64_t n) {
  char bytes[kVarint64SizeBytesMax];
  out->append(bytes, static_cast<size_t>(PutUvarint(bytes, n) - bytes));
}

void AppendInt(std::string* out, int32_t n) { AppendUvarint(out, ZigZag32(n)); }

size_t BytesSize(const std::optional<std::string_view>& bytes) {
  if (!bytes.has_value()) return UvarintSize(ZigZag32(-1));
  return UvarintSize(ZigZag32(static_cast<int32_t>(bytes->size()))) + bytes->size();
}

void AppendBytes(std::string* out, const std::optional<std::string_view>& bytes) {
  AppendInt(out, bytes.has_value() ? static_cast<int32_t>(bytes->size()) : -1);
  if (bytes.has_value()) out->append(*bytes);
}

}  // namespace

BatchBuilder::BatchBuilder(const BatchOptions& options) : options_(options) {}

void BatchBuilder::Add(int64_t timestamp_ms, std::optional<std::string_view> key,
                       std::optional<std::string_view> value, std::span<const Header> headers) {
  std::string raw;
  for (const Header& header : headers) {
    AppendBytes(&raw, header.key);
    AppendBytes(&raw, header.value);
  }
  AddRaw(timestamp_ms, key, value, static_cast<int32_t>(headers.size()), raw);
}

void BatchBuilder::AddRaw(int64_t timestamp_ms, std::optional<std::string_view> key,
                          std::optional<std::string_view> value, int32_t header_count,
                          std::string_view headers) {
  if (count_ == 0) base_timestamp_ms_ = timestamp_ms;
  max_timestamp_ms_ = std::max(max_timestamp_ms_, timestamp_ms);
  // Clients may send any 64-bit timestamp: the difference wraps, as it does for who reads it.
  const uint64_t timestamp_delta = ZigZag64(static_cast<int64_t>(
      static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(base_timestamp_ms_)));
  const size_t body_size = 1 + UvarintSize(timestamp_delta) + UvarintSize(ZigZag32(count_)) +
                           BytesSize(key) + BytesSize(value) + UvarintSize(ZigZag32(header_count)) +
                           headers.size();
  AppendInt(&records_, static_cast<int32_t>(body_size));
  records_.push_back(0);  // attributes: none are in use
  AppendUvarint(&records_, timestamp_delta);
  AppendInt(&records_, count_++);
  AppendBytes(&records_, key);
  AppendBytes(&records_, value);
  AppendInt(&records_, header_count);
  records_.append(headers);
}

Result<std::string> BatchBuilder::Finish() {
  CHECK(count_ > 0);
  std::string batch(kHeaderSizeBytes, '\0');
  RETURN_IF_ERROR(Compress(options_.codec, options_.compression_level, records_, &batch));
  const int attributes = static_cast<int>(options_.codec) |
                         (options_.log_append_time_ms.has_value() ? attribute::kLogAppendTime : 0) |
                         (options_.transactional ? attribute::kTransactional : 0) |
                         (options_.control ? attribute::kControl : 0);
  char* const at = batch.data();
  StoreBig(at + field::kBaseOffset, options_.base_offset);
  StoreBig(at + field::kLength, static_cast<int32_t>(batch.size() - kLengthPrefixSizeBytes));
  StoreBig(at + field::kLeaderEpoch, options_.leader_epoch);
  StoreBig(at + field::kMagic, kMagic);
  StoreBig(at + field::kAttributes, static_cast<int16_t>(attributes));
  StoreBig(at + field::kLastOffsetDelta, count_ - 1);
  StoreBig(at + field::kBaseTimestamp, base_timestamp_ms_);
  StoreBig(at + field::kMaxTimestamp, options_.log_append_time_ms.value_or(max_timestamp_ms_));
  StoreBig(at + field::kProducerId, options_.producer_id);
  StoreBig(at + field::kProducerEpoch, options_.producer_epoch);
  StoreBig(at + field::kBaseSequence, options_.base_sequence);
  StoreBig(at + field::kCount, count_);
  StampCrc(at);
  return batch;
}

}  // namespace odradek::records
