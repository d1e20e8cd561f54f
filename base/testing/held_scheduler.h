// A scheduler that runs work only inside RunReady() and Advance(), in order. Not thread-safe.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "base/env/scheduler.h"
#include "base/testing/held_clock.h"

namespace odradek {

class HeldScheduler final : public Scheduler {
 public:
  explicit HeldScheduler(HeldClock& clock) : clock_(clock) {}

  void Post(Task task) override { posted_.push_back(std::move(task)); }
  TimerId After(Millis delay_ms, Task task) override {
    const TimerId id = ++last_id_;
    timers_.emplace(std::pair(clock_.MonotonicMs() + std::max<Millis>(delay_ms, 0), id),
                    std::move(task));
    return id;
  }
  void Cancel(TimerId id) override {
    std::erase_if(timers_, [id](const auto& entry) { return entry.first.second == id; });
  }

  void RunReady() {
    while (!posted_.empty()) {
      Task task = std::move(posted_.front());
      posted_.pop_front();
      task();
    }
  }
  // Moves the clock forward, stopping at each timer on the way.
  void Advance(Millis by) {
    const Millis until = clock_.MonotonicMs() + by;
    RunReady();
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
      auto entry = timers_.extract(timers_.begin());
      clock_.Advance(std::max<Millis>(0, entry.key().first - clock_.MonotonicMs()));
      entry.mapped()();
      RunReady();
    }
    clock_.Advance(until - clock_.MonotonicMs());
  }
  size_t timer_count() const { return timers_.size(); }

 private:
  HeldClock& clock_;
  TimerId last_id_ = 0;
  std::deque<Task> posted_;
  std::map<std::pair<Millis, TimerId>, Task> timers_;
};

}  // namespace odradek
