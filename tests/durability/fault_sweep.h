// FaultSweep: runs a workload in which one disk call fails, or all from one on, for every call and
// every error that it can give; or in which the device is full at some byte.
//
// Sound is: nothing acknowledged is lost and nothing refused is seen, while the fault lasts, when
// it is over, after a kill and, with kPower, after a power cut; and writing goes on when the fault
// is over, without a restart unless the device has lost data (an EIO, a failed sync).
#pragma once

#include <cstdint>
#include <string>

#include "tests/durability/world.h"

namespace odradek::durability {

struct FaultSweepOptions {
  Mode mode = Mode::kProcess;
  uint64_t seed = 1;
  int steps = 30;
  int heal_after = 8;  // steps from the first failure on
  int64_t stride = 1;  // every call, or every n-th
  int64_t first = 0;   // from this one on
  int64_t runs_max = INT64_MAX;
};

struct FaultSweepResult {
  int64_t runs = 0;
  int64_t failures = 0;  // calls that were made to fail
  int64_t failed = 0;    // runs that were not sound
  std::string finding;   // the first one; empty if all is well
};

// Errors at every call: `code` once or for ever.
FaultSweepResult SweepCalls(const FaultSweepOptions& options, StatusCode code, bool forever,
                            AfterFailedSync after = AfterFailedSync::kDropped);
// A device that has room for n bytes, for every n up to what the run needs.
FaultSweepResult SweepCapacity(const FaultSweepOptions& options);

}  // namespace odradek::durability
