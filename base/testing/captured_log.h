// The lines of the log since this was made, for tests that count them. Thread: the test's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/log.h"

namespace odradek {

class CapturedLog {
 public:
  CapturedLog() {
    log::CaptureToMemory(0);
    LOG_INFO("what other tests have left is dropped");
    log::CaptureToMemory(kBytesMax);
  }

  size_t Count(std::string_view words) const {
    const std::string text = log::Captured();
    size_t count = 0;
    for (size_t at = 0; (at = text.find(words, at)) != std::string::npos; ++at) ++count;
    return count;
  }

 private:
  static constexpr size_t kBytesMax = 1 << 20;
};

}  // namespace odradek
