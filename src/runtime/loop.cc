#include "runtime/loop.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace odradek::runtime {
namespace {

template <class Handle>
uv_handle_t* AsHandle(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

Loop::Loop(Clock& clock) : clock_(clock), thread_(std::this_thread::get_id()) {
  CHECK_EQ(uv_loop_init(&uv_), 0);
  // Libuv's start functions fail only for a closing handle or a null callback.
  CHECK_EQ(uv_async_init(&uv_, &async_, [](uv_async_t*) {}), 0);
  CHECK_EQ(uv_prepare_init(&uv_, &prepare_), 0);
  CHECK_EQ(uv_check_init(&uv_, &check_), 0);
  CHECK_EQ(uv_idle_init(&uv_, &idle_), 0);
  CHECK_EQ(uv_timer_init(&uv_, &timer_), 0);
  prepare_.data = this;
  check_.data = this;
  uv_prepare_start(&prepare_, [](uv_prepare_t* h) { static_cast<Loop*>(h->data)->OnPrepare(); });
  uv_check_start(&check_, [](uv_check_t* h) { static_cast<Loop*>(h->data)->OnCheck(); });
}

Loop::~Loop() {
  std::vector<Task> dropped;
  TimerHeap dropped_timers;
  {
    MutexLock lock(mutex_);
    dropped.swap(posted_);
    std::swap(dropped_timers, timers_);
  }
  uv_close(AsHandle(&async_), nullptr);
  uv_close(AsHandle(&prepare_), nullptr);
  uv_close(AsHandle(&check_), nullptr);
  uv_close(AsHandle(&idle_), nullptr);
  uv_close(AsHandle(&timer_), nullptr);
  uv_run(&uv_, UV_RUN_DEFAULT);
  CHECK_EQ(uv_loop_close(&uv_), 0);
}

void Loop::BindToThisThread() {
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

void Loop::Run() {
  BindToThisThread();
  if (stopping_.load(std::memory_order_acquire)) return;
  running_loop_ = true;
  SetBusy(true);
  uv_run(&uv_, UV_RUN_DEFAULT);
  SetBusy(false);
  running_loop_ = false;
  for (TickHook* hook : hooks_) hook->OnTickEnd();  // of the tick that Stop() has cut short
}

bool Loop::IsBusy() {
  MutexLock lock(mutex_);
  return busy_;
}

void Loop::SetBusy(bool busy) {
  MutexLock lock(mutex_);
  busy_ = busy;
}

void Loop::Stop() {
  stopping_.store(true, std::memory_order_release);
  MutexLock lock(mutex_);
  Wake();
}

void Loop::Drain() {
  // One round closes handles, a second runs what their callbacks posted.
  uv_run(&uv_, UV_RUN_NOWAIT);
  uv_run(&uv_, UV_RUN_NOWAIT);
}

void Loop::Post(Task task) {
  MutexLock lock(mutex_);
  posted_.push_back(std::move(task));
  Wake();
}

Scheduler::TimerId Loop::After(Millis delay_ms, Task task) {
  const Millis deadline_ms = clock_.MonotonicMs() + std::clamp<Millis>(delay_ms, 0, kDelayMaxMs);
  MutexLock lock(mutex_);
  const TimerId id = timers_.Add(deadline_ms, std::move(task));
  if (timers_.NextDeadline() == deadline_ms) Wake();
  return id;
}

void Loop::Cancel(TimerId id) {
  Task dropped;  // destroyed after the lock is gone: it may own anything
  MutexLock lock(mutex_);
  dropped = timers_.Remove(id);
}

void Loop::OnClockChanged() {
  MutexLock lock(mutex_);
  Wake();
}

void Loop::AddTickHook(TickHook* hook) { hooks_.push_back(hook); }
void Loop::RemoveTickHook(TickHook* hook) { std::erase(hooks_, hook); }

void Loop::Wake() {
  // It looks at its queues before it sleeps; what it does itself, it does awake.
  if (!sleeping_ || InLoop()) return;
  sleeping_ = false;
  uv_async_send(&async_);
}

void Loop::OnPrepare() {
  run_again_ = false;
  RunPosted();
  RunDueTimers();
  for (TickHook* hook : hooks_) hook->OnTickEnd();
  if (stopping_.load(std::memory_order_acquire)) uv_stop(&uv_);

  bool has_timer = false;
  bool has_work = run_again_;
  Millis deadline_ms = 0;
  {
    MutexLock lock(mutex_);
    has_work |= !posted_.empty() || stopping_.load(std::memory_order_acquire);
    has_timer = !timers_.empty();
    if (has_timer) deadline_ms = timers_.NextDeadline();
    sleeping_ = !has_work;
    busy_ = has_work;
  }
  if (has_work) {
    uv_idle_start(&idle_, [](uv_idle_t*) {});
  } else {
    ArmTimer(has_timer, deadline_ms);
  }
}

void Loop::OnCheck() {
  uv_idle_stop(&idle_);
  MutexLock lock(mutex_);
  sleeping_ = false;
  busy_ = true;
}

void Loop::RunPosted() {
  {
    MutexLock lock(mutex_);
    if (posted_.empty()) return;
    running_.swap(posted_);
  }
  for (Task& task : running_) {
    task();
    task = Task();
  }
  running_.clear();
}

void Loop::RunDueTimers() {
  {
    MutexLock lock(mutex_);
    if (timers_.empty()) return;
  }
  const Millis now_ms = clock_.MonotonicMs();
  for (;;) {
    Task task;
    {
      MutexLock lock(mutex_);
      task = timers_.PopDue(now_ms);
    }
    if (!task) return;
    task();
  }
}

void Loop::ArmTimer(bool armed, Millis deadline_ms) {
  if (!armed) {
    if (std::exchange(timer_armed_, false)) uv_timer_stop(&timer_);
    return;
  }
  const Millis now_ms = clock_.MonotonicMs();
  if (timer_armed_ && timer_deadline_ms_ == deadline_ms && uv_is_active(AsHandle(&timer_)) &&
      deadline_ms > now_ms) {
    return;
  }
  timer_armed_ = true;
  timer_deadline_ms_ = deadline_ms;
  uv_update_time(&uv_);
  // A time-out that libuv thinks is over and the clock does not must not spin.
  const Millis delay_ms = std::max<Millis>(deadline_ms - now_ms, 1);
  uv_timer_start(
      &timer_, [](uv_timer_t*) {}, static_cast<uint64_t>(delay_ms), 0);
}

}  // namespace odradek::runtime
