#include "config/properties.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace odradek::config {
namespace {

std::vector<std::pair<std::string, std::string>> Parse(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto properties = ParseProperties(text, "f");
  EXPECT_TRUE(properties.ok()) << properties.status().ToString();
  for (const Property& property : *properties) pairs.emplace_back(property.name, property.value);
  return pairs;
}
using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(ParseProperties, TakesAnySeparator) {
  EXPECT_EQ(Parse("a=1\nb:2\nc 3\n d = 4 \ne\t:\t5\nf"),
            (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4 "}, {"e", "5"}, {"f", ""}}));
}

TEST(ParseProperties, KeepsSeparatorsInValues) {
  EXPECT_EQ(Parse("url=http://h:9092/?a=b"), (Pairs{{"url", "http://h:9092/?a=b"}}));
}

TEST(ParseProperties, PassesOverCommentsAndBlankLines) {
  EXPECT_EQ(Parse("# a=1\n  ! b=2\n\n   \nc=3#x\r\nd=4\re=5"),
            (Pairs{{"c", "3#x"}, {"d", "4"}, {"e", "5"}}));
}

TEST(ParseProperties, JoinsContinuedLines) {
  EXPECT_EQ(Parse("a=1,\\\n   2,\\\n   3\nb=4\\\\\nc=5"),
            (Pairs{{"a", "1,2,3"}, {"b", "4\\"}, {"c", "5"}}));
  EXPECT_EQ(Parse("a=1\\"), (Pairs{{"a", "1"}}));
}

TEST(ParseProperties, ResolvesEscapes) {
  EXPECT_EQ(Parse("a\\ b\\=c=\\t\\n\\u00e4\\u20ac\\z"),
            (Pairs{{"a b=c", "\t\n\xC3\xA4\xE2\x82\xACz"}}));
}

TEST(ParseProperties, SaysWhereItFailed) {
  EXPECT_EQ(ParseProperties("a=1\nb=\\u12\n", "f").status().message(),
            "f line 2: \\u needs four hexadecimal digits");
  EXPECT_EQ(ParseProperties("=1", "f").status().message(), "f line 1: a value without a name");
}

TEST(ParseProperties, CountsContinuedLines) {
  const auto properties = ParseProperties("a=1\\\n2\nb=3", "f");
  EXPECT_EQ(properties->at(1).line, 3);
}

}  // namespace
}  // namespace odradek::config
