#include "base/wall_watch.h"

#include <gtest/gtest.h>

#include "base/env/random.h"
#include "base/testing/jumping_clock.h"

namespace odradek {
namespace {

constexpr Millis kSecondMs = 1000;
constexpr Millis kHourMs = 3600 * kSecondMs;
constexpr Millis kYearMs = 365 * 24 * kHourMs;
constexpr Millis kJumpsMs[] = {kSecondMs,    60 * kSecondMs, kHourMs,
                               24 * kHourMs, kYearMs,        10 * kYearMs};

class WallWatchTest : public testing::TestWithParam<Millis> {
 protected:
  WallWatchTest() { Look(); }
  Millis Look() { return watch_.Look(clock_.MonotonicMs(), clock_.WallMs()); }

  HeldClock held_;
  JumpingClock clock_{held_};
  WallWatch watch_;
};
INSTANTIATE_TEST_SUITE_P(Jumps, WallWatchTest, testing::ValuesIn(kJumpsMs));

TEST_F(WallWatchTest, FollowsAClockThatGoesOn) {
  for (int i = 0; i < 100; ++i) {
    held_.Advance(kYearMs);
    EXPECT_EQ(Look(), clock_.WallMs());
    EXPECT_EQ(watch_.doubted_ms(), 0);
  }
}

TEST_P(WallWatchTest, DoubtsAJumpAheadUntilItHasLasted) {
  const Millis before = clock_.WallMs();
  clock_.Jump(GetParam());
  EXPECT_EQ(Look(), before);
  EXPECT_EQ(watch_.doubted_ms(), GetParam());
  held_.Advance(WallWatch::kLastsMs - 1);
  EXPECT_EQ(Look(), before + WallWatch::kLastsMs - 1);
  held_.Advance(1);
  EXPECT_EQ(Look(), clock_.WallMs());
  EXPECT_EQ(watch_.doubted_ms(), 0);
}

TEST_P(WallWatchTest, ForgetsAJumpThatWasTakenBack) {
  const Millis before = clock_.WallMs();
  clock_.Jump(GetParam());
  Look();
  clock_.Jump(-GetParam());
  EXPECT_EQ(Look(), before);
  held_.Advance(WallWatch::kLastsMs);
  clock_.Jump(GetParam());
  EXPECT_EQ(Look(), before + WallWatch::kLastsMs) << "the doubt begins anew";
}

TEST_P(WallWatchTest, FollowsAJumpBackAtOnce) {
  clock_.Jump(-GetParam());
  EXPECT_EQ(Look(), clock_.WallMs());
  EXPECT_EQ(watch_.doubted_ms(), 0);
}

TEST_F(WallWatchTest, AClockThatKeepsJumpingIsNotBelieved) {
  const Millis before = clock_.WallMs();
  for (int i = 0; i < 20; ++i) {
    clock_.Jump(kHourMs);
    held_.Advance(WallWatch::kLastsMs / 2);
    EXPECT_EQ(Look(), before + (i + 1) * WallWatch::kLastsMs / 2);
  }
}

// Whatever the clock does: never later than it shows, and never older than what the monotonic clock
// says has passed since a time that was believed.
TEST_F(WallWatchTest, NoSeriesOfShortJumpsMakesThingsOld) {
  SeededRandom random(11);
  Millis steady = clock_.WallMs();
  for (int i = 0; i < 10'000; ++i) {
    const Millis jump = kJumpsMs[random.Below(std::size(kJumpsMs))];
    clock_.Jump(jump);
    const Millis passed = static_cast<Millis>(random.Below(WallWatch::kLastsMs));
    held_.Advance(passed);
    steady += passed;
    EXPECT_LE(Look(), clock_.WallMs());
    EXPECT_LE(Look(), steady + WallWatch::kToleranceMs);
    clock_.Jump(-jump);
    EXPECT_EQ(Look(), steady);
  }
}

}  // namespace
}  // namespace odradek
