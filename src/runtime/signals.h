// Signals as callbacks on a loop.
//
// Owner: the application. Thread: the loop's. Destroy on the loop's thread while it does not run,
// or from the callback of something else; the handles close in the loop's next tick.
#pragma once

#include <memory>
#include <vector>

#include "base/unique_function.h"
#include "runtime/loop.h"

namespace odradek::runtime {

class SignalWatcher {
 public:
  // Calls `on_signal` with the number each time one of `signals` arrives.
  SignalWatcher(Loop& loop, const std::vector<int>& signals, UniqueFunction<void(int)> on_signal);
  ~SignalWatcher();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What asks a process to end. A hang-up only where it is not ignored, as it is under nohup.
std::vector<int> StopSignals();

// A socket closed by the peer, and a file that would outgrow its limit (ulimit -f), are error codes
// here, never signals (sendfile has no flag for it).
void IgnoreSignalsOfWrites();

}  // namespace odradek::runtime
