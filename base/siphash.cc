#include "base/siphash.h"

#include <bit>
#include <cstddef>

namespace odradek {
namespace {

struct SipState {
  uint64_t v0, v1, v2, v3;

  void Rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  }
  void Take(uint64_t word) {
    v3 ^= word;
    Rounds(2);
    v0 ^= word;
  }
  uint64_t Sum() const { return v0 ^ v1 ^ v2 ^ v3; }
};

uint64_t LoadLittle(const char* at, size_t size) {
  uint64_t word = 0;
  for (size_t i = 0; i < size; ++i) {
    word |= uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  }
  return word;
}

}  // namespace

Hash128 SipHash128(const Hash128& key, std::string_view input) {
  SipState state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d ^ 0xee,
                 key.low ^ 0x6c7967656e657261, key.high ^ 0x7465646279746573};
  const uint64_t size_byte = uint64_t{input.size()} << 56;
  while (input.size() >= sizeof(uint64_t)) {
    state.Take(LoadLittle(input.data(), sizeof(uint64_t)));
    input.remove_prefix(sizeof(uint64_t));
  }
  state.Take(size_byte | LoadLittle(input.data(), input.size()));
  Hash128 hash;
  state.v2 ^= 0xee;
  state.Rounds(4);
  hash.low = state.Sum();
  state.v1 ^= 0xdd;
  state.Rounds(4);
  hash.high = state.Sum();
  return hash;
}

}  // namespace odradek
