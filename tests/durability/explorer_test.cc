// Crash points of every kind, enough to show that the explorer works, as sanitizers run it too; the
// counts that prove something are those of tests/durability/run.
#include "tests/durability/explorer.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace odradek::durability {
namespace {

constexpr int64_t kPoints = 1000;

// Explores from one seed to the next, until there were enough crash points.
void ExpectSound(const ExplorerOptions& options) {
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
  EXPECT_GT(deepest, 20);
  EXPECT_GT(acknowledged, 4);
}

TEST(CrashPoints, OfTheJournalWhenTheProcessIsKilled) {
  ExpectSound({.mode = Mode::kProcess, .journal_only = true});
}

TEST(CrashPoints, OfTheJournalWhenThePowerGoes) {
  ExpectSound({.mode = Mode::kPower, .journal_only = true});
}

TEST(CrashPoints, OfTheStoreWhenTheProcessIsKilled) {
  ExpectSound({.mode = Mode::kProcess, .steps = 12, .variants = 1, .deeper_percent = 5});
}

TEST(CrashPoints, OfTheStoreWhenThePowerGoes) {
  ExpectSound({.mode = Mode::kPower, .steps = 12, .variants = 1, .deeper_percent = 5});
}

// A store that acknowledges without a sync is found out: the explorer can fail.
TEST(CrashPoints, ShowThatTheWeakerModeLosesToAPowerCut) {
  log::SetLevel(log::Level::kOff);
  const ExplorerResult result = Explore(1, {.mode = Mode::kProcess, .cuts_power = true});
  log::SetLevel(log::Level::kInfo);
  EXPECT_NE(result.finding.find("lost"), std::string::npos) << result.finding;
}

TEST(CrashPoints, AreTheSameForTheSameSeed) {
  const ExplorerOptions options{.mode = Mode::kPower, .steps = 5, .variants = 1};
  const ExplorerResult one = Explore(7, options);
  const ExplorerResult two = Explore(7, options);
  EXPECT_EQ(one.crash_points, two.crash_points);
  EXPECT_EQ(one.finding, two.finding);
  EXPECT_GT(one.by_depth[2], 0);
}

}  // namespace
}  // namespace odradek::durability
