// IoPace: spreads reads and writes of background work, so that they stay below a rate on the whole.
// Owner: who does the work, under its lock.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/env/clock.h"

namespace odradek::broker {

class IoPace {
 public:
  static constexpr double kDelayMaxMs = 60'000;

  // How long to wait after so many bytes; 0 without a rate. What is owed is paid at the rate of
  // now.
  Millis DelayAfter(size_t size_bytes, double bytes_per_second_max, Millis monotonic_ms) {
    const auto passed_ms = static_cast<double>(monotonic_ms - asked_ms_);
    asked_ms_ = monotonic_ms;
    if (bytes_per_second_max <= 0) {
      owed_bytes_ = 0;
      return 0;
    }
    owed_bytes_ = std::max(owed_bytes_ - passed_ms * bytes_per_second_max / 1000, 0.0) +
                  static_cast<double>(size_bytes);
    return static_cast<Millis>(std::min(owed_bytes_ * 1000 / bytes_per_second_max, kDelayMaxMs));
  }

 private:
  double owed_bytes_ = 0;
  Millis asked_ms_ = 0;  // monotonic
};

}  // namespace odradek::broker
