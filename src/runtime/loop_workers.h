// LoopWorkers: workers that get what a loop posts as urgent at the end of the loop's tick. The
// appends of a tick share a sync then, instead of the first one's sync leaving without the others.
//
// Owner: the application; outlives everything that posts to it, the pool's tasks too, but not the
// loops. Thread: any; made and destroyed while the loops do not run.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "base/env/workers.h"
#include "runtime/loop_group.h"

namespace odradek::runtime {

class LoopWorkers final : public Workers {
 public:
  LoopWorkers(LoopGroup& loops, Workers& pool);

  void Post(Lane lane, Task task) override;

 private:
  // What one loop has posted in this tick. Thread: the loop's.
  class Batch final : public TickHook {
   public:
    Batch(Loop& loop, Workers& pool) : loop_(loop), pool_(pool) { loop_.AddTickHook(this); }
    ~Batch() override { loop_.RemoveTickHook(this); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    bool is_for_this_thread() const { return loop_.InTick(); }
    void Add(Task task) {
      tasks_.push_back(std::move(task));
      loop_.RunAgain();  // a hook that runs behind this one may have posted it
    }
    void OnTickEnd() override {
      for (Task& task : tasks_) pool_.Post(Lane::kUrgent, std::move(task));
      tasks_.clear();
    }

   private:
    Loop& loop_;
    Workers& pool_;
    std::vector<Task> tasks_;
  };

  Workers& pool_;
  std::deque<Batch> batches_;
};

}  // namespace odradek::runtime
