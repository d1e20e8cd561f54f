#include "base/arena.h"

#include <gtest/gtest.h>

namespace odradek {
namespace {

TEST(Arena, GivesAlignedMemoryThatDoesNotOverlap) {
  Arena arena;
  char* a = static_cast<char*>(arena.Allocate(3, 1));
  auto* b = static_cast<int64_t*>(arena.Allocate(8, 8));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(b) % 8, 0u);
  EXPECT_GE(reinterpret_cast<char*>(b), a + 3);
  EXPECT_NE(arena.Allocate(0, 1), nullptr);
}

TEST(Arena, ReservesLittleMoreThanIsUsed) {
  for (const size_t size : {size_t{24}, size_t{200}, size_t{3000}, size_t{100000}}) {
    Arena arena;
    size_t used = 0;
    for (; used < 4 << 20; used += size) arena.Allocate(size, 8);
    EXPECT_LE(arena.reserved_bytes(), used + used / 3 + Arena::kBlockSizeBytesMax) << size;
  }
}

TEST(Arena, ALargeArrayLeavesTheCurrentBlockInUse) {
  Arena arena;
  char* first = static_cast<char*>(arena.Allocate(16, 8));
  arena.Allocate(1 << 20, 8);
  EXPECT_EQ(static_cast<char*>(arena.Allocate(16, 8)), first + 16);
  EXPECT_EQ(arena.reserved_bytes(), Arena::kFirstBlockSizeBytes + (1 << 20));
}

TEST(Arena, SaysBeforehandWhatItWillTakeFromTheHeap) {
  Arena arena;
  for (const size_t size : {size_t{100}, size_t{5000}, size_t{4000}, size_t{1}, size_t{900000}}) {
    for (int round = 0; round < 50; ++round) {
      const size_t before = arena.reserved_bytes();
      const size_t announced = arena.HeapBytesFor(size, 8);
      arena.Allocate(size, 8);
      ASSERT_EQ(arena.reserved_bytes(), before + announced) << size;
    }
  }
}

TEST(Arena, ResetKeepsTheFirstBlockAlone) {
  Arena arena;
  void* first = arena.Allocate(8, 8);
  for (int i = 0; i < 100; ++i) arena.Allocate(1000, 8);
  arena.Reset();
  EXPECT_EQ(arena.reserved_bytes(), Arena::kFirstBlockSizeBytes);
  EXPECT_EQ(arena.Allocate(8, 8), first);
}

TEST(Array, GrowsAndTellsNullFromEmpty) {
  Arena arena;
  Array<int> numbers = Array<int>::Null();
  EXPECT_TRUE(numbers.is_null());
  EXPECT_FALSE(numbers == Array<int>());
  for (int i = 0; i < 100; ++i) numbers.Add(arena, i);
  EXPECT_FALSE(numbers.is_null());
  ASSERT_EQ(numbers.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(numbers[static_cast<size_t>(i)], i);
  static_assert(sizeof(Array<int>) == 16);
}

TEST(Array, ComparesElements) {
  std::vector<int> a = {1, 2}, b = {1, 2}, c = {1, 3};
  EXPECT_TRUE(Array<int>::Of(a) == Array<int>::Of(b));
  EXPECT_FALSE(Array<int>::Of(a) == Array<int>::Of(c));
}

}  // namespace
}  // namespace odradek
