#include "storage/local/content_crc.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/endian.h"

namespace odradek::storage {
namespace {

constexpr int64_t kPieceSizeBytes = 256 << 10;

}  // namespace

uint32_t OwnerCrc(const Uuid& topic_id, std::string_view partition) {
  const std::string_view id(reinterpret_cast<const char*>(topic_id.bytes.data()),
                            topic_id.bytes.size());
  return Crc32c(partition, Crc32c(id));
}

uint32_t OwnerCrcAt(uint32_t owner_crc, int64_t offset) {
  char bytes[sizeof(offset)];
  StoreBig(bytes, offset);
  return Crc32c({bytes, sizeof(bytes)}, owner_crc);
}

Result<uint32_t> ContentCrc(const File& file, int64_t from, int64_t to, uint32_t crc,
                            std::string* buffer) {
  for (int64_t at = from; at < to; at += static_cast<int64_t>(buffer->size())) {
    buffer->resize(static_cast<size_t>(std::min(kPieceSizeBytes, to - at)));
    ASSIGN_OR_RETURN(const size_t got, file.ReadAt(at, *buffer));
    if (got != buffer->size()) return Corrupt("the file is shorter than it was");
    crc = Crc32c(*buffer, crc);
  }
  return crc;
}

}  // namespace odradek::storage
