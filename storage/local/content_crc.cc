#include "storage/local/content_crc.h"

#include "base/crc32c.h"
#include "base/endian.h"

namespace odradek::storage {

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

}  // namespace odradek::storage
