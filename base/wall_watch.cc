#include "base/wall_watch.h"

namespace odradek {

Millis WallWatch::Look(Millis monotonic_ms, Millis wall_ms) {
  const Millis lead_ms = wall_ms - monotonic_ms;
  if (!has_looked_ || lead_ms <= lead_ms_ + kToleranceMs) {
    has_looked_ = true;
    is_doubting_ = false;
    lead_ms_ = lead_ms;
    return wall_ms;
  }
  const Millis moved_ms = lead_ms - doubted_lead_ms_;
  const bool stands = is_doubting_ && moved_ms <= kToleranceMs && moved_ms >= -kToleranceMs;
  if (stands && monotonic_ms - doubted_since_ms_ >= kLastsMs) {
    is_doubting_ = false;
    lead_ms_ = lead_ms;
    return wall_ms;
  }
  if (!stands) {
    is_doubting_ = true;
    doubted_lead_ms_ = lead_ms;
    doubted_since_ms_ = monotonic_ms;
  }
  return monotonic_ms + lead_ms_;
}

}  // namespace odradek
