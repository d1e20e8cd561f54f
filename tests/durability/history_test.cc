// Histories that were bad, and what the checker says about them.
#include "tests/durability/history.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace odradek::durability {
namespace {

struct Fixture {
  const char* name;
  const char* expected;  // names of anomalies, with blanks between
  const char* text;
};

constexpr Fixture kBad[] = {
    {"LostAtTheEnd", "lost", "invoke a 0 0 x\nok a 0\nread 0 0 0 end"},
    {"LostAfterACrashThatTookTheTail", "lost",
     "invoke a 0 0 x\nok a 0\ninvoke b 0 0 y\nok b 1\nread 0 0 2 end 0=x 1=y\nread 0 0 1 end 0=x"},
    {"LostAndItsOffsetGivenToAnother", "lost inconsistent",
     "invoke a 0 0 x\nok a 0\ninvoke b 1 0 y\nok b 0\nread 0 0 1 end 0=y"},
    {"LostLastValueOfABatch", "lost", "invoke a 0 0 x y z\nok a 0\nread 0 0 2 end 0=x 1=y"},
    {"LostAboveTheTrimmedStart", "lost", "invoke a 0 0 x y\nok a 0\ntrim 0 1\nread 0 1 1 end"},

    {"UnseenAfterItWasRead", "unseen",
     "invoke a 0 0 x\nread 0 0 1 end 0=x\nunknown a\nread 0 0 0 end"},
    {"UnseenBetweenTwoRestarts", "unseen",
     "invoke a 0 0 x\nok a 0\ninvoke b 0 0 y\nunknown b\nread 0 0 1 end 0=x\n"
     "read 0 0 2 end 0=x 1=y\nread 0 0 1 end 0=x"},
    {"UnseenMarker", "unseen",
     "invoke a 0 0 x\nok a 0\nread 0 0 2 end 0=x 1=-\nread 0 0 1 end 0=x"},

    {"DuplicateOfARetry", "duplicate", "invoke a 0 0 x\nunknown a\nread 0 0 2 end 0=x 1=x"},
    {"DuplicateOfAnAcknowledged", "duplicate",
     "invoke a 0 0 x\nok a 0\ninvoke b 0 0 y\nok b 1\nread 0 0 3 end 0=x 1=y 2=x"},
    {"DuplicateOfHalfABatch", "duplicate", "invoke a 0 0 x y\nok a 0\nread 0 0 3 end 0=x 1=y 2=y"},

    {"OrderOfTwoUnknown", "order",
     "invoke a 0 0 x\nunknown a\ninvoke b 0 0 y\nunknown b\nread 0 0 2 end 0=y 1=x"},
    {"OrderInABatch", "order", "invoke a 0 0 x y\nunknown a\nread 0 0 2 end 0=y 1=x"},
    {"OrderOfOffsets", "order gap",
     "invoke a 0 0 x\nok a 0\ninvoke b 1 0 y\nok b 1\nread 0 0 2 end 1=y 0=x"},

    {"GapInTheMiddle", "gap",
     "invoke a 0 0 x\nok a 0\ninvoke b 0 0 y\nunknown b\nread 0 0 3 end 0=x 2=y"},
    {"GapAtTheFront", "gap", "invoke a 0 0 x\nunknown a\nread 0 0 3 end 2=x"},
    {"GapAtTheEnd", "gap", "invoke a 0 0 x\nok a 0\nread 0 0 2 end 0=x"},
    {"GapWhereAnAcknowledgedStood", "gap lost",
     "invoke a 0 0 x\nok a 0\ninvoke b 0 0 y\nok b 1\nread 0 0 2 end 1=y"},

    {"ResurrectedRefused", "resurrected", "invoke a 0 0 x\nfail a\nread 0 0 1 end 0=x"},
    {"ResurrectedAborted", "resurrected",
     "invoke a 0 0 x\nok a 0\nabort a\nread 0 0 2 end 0=x 1=-"},
    {"ResurrectedByARestart", "resurrected",
     "invoke a 0 0 x\nfail a\nread 0 0 0 end\nread 0 0 1 end 0=x"},

    {"InconsistentReads", "inconsistent",
     "invoke a 0 0 x\nunknown a\ninvoke b 1 0 y\nunknown b\nread 0 0 1 part 0=x\n"
     "read 0 0 1 part 0=y"},
    {"InconsistentAcknowledgements", "inconsistent",
     "invoke a 0 0 x\nok a 0\ninvoke b 1 0 y\nok b 0"},
    {"InconsistentAcknowledgementAndRead", "inconsistent",
     "invoke a 0 0 x\nok a 0\ninvoke b 1 0 y\nunknown b\nread 0 0 2 end 0=y 1=x"},
    {"InconsistentSpuriousZero", "inconsistent",
     "invoke a 0 0 x\nunknown a\ninvoke b 1 0 y\nok b 0\nread 0 0 2 end 0=x 1=y"},

    {"PhantomOfAnotherLog", "phantom", "invoke a 0 1 x\nok a 0\nread 0 0 1 end 0=x"},
    {"PhantomOfOldBlocks", "phantom", "invoke a 0 0 x\nok a 0\nread 0 0 2 end 0=x 1=garbage"},
    {"PhantomOfAnEarlierTopicOfTheName", "phantom lost",
     "invoke a 0 0 old\nok a 0\ninvoke b 0 1 new\nok b 0\nread 1 0 1 end 0=old"},
};

// What looks odd and is allowed.
constexpr Fixture kGood[] = {
    {"Plain", "", "invoke a 0 0 x y\nok a 0\nread 0 0 2 end 0=x 1=y"},
    {"UnknownIsThere", "", "invoke a 0 0 x\nunknown a\nread 0 0 1 end 0=x"},
    {"UnknownIsNotThere", "", "invoke a 0 0 x\nunknown a\nread 0 0 0 end"},
    {"StillUnderWay", "", "invoke a 0 0 x\nread 0 0 0 end\nread 0 0 1 end 0=x\nok a 0"},
    {"TrimmedAway", "", "invoke a 0 0 x y\nok a 0\ntrim 0 1\nread 0 1 2 end 1=y"},
    {"ReadFromTheMiddleOfABatch", "", "invoke a 0 0 x y\nok a 0\nread 0 1 2 end 0=x 1=y"},
    {"BelowTheStartAndStillThere", "",
     "invoke a 0 0 x y\nok a 0\ntrim 0 2\nread 0 0 2 end 0=x 1=y"},
    {"ProcessesMix", "", "invoke a 0 0 x\ninvoke b 1 0 y\nok b 0\nok a 1\nread 0 0 2 end 0=y 1=x"},
    {"PartOfTheLog", "", "invoke a 0 0 x y\nok a 0\nread 0 0 1 part 0=x"},
    {"CompactedLog", "",
     "sparse 0\ninvoke a 0 0 x\nok a 0\ninvoke b 0 0 y\nok b 1\nread 0 0 2 end 1=y"},
    {"AbortedIsNotThere", "", "invoke a 0 0 x\nok a 0\nabort a\nread 0 1 2 end 1=-"},
    {"ALogOfItsOwn", "",
     "invoke a 0 0 x\nok a 0\ninvoke b 0 1 y\nok b 0\nread 1 0 1 end 0=y\nread 0 0 1 end 0=x"},
};

std::set<std::string> Names(const std::vector<Finding>& findings) {
  std::set<std::string> names;
  for (const Finding& finding : findings) names.emplace(AnomalyName(finding.anomaly));
  return names;
}

std::set<std::string> Words(std::string_view text) {
  std::set<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

class Histories : public ::testing::TestWithParam<Fixture> {};

TEST_P(Histories, AreJudged) {
  const Result<History> history = History::Decode(GetParam().text);
  ASSERT_TRUE(history.ok()) << history.status().ToString();
  const std::vector<Finding> findings = history->Check();
  EXPECT_EQ(Names(findings), Words(GetParam().expected))
      << (findings.empty() ? "nothing found" : findings.front().what);
}

const auto kNameOf = [](const auto& instance) { return std::string(instance.param.name); };
INSTANTIATE_TEST_SUITE_P(Bad, Histories, ::testing::ValuesIn(kBad), kNameOf);
INSTANTIATE_TEST_SUITE_P(Good, Histories, ::testing::ValuesIn(kGood), kNameOf);

TEST(History, EveryAnomalyHasThreeFixtures) {
  std::map<std::string, int> counts;
  for (const Fixture& fixture : kBad) {
    for (const std::string& word : Words(fixture.expected)) ++counts[word];
  }
  for (size_t i = 0; i < kAnomalyCount; ++i)
    EXPECT_GE(counts[std::string(AnomalyName(static_cast<Anomaly>(i)))], 3) << i;
  EXPECT_EQ(counts.size(), kAnomalyCount);
}

TEST(History, TextIsReadAsItWasWritten) {
  for (const Fixture& fixture : kBad) {
    const History history = History::Decode(fixture.text).value();
    const std::string text = history.Encode();
    const History again = History::Decode(text).value();
    EXPECT_EQ(again.Encode(), text);
    EXPECT_EQ(Names(again.Check()), Names(history.Check()));
  }
}

TEST(History, WhatIsRewoundIsForgotten) {
  History history;
  history.Ok(history.Invoke(0, 0, {"x"}), 0);
  const History::Mark mark = history.mark();
  history.Read(0, 0, 0, true, {});
  EXPECT_EQ(history.Check().size(), 1u);
  history.Rewind(mark);
  history.Read(0, 0, 1, true, {{0, "x"}});
  EXPECT_TRUE(history.Check().empty());
}

TEST(History, AnswersAreForgottenAndWritesAreNot) {
  History history;
  const History::Op first = history.Invoke(0, 0, {"x"});
  history.Ok(first, 0);
  const History::Mark mark = history.mark();
  const History::Op second = history.Invoke(0, 0, {"y"});
  history.Ok(second, 1);
  history.Read(0, 0, 2, true, {{0, "x"}, {1, "y"}});
  History forgetful = history;
  forgetful.ForgetAnswersSince(mark);
  for (History* one : {&history, &forgetful}) one->Read(0, 0, 1, true, {{0, "x"}});
  EXPECT_EQ(history.Check().size(), 1u);
  EXPECT_TRUE(forgetful.Check().empty());
}

TEST(History, TextThatIsNoHistoryIsRefused) {
  for (const char* text : {"ok a 0", "invoke a 0", "read 0 0", "read 0 0 1 all", "hello a",
                           "read 0 0 1 end x", "invoke a 0 0 x\nok a x"}) {
    EXPECT_FALSE(History::Decode(text).ok()) << text;
  }
}

}  // namespace
}  // namespace odradek::durability
