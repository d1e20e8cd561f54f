// SimulatedMachine: a clock, a scheduler, workers and a disk that move only when a test moves them,
// as one Env. For tests; one thread.
#pragma once

#include "base/env/env.h"
#include "base/env/random.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_scheduler.h"
#include "base/testing/held_workers.h"
#include "base/testing/simulated_disk.h"

namespace odradek {

struct SimulatedMachine {
  SimulatedMachine() = default;
  SimulatedMachine(const SimulatedMachine&) = delete;
  SimulatedMachine& operator=(const SimulatedMachine&) = delete;

  // Runs what waits for a worker or for the scheduler, and what that posts, without a step of time.
  void RunAll() {
    do {
      workers.RunAll();
      scheduler.RunReady();
    } while (workers.size() > 0);
  }

  HeldClock clock;
  HeldScheduler scheduler{clock};
  HeldWorkers workers;
  SeededRandom random{7};
  SimulatedDisk disk;
  const Env env{.clock = &clock,
                .random = &random,
                .files = &disk,
                .scheduler = &scheduler,
                .workers = &workers};
};

}  // namespace odradek
