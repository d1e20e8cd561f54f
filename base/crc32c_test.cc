#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

#include "base/env/random.h"

namespace odradek {
namespace {

std::string RandomBytes(size_t size, uint64_t seed) {
  SeededRandom random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Next());
  return bytes;
}

// RFC 3720, appendix B.4.
TEST(Crc32c, GivesThePublishedValues) {
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending.push_back(static_cast<char>(i));
  EXPECT_EQ(Crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32c, AgreesWithTheTableAtEveryLengthAndAlignment) {
  const std::string bytes = RandomBytes(40'000, 1);
  for (size_t size = 0; size < 1700; ++size) {
    const std::string_view part = std::string_view(bytes).substr(size % 9, size);
    ASSERT_EQ(Crc32c(part), Crc32cPortable(part)) << size;
  }
  for (size_t size = 12'200; size < 12'400; ++size) {
    const std::string_view part = std::string_view(bytes).substr(size % 9, size);
    ASSERT_EQ(Crc32c(part), Crc32cPortable(part)) << size;
  }
  EXPECT_EQ(Crc32c(bytes), Crc32cPortable(bytes));
}

TEST(Crc32c, ContinuesWhereAnEarlierPartEnded) {
  const std::string bytes = RandomBytes(2000, 2);
  const std::string_view view = bytes;
  for (size_t cut = 0; cut <= bytes.size(); cut += 7) {
    ASSERT_EQ(Crc32c(view.substr(cut), Crc32c(view.substr(0, cut))), Crc32c(view)) << cut;
  }
}

TEST(Crc32c, PatchEqualsRecomputing) {
  for (const size_t size : {44, 45, 100, 4096, 100'003}) {
    const std::string before = RandomBytes(size, size);
    for (const size_t at : {size_t{0}, size / 3, size - 22}) {
      std::string after = before;
      std::string difference(22, '\0');
      for (size_t i = 0; i < difference.size(); ++i) {
        difference[i] = static_cast<char>(i * 37 + at);
        after[at + i] = static_cast<char>(after[at + i] ^ difference[i]);
      }
      EXPECT_EQ(Crc32cPatch(Crc32c(before), difference, size - at - difference.size()),
                Crc32c(after));
    }
  }
}

TEST(Crc32c, JoinsStretches) {
  std::string bytes(100'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  const std::string_view all = bytes;
  for (const size_t cut : {0UL, 1UL, 21UL, 4096UL, 65'537UL, 100'000UL}) {
    EXPECT_EQ(Crc32cJoin(Crc32c(all.substr(0, cut)), Crc32c(all.substr(cut)), all.size() - cut),
              Crc32c(all))
        << cut;
  }
}

}  // namespace
}  // namespace odradek
