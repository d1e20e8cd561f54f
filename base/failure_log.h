// FailureLog: keeps a failure that comes again and again from filling a disk with lines. The first
// is told at once; those that follow are counted, and told with one line in kPeriodMs at most; and
// once it is told that it is over. What comes and goes has two lines in kPeriodMs at most.
//
//   const auto line = failures.OnFailure(now_ms);
//
//   if (line.has_value()) LOG_ERROR("cannot open it: {}{}", why, *line);
//
//   if (failures.OnSuccess()) LOG_INFO("it can be opened again");
//
// Owner: what fails, one for each kind of failure. Thread-safe; a success costs an atomic load as
// long as nothing fails.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "base/env/clock.h"
#include "base/mutex.h"

namespace odradek {

class FailureLog {
 public:
  static constexpr Millis kPeriodMs = 60'000;

  // Whether to write a line now; then what it has to end with: how many failures had none. Times:
  // monotonic.
  std::optional<std::string> OnFailure(Millis now_ms) EXCLUDES(mutex_);
  // Whether to tell that it is over.
  bool OnSuccess() EXCLUDES(mutex_);
  // The last attempt failed.
  bool lasts() const { return lasts_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> lasts_{false};
  Mutex mutex_;
  bool told_ GUARDED_BY(mutex_) = false;  // what lasts
  int64_t untold_ GUARDED_BY(mutex_) = 0;
  Millis next_line_ms_ GUARDED_BY(mutex_) = std::numeric_limits<Millis>::min();
};

}  // namespace odradek
