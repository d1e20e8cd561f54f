// WorkerPool: threads for work that may block, started at the first piece of work of their lane, so
// that a broker without any owns none. Lanes do not wait for each other.
//
// Owner: the application; outlives everything that posts to it. Thread: any, but the destructor.
#pragma once

#include <array>
#include <deque>
#include <thread>
#include <vector>

#include "base/env/workers.h"
#include "base/mutex.h"

namespace odradek::runtime {

class WorkerPool final : public Workers {
 public:
  static constexpr size_t kUrgentThreads = 2;  // a device gains from some syncs side by side
  static constexpr size_t kBackgroundThreads = 1;
  static constexpr size_t kHeavyThreads = 2;  // what takes memory for its time takes it this often

  WorkerPool() = default;
  // Runs what was posted, then ends the threads. What the last tasks post runs if their own lane
  // has it, and is dropped if that of another has ended before.
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Queues have no limit of their own: who posts has one piece of work per log at most, or per
  // connection.
  void Post(Lane lane, Task task) override EXCLUDES(mutex_);
  size_t thread_count() const EXCLUDES(mutex_);

 private:
  struct Queue {
    std::deque<Task> tasks;
    size_t idle_threads = 0;
    std::vector<std::thread> threads;
    Condition wake;
  };

  void Serve(Queue& queue) EXCLUDES(mutex_);
  static size_t ThreadsOf(Lane lane);

  mutable Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::array<Queue, 3> queues_ GUARDED_BY(mutex_);
};

}  // namespace odradek::runtime
