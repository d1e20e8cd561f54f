#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

namespace odradek::log {
namespace {

constexpr size_t kMessageSizeBytesMax = 8192;

// The one line that logging `message` gives, from its level on.
std::string Logged(std::string_view message) {
  CaptureToMemory(1 << 20);
  const size_t before = Captured().size();
  LOG_ERROR("{}", message);
  const std::string line = Captured().substr(before);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  const size_t text = line.find(" error ");
  return text == std::string::npos ? line : line.substr(text + 7, line.size() - text - 8);
}

TEST(Log, LeavesReadableTextAsItIs) {
  EXPECT_EQ(Logged("topic \"gr\xc3\xb6\xc3\x9f\x65\" {}"), "topic \"gr\xc3\xb6\xc3\x9f\x65\" {}");
}

TEST(Log, WhatAClientSendsNeitherBeginsALineNorSteersATerminal) {
  EXPECT_EQ(Logged("group a\nfake\r\x1b[2J"), "group a\\x0afake\\x0d\\x1b[2J");
  EXPECT_EQ(Logged(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(Logged("\xc2\x9b 2J"), "\\xc2\\x9b 2J");
}

TEST(Log, CutsLongMessages) {
  const std::string line = Logged(std::string(kMessageSizeBytesMax + 5, 'x'));
  EXPECT_EQ(line, std::string(kMessageSizeBytesMax, 'x') + "... and 5 bytes");
  std::string umlauts = "x";
  for (size_t i = 0; i < 5000; ++i) umlauts += "\xc3\xb6";
  EXPECT_EQ(Logged(umlauts), umlauts.substr(0, kMessageSizeBytesMax - 1) + "... and 1810 bytes")
      << "no character is cut in two";
}

}  // namespace
}  // namespace odradek::log
