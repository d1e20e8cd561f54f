// ShardHarness: what a coordinator needs to run under a test's control: held time, seeded
// randomness, a fake log. Derive the harness of a coordinator from it.
#pragma once

#include "base/env/env.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_scheduler.h"
#include "base/testing/jumping_clock.h"
#include "coordinator/testing/fake_log.h"

namespace odradek::coordinator {

class ShardHarness {
 public:
  explicit ShardHarness(int32_t partitions = 3) : log_(partitions) {}

  FakeLog& log() { return log_; }
  HeldClock& clock() { return clock_; }
  HeldScheduler& scheduler() { return scheduler_; }
  Random& random() { return random_; }
  Millis now() const { return clock_.MonotonicMs(); }
  // Moves time forward; timers on the way run in order.
  void Advance(Millis by) { scheduler_.Advance(by); }

  // Sets the wall clock and nothing else.
  void JumpWallClock(Millis by) { clock_as_seen_.Jump(by); }

  Env MakeEnv() {
    Env env;
    env.clock = &clock_as_seen_;
    env.random = &random_;
    env.scheduler = &scheduler_;
    return env;
  }

 private:
  HeldClock clock_;
  JumpingClock clock_as_seen_{clock_};
  HeldScheduler scheduler_{clock_};
  SeededRandom random_{42};
  FakeLog log_;
};

}  // namespace odradek::coordinator
