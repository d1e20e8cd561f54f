#include "base/siphash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

namespace odradek {
namespace {

// The key 00 01 .. 0f of the reference implementation's test vectors.
constexpr Hash128 kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::string Hex(const Hash128& hash) {
  std::string hex;
  for (const uint64_t word : {hash.low, hash.high}) {
    for (int i = 0; i < 8; ++i) {
      constexpr char kDigits[] = "0123456789abcdef";
      const auto byte = static_cast<unsigned>(word >> (8 * i)) & 0xffu;
      hex += kDigits[byte >> 4];
      hex += kDigits[byte & 15];
    }
  }
  return hex;
}

TEST(SipHash, GivesTheReferenceVectors) {
  EXPECT_EQ(Hex(SipHash128(kKey, "")), "a3817f04ba25a8e66df67214c7550293");
  EXPECT_EQ(Hex(SipHash128(kKey, std::string(1, '\0'))), "da87c1d86b99af44347659119b22fc45");
  EXPECT_EQ(Hex(SipHash128(kKey, std::string("\0\1", 2))), "8177228da4a45dc7fca38bdef60affe4");
}

TEST(SipHash, EveryByteAndTheLengthAndTheKeyCount) {
  std::set<std::pair<uint64_t, uint64_t>> seen;
  std::string input(40, 'x');
  for (size_t size = 0; size <= input.size(); ++size) {
    const Hash128 hash = SipHash128(kKey, input.substr(0, size));
    EXPECT_TRUE(seen.emplace(hash.low, hash.high).second) << size;
  }
  for (char& byte : input) {
    byte = 'y';
    const Hash128 hash = SipHash128(kKey, input);
    EXPECT_TRUE(seen.emplace(hash.low, hash.high).second);
    byte = 'x';
  }
  EXPECT_NE(SipHash128({1, 2}, input), SipHash128({1, 3}, input));
}

}  // namespace
}  // namespace odradek
