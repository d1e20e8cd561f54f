// The broker's event loops: loop 0 on the thread that calls Run(), each other on its own.
//
// Owner: the application; outlives everything that lives on the loops. Thread: Run() on one
// thread; Stop() on any; the rest before Run() or on a loop.
#pragma once

#include <memory>
#include <vector>

#include "base/env/clock.h"
#include "runtime/loop.h"

namespace odradek::runtime {

class LoopGroup {
 public:
  static constexpr int kLoopsMax = 64;

  // Requires: 1 <= count <= kLoopsMax.
  LoopGroup(int count, Clock& clock);

  // Returns after Stop(), with every thread joined; the loops then belong to the caller.
  void Run();
  void Stop();

  size_t size() const { return loops_.size(); }
  Loop& at(size_t index) { return *loops_[index]; }

  // What `--threads` is unless given: 1 up to two cores, then half of them, at most 4.
  static int DefaultCount(unsigned cores);

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace odradek::runtime
