#include "tests/bench/stats/histogram.h"

#include <gtest/gtest.h>

#include <limits>

namespace odradek::bench {
namespace {

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (int64_t value = 1; value <= 100; ++value) histogram.Add(value);
  EXPECT_EQ(histogram.count(), 100);
  EXPECT_EQ(histogram.Percentile(0.5), 50);
  EXPECT_EQ(histogram.Percentile(0.99), 99);
  EXPECT_EQ(histogram.Percentile(1), 100);
  EXPECT_EQ(histogram.Percentile(0), 1);
}

TEST(HistogramTest, EveryValueIsKeptWithinOnePartIn64) {
  for (int64_t value = 1; value < std::numeric_limits<int64_t>::max() / 3; value = value * 3 + 1) {
    Histogram histogram;
    histogram.Add(value);
    histogram.Add(std::numeric_limits<int64_t>::max());
    const int64_t kept = histogram.Percentile(0.5);
    EXPECT_GE(kept, value);
    EXPECT_LE(static_cast<double>(kept - value), static_cast<double>(value) / 64) << value;
  }
}

TEST(HistogramTest, TheMaximumIsExactAndLimitsThePercentiles) {
  Histogram histogram;
  histogram.Add(1'000'003);
  EXPECT_EQ(histogram.max_ns(), 1'000'003);
  EXPECT_EQ(histogram.Percentile(0.999), 1'000'003);
}

TEST(HistogramTest, OneOutlierInAThousandShowsBehindP999Only) {
  Histogram histogram;
  for (int i = 0; i < 999; ++i) histogram.Add(10);
  histogram.Add(5'000'000);
  EXPECT_EQ(histogram.Percentile(0.999), 10);
  EXPECT_EQ(histogram.Percentile(0.9991), 5'000'000);
}

TEST(HistogramTest, AddingAnotherCountsBoth) {
  Histogram all;
  Histogram some;
  all.Add(1);
  some.Add(2);
  some.Add(-7);
  all.Add(some);
  EXPECT_EQ(all.count(), 3);
  EXPECT_EQ(all.Percentile(0.3), 0);
  EXPECT_EQ(all.max_ns(), 2);
}

TEST(HistogramTest, EmptyAnswersZero) { EXPECT_EQ(Histogram().Percentile(0.5), 0); }

}  // namespace
}  // namespace odradek::bench
