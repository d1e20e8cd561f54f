#include "tests/bench/stats/results.h"

#include <gtest/gtest.h>

namespace odradek::bench {
namespace {

CaseResult TwoRows() {
  CaseResult result{"produce", "requests of 1 MiB", {}};
  for (const double seconds : {2.0, 4.0}) {
    result.RowOf("bare").Add("s", seconds);
    result.RowOf("broker").Add("s", 2 * seconds);
  }
  return result;
}

TEST(ResultsTest, MedianTakesTheMiddle) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 2, 3}), 2.5);
}

TEST(ResultsTest, RatiosAreMadeRoundByRound) {
  CaseResult result = TwoRows();
  result.RowOf("broker").figures[0].values[1] = 4;
  AddRatios(&result, "s", "ratio", true, [](const std::string&) { return std::string("bare"); });
  EXPECT_EQ(result.RowOf("broker").Find("ratio")->values, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(result.RowOf("bare").Find("ratio"), nullptr);
}

TEST(ResultsTest, NoRatioWhereRoundsAreMissing) {
  CaseResult result = TwoRows();
  result.RowOf("bare").Add("s", 1);
  AddRatios(&result, "s", "ratio", false, [](const std::string&) { return std::string("bare"); });
  EXPECT_EQ(result.RowOf("broker").Find("ratio"), nullptr);
}

TEST(ResultsTest, TheTableShowsMedianAndRange) {
  CaseResult result = TwoRows();
  result.RowOf("other").failure = "does not speak";
  EXPECT_EQ(TableOf(result),
            "produce: requests of 1 MiB\n"
            "          s\n"
            "  bare    3.00 [2.00..4.00]\n"
            "  broker  6.00 [4.00..8.00]\n"
            "  other   does not speak\n");
}

TEST(ResultsTest, JsonHoldsEveryRoundAndQuotesText) {
  CaseResult result = TwoRows();
  result.RowOf("o\"ther\n").failure = "b\\c";
  EXPECT_EQ(JsonOf({{"cores", "2"}}, {result}),
            "{\n"
            "\"about\": {\n  \"cores\": \"2\"},\n"
            "\"cases\": [\n"
            "  {\"name\": \"produce\", \"what\": \"requests of 1 MiB\", \"rows\": [\n"
            "    {\"who\": \"bare\", \"figures\": {\"s\": [2, 4]}},\n"
            "    {\"who\": \"broker\", \"figures\": {\"s\": [4, 8]}},\n"
            "    {\"who\": \"o\\\"ther\\u000a\", \"failure\": \"b\\\\c\"}]}]\n"
            "}\n");
}

}  // namespace
}  // namespace odradek::bench
