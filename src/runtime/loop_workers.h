// LoopWorkers: workers that get what is posted as urgent at the end of a loop's tick: of the loop
// that posts it, or of one that is in the midst of a tick while another thread does. The appends of
// a tick share a sync then, instead of the first one's sync leaving without the others; and those
// of the next ticks, as long as each brings more, for kHeldNsMax.
//
// Owner: the application; outlives everything that posts to it, the pool's tasks too, but not the
// loops. Thread: any; made and destroyed while the loops do not run.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/env/workers.h"
#include "runtime/loop_group.h"

namespace odradek::runtime {

class LoopWorkers final : public Workers {
 public:
  static constexpr uint64_t kHeldNsMax = 1'000'000;

  LoopWorkers(LoopGroup& loops, Workers& pool);

  void Post(Lane lane, Task task) override;
  void Share() override;

 private:
  // What one loop hands on at the end of a tick. Thread: the loop's.
  class Batch final : public TickHook {
   public:
    Batch(Loop& loop, Workers& pool) : loop_(loop), pool_(pool) { loop_.AddTickHook(this); }
    ~Batch() override { loop_.RemoveTickHook(this); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    bool is_for_this_thread() const { return loop_.InTick(); }
    void Add(Task task) {
      if (tasks_.empty()) began_ns_ = uv_hrtime();
      tasks_.push_back(std::move(task));
      loop_.RunAgain();  // a hook that runs behind this one may have posted it
    }
    bool is_for_busy_loop() const { return loop_.IsBusy(); }
    // Thread: any. Dropped if the loop stops first.
    void Send(Task task) {
      loop_.Post([this, task = std::move(task)]() mutable { Add(std::move(task)); });
    }
    void Share() { shared_ |= !tasks_.empty(); }
    void OnTickEnd() override {
      const bool may_bring_more = std::exchange(shared_, false) && loop_.InTick();
      if (may_bring_more && uv_hrtime() - began_ns_ < kHeldNsMax) return loop_.RunAgain();
      for (Task& task : tasks_) pool_.Post(Lane::kUrgent, std::move(task));
      tasks_.clear();
    }

   private:
    Loop& loop_;
    Workers& pool_;
    std::vector<Task> tasks_;
    uint64_t began_ns_ = 0;  // the first of them came
    bool shared_ = false;    // in this tick
  };

  Workers& pool_;
  std::deque<Batch> batches_;
};

}  // namespace odradek::runtime
