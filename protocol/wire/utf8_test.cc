#include "protocol/wire/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace odradek::wire {
namespace {

TEST(Utf8, AcceptsEveryLengthOfSequenceAtEveryPlace) {
  for (const std::string_view character :
       {"a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    for (size_t before = 0; before < 18; ++before) {
      EXPECT_TRUE(IsUtf8(std::string(before, 'x').append(character).append("tail"))) << character;
    }
  }
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8(std::string_view("\0", 1)));
}

TEST(Utf8, RejectsWhatRfc3629Forbids) {
  for (const std::string_view bad : {
           "\x80",              // continuation alone
           "\xC0\xAF",          // overlong '/'
           "\xC1\xBF",          // overlong
           "\xE0\x9F\xBF",      // overlong, three bytes
           "\xED\xA0\x80",      // surrogate
           "\xF0\x8F\xBF\xBF",  // overlong, four bytes
           "\xF4\x90\x80\x80",  // above U+10FFFF
           "\xF5\x80\x80\x80",
           "\xFF",
           "\xC2",
           "\xC2x",
           "\xE1\x80",
           "\xE1\x80x",
           "\xF1\x80\x80",
       }) {
    EXPECT_FALSE(IsUtf8(bad)) << bad.size();
    EXPECT_FALSE(IsUtf8("eight ok" + std::string(bad)));
  }
}

std::string Repaired(std::string_view text) {
  std::string repaired(RepairedUtf8SizeBytes(text), '\0');
  RepairUtf8(text, repaired.data());
  return repaired;
}

// '?' where Apache Kafka, asked for groups of these names, answered with U+FFFD.
TEST(Utf8, RepairsAsJavaDecodes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a\xFF"
       "b",
       "a?b"},
      {"\x80", "?"},
      {"\xC3(", "?("},
      {"\xC1\xBF", "??"},
      {"\xC3", "?"},
      {"\xE0\x80\x80", "???"},
      {"\xE2(\xA1", "?(?"},
      {"\xE2\x82(", "?("},
      {"\xE2\x82", "?"},
      {"\xE2", "?"},
      {"\xED\xA0\x80", "?"},
      {"\xED\xBF\xBFz", "?z"},
      {"\xED\xA0", "?"},
      {"\xF0\x80\x80\x80", "????"},
      {"\xF0(\x8C\xBC", "?(??"},
      {"\xF0\x90(x", "?(x"},
      {"\xF0\x90\x8C(", "?("},
      {"\xF0\x90\x8C", "?"},
      {"\xF0\x90", "?"},
      {"\xF0", "?"},
      {"\xF4\x90\x80\x80", "????"},
      {"\xF8\x88\x80\x80", "????"},
      {"\xFE", "?"},
      {"\xF0\x9F\x98\x80\xFF\xED\x9F\xBF", "\xF0\x9F\x98\x80?\xED\x9F\xBF"},
  };
  for (const auto& [bad, shown] : cases) {
    std::string expected;
    for (const char c : shown) expected.append(c == '?' ? "\xEF\xBF\xBD" : std::string(1, c));
    EXPECT_EQ(Repaired(bad), expected) << shown;
    EXPECT_TRUE(IsUtf8(expected));
    EXPECT_EQ(Repaired(expected), expected);
  }
}

}  // namespace
}  // namespace odradek::wire
