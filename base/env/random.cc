#include "base/env/random.h"

#include <sys/random.h>

#include "base/check.h"
#include "base/endian.h"

namespace odradek {

uint64_t Random::Below(uint64_t bound) {
  CHECK_GT(bound, 0u);
  // The values above the last whole multiple are drawn again: no bias.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t drawn = Next();
  while (drawn >= limit) drawn = Next();
  return drawn % bound;
}

Uuid Random::NewUuid() {
  Uuid id;
  do {
    StoreBig(id.bytes.data(), Next());
    StoreBig(id.bytes.data() + 8, Next());
    id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x40);
    id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  } while (id.ToString().front() == '-');
  return id;
}

uint64_t SystemRandom::Next() {
  uint64_t value = 0;
  CHECK_EQ(getrandom(&value, sizeof(value), 0), static_cast<ssize_t>(sizeof(value)));
  return value;
}

uint64_t SeededRandom::Next() {
  MutexLock lock(mutex_);
  uint64_t z = (state_ += 0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

}  // namespace odradek
