#include "coordinator/internal_topics.h"

#include <gtest/gtest.h>

#include <string>

namespace odradek::coordinator {
namespace {

TEST(JavaStringHash, IsJavas) {
  EXPECT_EQ(JavaStringHash(""), 0);
  EXPECT_EQ(JavaStringHash("a"), 97);
  EXPECT_EQ(JavaStringHash("hello"), 99162322);
  EXPECT_EQ(JavaStringHash("console-consumer-12345"), 158455506);
  EXPECT_EQ(JavaStringHash("polygenelubricants"), INT32_MIN);
}

TEST(JavaStringHash, CountsUtf16Units) {
  EXPECT_EQ(JavaStringHash("\xC3\xA9"), 0xE9);                          // é
  EXPECT_EQ(JavaStringHash("\xE2\x82\xAC"), 0x20AC);                    // €
  EXPECT_EQ(JavaStringHash("\xF0\x9F\x98\x80"), 0xD83D * 31 + 0xDE00);  // surrogate pair
}

TEST(JavaStringHash, CountsMalformedBytesAsReplacement) {
  EXPECT_EQ(JavaStringHash("\xFF"), 0xFFFD);
  EXPECT_EQ(JavaStringHash("\xC0\x80"), 0xFFFD * 31 + 0xFFFD);                       // overlong
  EXPECT_EQ(JavaStringHash(std::string_view("\xE2\x82", 2)), 0xFFFD * 31 + 0xFFFD);  // cut
}

TEST(PartitionFor, IsInRangeForEveryKey) {
  for (int i = 0; i < 1000; ++i) {
    const int32_t partition = PartitionFor("group-" + std::to_string(i), 50);
    EXPECT_GE(partition, 0);
    EXPECT_LT(partition, 50);
  }
  EXPECT_EQ(PartitionFor("polygenelubricants", 50), 0);  // abs of the smallest integer
  EXPECT_EQ(PartitionFor("hello", 50), 22);
}

}  // namespace
}  // namespace odradek::coordinator
