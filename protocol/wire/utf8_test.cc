#include "protocol/wire/utf8.h"

#include <string>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace odradek::wire
