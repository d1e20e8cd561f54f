#include "storage/local/offset_map.h"

#include <gtest/gtest.h>

#include <string>

namespace odradek::storage {
namespace {

constexpr Hash128 kHashKey{1, 2};

TEST(OffsetMap, FindsTheLastOffsetOfEachKey) {
  OffsetMap map(kHashKey, 1000 * OffsetMap::kEntrySizeBytes, 0.9);
  for (int64_t i = 0; i < 700; ++i) ASSERT_TRUE(map.Put("key " + std::to_string(i), i));
  for (int64_t i = 0; i < 700; i += 2) ASSERT_TRUE(map.Put("key " + std::to_string(i), 1000 + i));
  EXPECT_EQ(map.size(), 700u);
  for (int64_t i = 0; i < 700; ++i)
    EXPECT_EQ(map.Find("key " + std::to_string(i)), i % 2 == 0 ? 1000 + i : i);
  EXPECT_EQ(map.Find("another"), -1);
}

TEST(OffsetMap, TheEmptyKeyAndOffsetZeroAreAsGoodAsAny) {
  OffsetMap map(kHashKey, 240, 0.9);
  EXPECT_EQ(map.Find(""), -1);
  EXPECT_TRUE(map.Put("", 0));
  EXPECT_EQ(map.Find(""), 0);
}

TEST(OffsetMap, TakesNoNewKeyOnceItIsFullButKnownOnes) {
  OffsetMap map(kHashKey, 10 * OffsetMap::kEntrySizeBytes, 0.5);
  for (int64_t i = 0; i < 5; ++i) EXPECT_TRUE(map.Put(std::to_string(i), i));
  EXPECT_FALSE(map.Put("new", 5));
  EXPECT_TRUE(map.Put("3", 6));
  EXPECT_EQ(map.Find("3"), 6);
  EXPECT_EQ(map.Find("new"), -1);
  EXPECT_EQ(map.size(), 5u);
}

TEST(OffsetMap, HasRoomForOneKeyHoweverSmall) {
  for (const double load_factor : {-1.0, 0.0, 0.9, 1.0, 7.0}) {
    OffsetMap map(kHashKey, 0, load_factor);
    EXPECT_TRUE(map.Put("a", 1));
    EXPECT_FALSE(map.Put("b", 2));
    EXPECT_EQ(map.Find("b"), -1);
  }
}

}  // namespace
}  // namespace odradek::storage
