// Runs work later on one thread: the seam between decisions and the event loop.
//
// An event loop implements it; tests use testing/held_scheduler.h together with a HeldClock.
#pragma once

#include <cstdint>

#include "base/env/clock.h"
#include "base/unique_function.h"

namespace odradek {

using Task = UniqueFunction<void()>;

class Scheduler {
 public:
  using TimerId = uint64_t;
  static constexpr TimerId kNoTimer = 0;
  // For ever: longer delays are cut to it. A time of now and it fit into Millis.
  static constexpr Millis kDelayMaxMs = 100LL * 365 * 24 * 3600 * 1000;

  virtual ~Scheduler() = default;
  // Runs `task` soon, never before returning to the caller's caller. Thread-safe.
  virtual void Post(Task task) = 0;
  // Runs `task` on the scheduler's thread once `delay_ms` have passed on the cluster's clock.
  // Thread-safe. The id stays unique for the life of the scheduler.
  virtual TimerId After(Millis delay_ms, Task task) = 0;
  // The task will not start after this returns, unless it has already; then nothing happens.
  // Thread-safe.
  virtual void Cancel(TimerId id) = 0;
};

}  // namespace odradek
