// One event loop: a libuv loop, the queue of work posted to it, and its timers.
//
// A tick is: wait for sockets and signals, handle them, run what was posted, run due timers, call
// the tick hooks, which send what the tick produced. A loop with nothing to do sleeps without a
// time-out and owns no armed timer. Timers run on the given clock; a clock that does not run by
// itself must call OnClockChanged() when it has moved.
//
// Owner: LoopGroup. Thread: Run() claims the calling thread; Post, After, Cancel, Stop,
// IsBusy and OnClockChanged are thread-safe; everything else belongs to the loop's thread.
#pragma once

#include <uv.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/env/clock.h"
#include "base/env/scheduler.h"
#include "base/mutex.h"
#include "runtime/timer_heap.h"

namespace odradek::runtime {

// Called at the end of each tick, on the loop's thread. Must outlive its registration.
class TickHook {
 public:
  virtual ~TickHook() = default;
  virtual void OnTickEnd() = 0;
};

class Loop final : public Scheduler {
 public:
  // Belongs to the calling thread until Run(). `clock` must outlive the loop.
  explicit Loop(Clock& clock);
  // Requires: not running; every handle that others made on uv() is closed. Posted work and
  // timers that have not run are dropped.
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Run();  // until Stop(), also if that came first
  void Stop();
  // The thread that may touch the loop's objects changes hands while it does not run.
  void BindToThisThread();
  // Requires: not running. Finishes what uv_close began and runs what is ready.
  void Drain();

  bool InLoop() const {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  // Between the start and the end of Run(), on its thread: a tick ends later.
  bool InTick() const { return InLoop() && running_loop_; }
  // Between waits for sockets: what is posted now runs before this tick ends, or in the next one,
  // which begins without waiting. Thread-safe.
  bool IsBusy() EXCLUDES(mutex_);

  void Post(Task task) override;
  TimerId After(Millis delay_ms, Task task) override;
  void Cancel(TimerId id) override;
  void OnClockChanged();

  void AddTickHook(TickHook* hook);
  void RemoveTickHook(TickHook* hook);
  // There is more to do: the next tick begins without waiting.
  void RunAgain() { run_again_ = true; }

  uv_loop_t* uv() { return &uv_; }
  // The machine's monotonic time at the start of this tick: for time-outs of sockets.
  Millis TickTimeMs() const { return static_cast<Millis>(uv_now(&uv_)); }

 private:
  void SetBusy(bool busy) EXCLUDES(mutex_);
  void OnPrepare();
  void OnCheck();
  void RunPosted();
  void RunDueTimers();
  void Wake() REQUIRES(mutex_);
  void ArmTimer(bool armed, Millis deadline_ms);

  Clock& clock_;
  std::atomic<std::thread::id> thread_;
  std::atomic<bool> stopping_{false};
  bool run_again_ = false;
  bool running_loop_ = false;  // the loop's thread only

  uv_loop_t uv_;
  uv_async_t async_;
  uv_prepare_t prepare_;
  uv_check_t check_;
  uv_idle_t idle_;    // active: the next wait returns at once
  uv_timer_t timer_;  // wakes the loop for the earliest of timers_
  bool timer_armed_ = false;
  Millis timer_deadline_ms_ = 0;

  std::vector<TickHook*> hooks_;
  std::vector<Task> running_;  // the batch taken from posted_; kept for its memory

  Mutex mutex_;
  std::vector<Task> posted_ GUARDED_BY(mutex_);
  TimerHeap timers_ GUARDED_BY(mutex_);
  bool busy_ GUARDED_BY(mutex_) = false;
  bool sleeping_ GUARDED_BY(mutex_) = false;  // only then a wake-up costs a system call
};

}  // namespace odradek::runtime
