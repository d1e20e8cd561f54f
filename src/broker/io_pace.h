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

  // How long to wait after so many bytes; 0 without a rate.
  Millis DelayAfter(size_t size_bytes, double bytes_per_second_max, Millis monotonic_ms) {
    if (bytes_per_second_max <= 0) return 0;
    const auto now_ms = static_cast<double>(monotonic_ms);
    free_at_ms_ = std::max(free_at_ms_, now_ms) +
                  static_cast<double>(size_bytes) * 1000 / bytes_per_second_max;
    return static_cast<Millis>(std::min(free_at_ms_ - now_ms, kDelayMaxMs));
  }

 private:
  double free_at_ms_ = 0;  // monotonic: when the bytes so far are paid for
};

}  // namespace odradek::broker
