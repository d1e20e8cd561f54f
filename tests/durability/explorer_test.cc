// A few thousand crash points of every kind; tests/durability/run has more of them.
#include "tests/durability/explorer.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace odradek::durability {
namespace {

constexpr int64_t kPoints = 20'000;

// Explores from one seed to the next, until there were enough crash points.
void ExpectSound(ExplorerOptions options) {
  log::SetLevel(log::Level::kOff);
  int64_t points = 0;
  int64_t deepest = 0;
  int64_t acknowledged = 0;
  for (uint64_t seed = 1; points < kPoints; ++seed) {
    const ExplorerResult result = Explore(seed, options);
    ASSERT_EQ(result.finding, "") << ModeName(options.mode) << " seed " << seed;
    points += result.crash_points;
    deepest += result.by_depth[options.depth_max];
    acknowledged += result.acknowledged;
  }
  log::SetLevel(log::Level::kInfo);
  EXPECT_GT(deepest, 1'000);
  EXPECT_GT(acknowledged, 50);
}

TEST(CrashPoints, OfTheJournalWhenTheProcessIsKilled) {
  ExpectSound({.mode = Mode::kProcess, .journal_only = true});
}

TEST(CrashPoints, OfTheJournalWhenThePowerGoes) {
  ExpectSound({.mode = Mode::kPower, .journal_only = true});
}

TEST(CrashPoints, AreTheSameForTheSameSeed) {
  const ExplorerResult one = Explore(7, {.mode = Mode::kPower, .journal_only = true});
  const ExplorerResult two = Explore(7, {.mode = Mode::kPower, .journal_only = true});
  EXPECT_EQ(one.crash_points, two.crash_points);
  EXPECT_EQ(one.finding, two.finding);
  EXPECT_GT(one.by_depth[2], 0);
}

}  // namespace
}  // namespace odradek::durability
