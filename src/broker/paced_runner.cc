#include "broker/paced_runner.h"

#include <algorithm>
#include <utility>

namespace odradek::broker {

PacedRunner::PacedRunner(Env env, Rate rate, std::function<void()> on_wake)
    : env_(env), rate_(std::move(rate)), on_wake_(std::move(on_wake)) {}

void PacedRunner::Arm(Millis delay_ms) {
  MutexLock lock(mutex_);
  if (stopped_ || !can_run()) return;
  if (timer_ != Scheduler::kNoTimer) env_.scheduler->Cancel(timer_);
  const int64_t number = ++timer_number_;
  timer_ =
      env_.scheduler->After(std::max(delay_ms, kDelayMinMs), [weak = weak_from_this(), number] {
        if (const auto self = weak.lock()) self->OnTimer(number);
      });
}

bool PacedRunner::is_armed() {
  MutexLock lock(mutex_);
  return timer_ != Scheduler::kNoTimer;
}

void PacedRunner::OnTimer(int64_t number) {
  {
    MutexLock lock(mutex_);
    if (number != timer_number_) return;  // it was armed anew while this one began
    timer_ = Scheduler::kNoTimer;
  }
  RunOnWake();
}

void PacedRunner::Wake() {
  env_.scheduler->Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->RunOnWake();
  });
}

void PacedRunner::RunOnWake() {
  if (!Enter()) return;
  on_wake_();
  MutexLock lock(mutex_);
  Leave();
}

void PacedRunner::Run(Step step) {
  MutexLock lock(mutex_);
  Post(std::move(step));
}

void PacedRunner::Post(Step step) {
  if (stopped_ || !can_run()) return;
  env_.workers->Post(Workers::Lane::kBackground,
                     [self = shared_from_this(), step = std::move(step)]() mutable {
                       self->RunStep(std::move(step));
                     });
}

void PacedRunner::RunStep(Step step) {
  if (!Enter()) return;
  const Progress progress = step();
  const double rate = rate_();
  MutexLock lock(mutex_);
  const Millis delay_ms = pace_.DelayAfter(progress.io_size_bytes, rate, env_.clock->MonotonicMs());
  Leave();
  if (stopped_ || !progress.more) return;
  if (delay_ms <= 0) return Post(std::move(step));
  env_.scheduler->After(delay_ms, [weak = weak_from_this(), step = std::move(step)]() mutable {
    if (const auto self = weak.lock()) self->Run(std::move(step));
  });
}

void PacedRunner::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  ++timer_number_;
  if (timer_ != Scheduler::kNoTimer)
    env_.scheduler->Cancel(std::exchange(timer_, Scheduler::kNoTimer));
  while (running_ > 0) idle_.Wait(mutex_);
}

bool PacedRunner::Enter() {
  MutexLock lock(mutex_);
  if (stopped_) return false;
  ++running_;
  return true;
}

void PacedRunner::Leave() {
  if (--running_ == 0) idle_.NotifyAll();
}

}  // namespace odradek::broker
