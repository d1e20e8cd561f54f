#include "base/failure_log.h"

#include <fmt/format.h>

#include <utility>

namespace odradek {

std::optional<std::string> FailureLog::OnFailure(Millis now_ms) {
  MutexLock lock(mutex_);
  lasts_.store(true, std::memory_order_release);
  if (now_ms < next_line_ms_) {
    ++untold_;
    return std::nullopt;
  }
  told_ = true;
  next_line_ms_ = now_ms + kPeriodMs;
  const int64_t untold = std::exchange(untold_, 0);
  return untold == 0 ? std::string()
                     : fmt::format(" ({} more failures since the last line)", untold);
}

bool FailureLog::OnSuccess() {
  if (!lasts()) return false;
  MutexLock lock(mutex_);
  lasts_.store(false, std::memory_order_release);
  return std::exchange(told_, false);
}

}  // namespace odradek
