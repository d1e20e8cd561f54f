#include "net/partial_frames.h"

#include <gtest/gtest.h>

#include <deque>

namespace odradek::net {
namespace {

constexpr Millis kSlowMs = 30'000;

class PartialFramesTest : public testing::Test {
 protected:
  PartialFrame& Begin(Millis now_ms) {
    PartialFrame& frame = made_.emplace_back(nullptr);
    frames_.Begin(frame, now_ms);
    return frame;
  }
  size_t Close(Millis now_ms) {
    const auto slow = frames_.TooSlow(now_ms, kSlowMs);
    for (PartialFrame* frame : slow) frames_.End(*frame);
    return slow.size();
  }

  std::deque<PartialFrame> made_;
  PartialFrames frames_;
};

TEST_F(PartialFramesTest, AllThatStallAreClosedAtOnce) {
  for (int i = 0; i < 12; ++i) Begin(i);
  EXPECT_EQ(Close(kSlowMs - 1), 0U);
  EXPECT_EQ(Close(kSlowMs + 11), 12U);
  EXPECT_EQ(frames_.DueMs(kSlowMs + 11, kSlowMs, true), INT64_MAX);
}

TEST_F(PartialFramesTest, TheTimeCountsFromTheFirstByteWhateverComesBetween) {
  PartialFrame& frame = Begin(0);
  frames_.Begin(frame, 10'000);  // more of it came
  frame.waits_for_memory = true;
  EXPECT_EQ(Close(kSlowMs), 0U);
  frame.waits_for_memory = false;  // it got some and stalls
  EXPECT_EQ(Close(kSlowMs), 1U);
}

TEST_F(PartialFramesTest, WhoWaitsForMemoryHimselfGetsTwiceTheTime) {
  Begin(0).waits_for_memory = true;
  EXPECT_EQ(Close(2 * kSlowMs - 1), 0U);
  EXPECT_EQ(Close(2 * kSlowMs), 1U);
}

TEST_F(PartialFramesTest, WhoWaitsHidesNobodyBehindHim) {
  Begin(0).waits_for_memory = true;
  Begin(1);
  EXPECT_EQ(Close(kSlowMs + 1), 1U);
}

TEST_F(PartialFramesTest, LateOnesAreLookedAtAgain) {
  Begin(5);
  EXPECT_EQ(frames_.DueMs(7, kSlowMs, true), 5 + kSlowMs);
  EXPECT_EQ(frames_.DueMs(90'000, kSlowMs, true), 90'000 + PartialFrames::kCheckMs);
  EXPECT_EQ(frames_.DueMs(90'000, kSlowMs, false), 90'000 + PartialFrames::kQuietCheckMs);
}

TEST_F(PartialFramesTest, WholeFramesGoBeforePartialOnesAndThoseByAge) {
  const PartialFrame whole(nullptr);
  const PartialFrame& older = Begin(10);
  const PartialFrame& younger = Begin(20);
  EXPECT_LT(whole.since_ms(), older.since_ms());
  EXPECT_LT(older.since_ms(), younger.since_ms());
}

}  // namespace
}  // namespace odradek::net
