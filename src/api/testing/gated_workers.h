// Workers that hold what is posted to one lane until a test lets it through to a broker's own.
// Thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "base/check.h"
#include "base/env/workers.h"
#include "base/mutex.h"

namespace odradek::api {

class GatedWorkers final : public Workers {
 public:
  GatedWorkers(Workers& own, Lane lane) : own_(own), lane_(lane) {}

  void Post(Lane lane, Task task) override EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (lane != lane_ || is_open_) return own_.Post(lane, std::move(task));
    held_.push_back(std::move(task));
    came_.NotifyAll();
  }
  void Share() override { own_.Share(); }

  // Returns when so much is held.
  void WaitFor(size_t count) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (held_.size() < count) came_.Wait(mutex_);
  }
  // What it may post in turn is held again.
  void LetOneThrough() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    CHECK(!held_.empty());
    own_.Post(lane_, std::move(held_.front()));
    held_.pop_front();
  }
  // Holds nothing any more.
  void Open() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    is_open_ = true;
    for (Task& task : held_) own_.Post(lane_, std::move(task));
    held_.clear();
  }
  size_t held() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return held_.size();
  }

 private:
  Workers& own_;
  const Lane lane_;
  Mutex mutex_;
  Condition came_;
  bool is_open_ GUARDED_BY(mutex_) = false;
  std::deque<Task> held_ GUARDED_BY(mutex_);
};

}  // namespace odradek::api
