// WallWatch: the wall clock for what deletes by age. Somebody who sets the clock ahead by mistake,
// or a machine that wakes up with another year, must not empty the store: a jump ahead of the
// monotonic clock counts only when it has lasted.
//
// A jump back counts at once: then less is old. What happened before the first look cannot be told.
// Owner: who deletes; it must look once before it may. Thread: the owner's.
#pragma once

#include "base/env/clock.h"

namespace odradek {

class WallWatch {
 public:
  // A jump that is still there after this time, by the monotonic clock, was meant.
  static constexpr Millis kLastsMs = 60'000;
  // The two clocks are not read at the same instant.
  static constexpr Millis kToleranceMs = 250;

  // The time to delete by. Never ahead of `wall_ms`.
  Millis Look(Millis monotonic_ms, Millis wall_ms);
  // How far the wall clock is ahead of what Look() said last; 0 unless it has jumped.
  Millis doubted_ms() const { return is_doubting_ ? doubted_lead_ms_ - lead_ms_ : 0; }

 private:
  bool has_looked_ = false;
  bool is_doubting_ = false;
  Millis lead_ms_ = 0;          // of the wall clock on the monotonic one, as believed
  Millis doubted_lead_ms_ = 0;  // since the jump
  Millis doubted_since_ms_ = 0;
};

}  // namespace odradek
