// The seams of the core in one bundle: whatever reaches outside the process comes from here.
// Borrowed pointers; the owner of the cluster keeps them alive longer than the cluster.
#pragma once

#include "base/env/clock.h"
#include "base/env/file.h"
#include "base/env/random.h"
#include "base/env/scheduler.h"
#include "base/env/workers.h"

namespace odradek {

struct Env {
  Clock* clock = nullptr;
  Random* random = nullptr;
  Files* files = nullptr;
  Scheduler* scheduler = nullptr;  // background timers of the cluster (group deadlines, retention)
  Workers* workers = nullptr;      // what may block or take long; none: below the cluster only
};

}  // namespace odradek
