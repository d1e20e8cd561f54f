#include "storage/local/offset_map.h"

#include <algorithm>

#include "base/check.h"

namespace odradek::storage {

// One place at least stays empty, so that every search ends.
OffsetMap::OffsetMap(const Hash128& hash_key, size_t size_bytes, double load_factor)
    : hash_key_(hash_key),
      places_(std::max<size_t>(size_bytes / kEntrySizeBytes, 2)),
      keys_max_(std::clamp<size_t>(
          static_cast<size_t>(static_cast<double>(places_) * std::clamp(load_factor, 0.0, 1.0)), 1,
          places_ - 1)),
      entries_(std::make_unique<Entry[]>(places_)) {}

OffsetMap::Entry& OffsetMap::Locate(const Hash128& hash) const {
  __extension__ using Wide = unsigned __int128;
  size_t at = static_cast<size_t>((Wide{hash.low} * places_) >> 64);
  while (entries_[at].offset_and_one != 0 && entries_[at].hash != hash) {
    if (++at == places_) at = 0;
  }
  return entries_[at];
}

bool OffsetMap::Put(std::string_view key, int64_t offset) {
  CHECK(offset >= 0);
  const Hash128 hash = SipHash128(hash_key_, key);
  Entry& entry = Locate(hash);
  if (entry.offset_and_one == 0) {
    if (size_ == keys_max_) return false;
    ++size_;
    entry.hash = hash;
  }
  entry.offset_and_one = offset + 1;
  return true;
}

int64_t OffsetMap::Find(std::string_view key) const {
  return Locate(SipHash128(hash_key_, key)).offset_and_one - 1;
}

}  // namespace odradek::storage
