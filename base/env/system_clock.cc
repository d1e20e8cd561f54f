#include <ctime>

#include "base/env/clock.h"

namespace odradek {
namespace {

Millis Read(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<Millis>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

Millis SystemClock::WallMs() const { return Read(CLOCK_REALTIME); }
Millis SystemClock::MonotonicMs() const { return Read(CLOCK_MONOTONIC); }

}  // namespace odradek
