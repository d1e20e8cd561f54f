// PacedRunner: pieces of background work on workers, one after the other, no faster than a rate,
// and a timer for what is to begin later. What work there is, its owner knows.
//
// The functions that it is given are called without a lock held, and never once Stop() has
// returned. Owner: LogCleaner, LogScrubber, BackgroundRecovery; shared with tasks on their way.
// Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/env/env.h"
#include "base/mutex.h"
#include "broker/io_pace.h"

namespace odradek::broker {

class PacedRunner final : public std::enable_shared_from_this<PacedRunner> {
 public:
  struct Progress {
    bool more = false;         // there is another step to do
    size_t io_size_bytes = 0;  // that this one has read and written
  };
  using Step = std::function<Progress()>;
  using Rate = std::function<double()>;  // bytes per second; 0: any

  // `rate` is asked after every step; `on_wake` runs on the scheduler.
  PacedRunner(Env env, Rate rate, std::function<void()> on_wake);

  // Without workers nothing runs, and no timer is set.
  bool can_run() const { return env_.workers != nullptr; }
  // Has `on_wake` run in so long; replaces what was armed before.
  void Arm(Millis delay_ms) EXCLUDES(mutex_);
  bool is_armed() EXCLUDES(mutex_);
  // Has it run soon.
  void Wake();
  // Runs `step` until it says that there is no more. Several may be under way; the rate holds for
  // all of them.
  void Run(Step step) EXCLUDES(mutex_);
  // Starts nothing any more and waits for what runs.
  void Stop() EXCLUDES(mutex_);

 private:
  static constexpr Millis kDelayMinMs = 1;

  void Post(Step step) REQUIRES(mutex_);
  void RunStep(Step step) EXCLUDES(mutex_);
  void RunOnWake() EXCLUDES(mutex_);
  void OnTimer(int64_t number) EXCLUDES(mutex_);
  bool Enter() EXCLUDES(mutex_);  // false once it is stopped
  void Leave() REQUIRES(mutex_);

  const Env env_;
  const Rate rate_;
  const std::function<void()> on_wake_;
  Mutex mutex_;
  Condition idle_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  size_t running_ GUARDED_BY(mutex_) = 0;  // functions of the owner
  Scheduler::TimerId timer_ GUARDED_BY(mutex_) = Scheduler::kNoTimer;
  int64_t timer_number_ GUARDED_BY(mutex_) = 0;  // an older timer counts for nothing
  IoPace pace_ GUARDED_BY(mutex_);
};

}  // namespace odradek::broker
