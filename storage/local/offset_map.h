// OffsetMap: the last offset of each key in the part of a log that compaction looks at, in bounded
// memory. It knows keys by a keyed hash of 128 bits only: two keys of one hash do not occur.
//
// Owner: a Cleaner. Not thread-safe. Source: SkimpyOffsetMap of Apache Kafka, which takes MD5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/siphash.h"

namespace odradek::storage {

class OffsetMap {
 public:
  static constexpr size_t kEntrySizeBytes = 24;

  // Takes `size_bytes`, of which it fills the share `load_factor`; has room for one key at least.
  // `hash_key` should be random.
  OffsetMap(const Hash128& hash_key, size_t size_bytes, double load_factor);

  // False if the key is new and the map full; then nothing has changed.
  bool Put(std::string_view key, int64_t offset);
  // The last offset that was put for the key, or -1.
  int64_t Find(std::string_view key) const;
  size_t size() const { return size_; }

 private:
  struct Entry {
    Hash128 hash;
    int64_t offset_and_one = 0;  // 0: empty
  };
  static_assert(sizeof(Entry) == kEntrySizeBytes);

  // The entry of this hash, or the empty one where it would go.
  Entry& Locate(const Hash128& hash) const;

  const Hash128 hash_key_;
  const size_t places_;
  const size_t keys_max_;
  const std::unique_ptr<Entry[]> entries_;
  size_t size_ = 0;
};

}  // namespace odradek::storage
