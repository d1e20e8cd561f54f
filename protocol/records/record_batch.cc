#include "protocol/records/record_batch.h"

#include <array>

#include "base/check.h"
#include "base/crc32c.h"

namespace odradek::records {

std::string_view CodecName(Codec codec) {
  switch (codec) {
    case Codec::kNone:
      return "none";
    case Codec::kGzip:
      return "gzip";
    case Codec::kSnappy:
      return "snappy";
    case Codec::kLz4:
      return "lz4";
    case Codec::kZstd:
      return "zstd";
  }
  UNREACHABLE();
}

uint32_t BatchView::ComputeCrc() const { return Crc32c(bytes().substr(kCrcFrom)); }

bool BatchView::IsIntact() const {
  return size() >= static_cast<int64_t>(kHeaderSizeBytes) && crc() == ComputeCrc();
}

Front LookAtFront(std::string_view bytes) {
  if (bytes.size() < kLengthPrefixSizeBytes) return Front::kEnd;
  const BatchView batch(bytes.data());
  if (batch.length() < kLengthMin) return Front::kCorrupt;
  if (bytes.size() <= field::kMagic) return Front::kEnd;
  if (batch.magic() < 0 || batch.magic() > kMagic) return Front::kCorrupt;
  if (batch.size() > static_cast<int64_t>(bytes.size())) return Front::kEnd;
  return batch.magic() == kMagic ? Front::kBatch : Front::kLegacy;
}

void SetBaseOffset(char* batch, int64_t offset) { StoreBig(batch + field::kBaseOffset, offset); }
void SetLeaderEpoch(char* batch, int32_t epoch) { StoreBig(batch + field::kLeaderEpoch, epoch); }

void SetMaxTimestamp(char* batch, bool log_append_time, int64_t max_timestamp) {
  constexpr size_t kPartSizeBytes = field::kProducerId - field::kAttributes;
  const BatchView view(batch);
  std::array<char, kPartSizeBytes> difference;
  char* const part = batch + field::kAttributes;
  for (size_t i = 0; i < kPartSizeBytes; ++i) difference[i] = part[i];
  const int attributes = view.attributes() & ~attribute::kLogAppendTime;
  StoreBig(batch + field::kAttributes,
           static_cast<int16_t>(attributes | (log_append_time ? attribute::kLogAppendTime : 0)));
  StoreBig(batch + field::kMaxTimestamp, max_timestamp);
  for (size_t i = 0; i < kPartSizeBytes; ++i) {
    difference[i] = static_cast<char>(difference[i] ^ part[i]);
  }
  const uint64_t behind = static_cast<uint64_t>(view.size()) - field::kProducerId;
  StoreBig(batch + field::kCrc,
           Crc32cPatch(view.crc(), std::string_view(difference.data(), kPartSizeBytes), behind));
}

void StampCrc(char* batch) { StoreBig(batch + field::kCrc, BatchView(batch).ComputeCrc()); }

}  // namespace odradek::records
