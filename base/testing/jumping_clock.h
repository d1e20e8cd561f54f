// A held clock whose wall time can be set while the monotonic one goes on. For tests; thread-safe.
#pragma once

#include <atomic>

#include "base/testing/held_clock.h"

namespace odradek {

class JumpingClock final : public Clock {
 public:
  // `held` must outlive this; it goes on moving both.
  explicit JumpingClock(HeldClock& held) : held_(held) {}
  Millis WallMs() const override { return held_.WallMs() + jumped_ms_.load(); }
  Millis MonotonicMs() const override { return held_.MonotonicMs(); }
  void Jump(Millis by) { jumped_ms_ += by; }

 private:
  HeldClock& held_;
  std::atomic<Millis> jumped_ms_{0};
};

}  // namespace odradek
