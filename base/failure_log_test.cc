#include "base/failure_log.h"

#include <gtest/gtest.h>

#include "base/testing/held_clock.h"

namespace odradek {
namespace {

class FailureLogTest : public testing::Test {
 protected:
  // The line, or "none".
  std::string Fail() { return failures_.OnFailure(clock_.MonotonicMs()).value_or("none"); }

  HeldClock clock_;
  FailureLog failures_;
};

TEST_F(FailureLogTest, TellsOfTheFirstFailureAtOnceAndThenOnceAPeriod) {
  EXPECT_FALSE(failures_.OnSuccess());
  EXPECT_EQ(Fail(), "");
  EXPECT_TRUE(failures_.lasts());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Fail(), "none");
  clock_.Advance(FailureLog::kPeriodMs - 1);
  EXPECT_EQ(Fail(), "none");
  clock_.Advance(1);
  EXPECT_EQ(Fail(), " (4 more failures since the last line)");
  EXPECT_EQ(Fail(), "none");
}

TEST_F(FailureLogTest, TellsOnceThatItIsOver) {
  Fail();
  EXPECT_TRUE(failures_.OnSuccess());
  EXPECT_FALSE(failures_.lasts());
  EXPECT_FALSE(failures_.OnSuccess());
}

TEST_F(FailureLogTest, WhatComesAndGoesHasTwoLinesAPeriod) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Fail(), i == 0 ? "" : "none");
    EXPECT_EQ(failures_.OnSuccess(), i == 0) << "its failure was not told";
  }
  clock_.Advance(FailureLog::kPeriodMs);
  EXPECT_EQ(Fail(), " (9 more failures since the last line)");
  EXPECT_TRUE(failures_.OnSuccess());
}

}  // namespace
}  // namespace odradek
