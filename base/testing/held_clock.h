// A clock that moves only when told to. For tests; thread-safe.
#pragma once

#include <atomic>

#include "base/env/clock.h"

namespace odradek {

class HeldClock final : public Clock {
 public:
  explicit HeldClock(Millis start = 1'700'000'000'000) : wall_(start), monotonic_(1'000'000) {}
  Millis WallMs() const override { return wall_.load(); }
  Millis MonotonicMs() const override { return monotonic_.load(); }
  void Advance(Millis by) {
    wall_ += by;
    monotonic_ += by;
  }

 private:
  std::atomic<Millis> wall_;
  std::atomic<Millis> monotonic_;
};

}  // namespace odradek
