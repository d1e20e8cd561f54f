// SipHash-2-4 with 128 bits of output: a keyed hash. Who does not know the key cannot look for two
// inputs with one hash, and by chance there is none.
// Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF". Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace odradek {

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const Hash128&) const = default;
};

Hash128 SipHash128(const Hash128& key, std::string_view input);

}  // namespace odradek
