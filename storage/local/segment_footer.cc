#include "storage/local/segment_footer.h"

#include "base/crc32c.h"
#include "base/endian.h"

namespace odradek::storage {
namespace {

constexpr std::string_view kMagic = "odrdfoot";
constexpr uint32_t kVersion = 2;
// Magic, version, six numbers, two checksums, two counts.
constexpr size_t kFixedSizeBytes = kMagic.size() + 4 + 6 * 8 + 2 * 4 + 2 * 4;
constexpr size_t kBlockSizeBytes = 8;
constexpr size_t kDamageSizeBytes = 4 * 8;
constexpr size_t kCrcSizeBytes = 4;

template <class T>
void Put(std::string* to, T value) {
  char bytes[sizeof(T)];
  StoreBig(bytes, value);
  to->append(bytes, sizeof(bytes));
}

template <class T>
T Take(const char*& at) {
  const T value = LoadBig<T>(at);
  at += sizeof(T);
  return value;
}

}  // namespace

std::string SegmentFooter::Encode() const {
  std::string content(kMagic);
  content.reserve(kFixedSizeBytes + blocks.size() * kBlockSizeBytes +
                  damage.size() * kDamageSizeBytes + kCrcSizeBytes);
  Put(&content, kVersion);
  Put(&content, base_offset);
  Put(&content, next_offset);
  Put(&content, size_bytes);
  Put(&content, record_count);
  Put(&content, first_timestamp_ms);
  Put(&content, first_crc);
  Put(&content, content_seed);
  Put(&content, content_crc);
  Put(&content, static_cast<uint32_t>(blocks.size()));
  Put(&content, static_cast<uint32_t>(damage.size()));
  for (const Block& block : blocks) {
    Put(&content, block.position);
    Put(&content, block.content_crc);
  }
  for (const DamagedRange& range : damage) {
    Put(&content, range.from_position);
    Put(&content, range.to_position);
    Put(&content, range.from_offset);
    Put(&content, range.to_offset);
  }
  Put(&content, Crc32c(content));
  return content;
}

std::optional<SegmentFooter> SegmentFooter::Decode(std::string_view content) {
  if (content.size() < kFixedSizeBytes + kCrcSizeBytes || !content.starts_with(kMagic))
    return std::nullopt;
  const std::string_view body = content.substr(0, content.size() - kCrcSizeBytes);
  if (Crc32c(body) != LoadBig<uint32_t>(content.data() + body.size())) return std::nullopt;
  const char* at = body.data() + kMagic.size();
  if (Take<uint32_t>(at) != kVersion) return std::nullopt;
  SegmentFooter footer;
  footer.base_offset = Take<int64_t>(at);
  footer.next_offset = Take<int64_t>(at);
  footer.size_bytes = Take<int64_t>(at);
  footer.record_count = Take<int64_t>(at);
  footer.first_timestamp_ms = Take<int64_t>(at);
  footer.first_crc = Take<int64_t>(at);
  footer.content_seed = Take<uint32_t>(at);
  footer.content_crc = Take<uint32_t>(at);
  const uint32_t blocks = Take<uint32_t>(at);
  const uint32_t damaged = Take<uint32_t>(at);
  if (body.size() - kFixedSizeBytes !=
      size_t{blocks} * kBlockSizeBytes + size_t{damaged} * kDamageSizeBytes)
    return std::nullopt;
  footer.blocks.resize(blocks);
  for (Block& block : footer.blocks) {
    block.position = Take<uint32_t>(at);
    block.content_crc = Take<uint32_t>(at);
  }
  footer.damage.resize(damaged);
  for (DamagedRange& range : footer.damage) {
    range.from_position = Take<int64_t>(at);
    range.to_position = Take<int64_t>(at);
    range.from_offset = Take<int64_t>(at);
    range.to_offset = Take<int64_t>(at);
  }
  return footer;
}

}  // namespace odradek::storage
