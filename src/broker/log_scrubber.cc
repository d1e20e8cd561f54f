#include "broker/log_scrubber.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace odradek::broker {
namespace {

constexpr Millis kIntervalMinMs = 1;

}  // namespace

LogScrubber::LogScrubber(Env env, SettingsSource settings, ScrubTargets targets)
    : env_(env), settings_(std::move(settings)), targets_(std::move(targets)) {}

void LogScrubber::Start() {
  if (env_.workers == nullptr || !env_.files->is_durable()) return;
  const Millis interval_ms = settings_().interval_ms;
  MutexLock lock(mutex_);
  started_ = true;
  const Millis delay_ms = std::min(interval_ms, kFirstDelayMaxMs);
  last_begin_ms_ = env_.clock->MonotonicMs() + delay_ms - interval_ms;
  Arm(delay_ms);
}

void LogScrubber::OnSettingsChanged() {
  const Millis interval_ms = settings_().interval_ms;
  MutexLock lock(mutex_);
  if (!started_ || in_pass_) return;
  const Millis passed_ms = env_.clock->MonotonicMs() - last_begin_ms_;
  Arm(interval_ms - passed_ms);
}

void LogScrubber::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  if (timer_ != Scheduler::kNoTimer)
    env_.scheduler->Cancel(std::exchange(timer_, Scheduler::kNoTimer));
  while (in_step_) idle_.Wait(mutex_);
}

void LogScrubber::Arm(Millis delay_ms) {
  if (stopped_) return;
  if (timer_ != Scheduler::kNoTimer) env_.scheduler->Cancel(timer_);
  timer_ = env_.scheduler->After(std::max(delay_ms, kIntervalMinMs), [weak = weak_from_this()] {
    if (const std::shared_ptr<LogScrubber> self = weak.lock()) self->BeginPass();
  });
}

void LogScrubber::BeginPass() {
  {
    MutexLock lock(mutex_);
    timer_ = Scheduler::kNoTimer;
    if (stopped_ || in_pass_) return;
    in_pass_ = true;
    last_begin_ms_ = env_.clock->MonotonicMs();
  }
  PostStep(std::make_shared<Pass>());
}

void LogScrubber::PostStep(std::shared_ptr<Pass> pass) {
  MutexLock lock(mutex_);
  if (stopped_) return;
  env_.workers->Post(Workers::Lane::kBackground,
                     [self = shared_from_this(), pass = std::move(pass)] { self->RunStep(pass); });
}

void LogScrubber::RunStep(const std::shared_ptr<Pass>& pass) {
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    in_step_ = true;
  }
  const ScrubberSettings settings = settings_();
  if (pass->topics.empty()) pass->topics = targets_.topics();
  size_t io_size_bytes = 0;
  const bool goes_on = settings.bytes_per_second_max > 0 && ReadSome(*pass, &io_size_bytes);
  Millis delay_ms = 0;
  {
    MutexLock lock(mutex_);
    in_step_ = false;
    idle_.NotifyAll();
    if (stopped_) return;
    if (!goes_on) {
      in_pass_ = false;
      Arm(settings.interval_ms - (env_.clock->MonotonicMs() - last_begin_ms_));
      return;
    }
    delay_ms = pace_.DelayAfter(io_size_bytes, static_cast<double>(settings.bytes_per_second_max),
                                env_.clock->MonotonicMs());
  }
  if (delay_ms <= 0) return PostStep(pass);
  env_.scheduler->After(delay_ms, [weak = weak_from_this(), pass] {
    if (const std::shared_ptr<LogScrubber> self = weak.lock()) self->PostStep(pass);
  });
}

bool LogScrubber::ReadSome(Pass& pass, size_t* io_size_bytes) const {
  for (size_t looked_at = 0; looked_at < kPartitionsPerStep; ++looked_at) {
    if (pass.scrub == nullptr && !MoveOn(pass)) return false;
    if (pass.scrub == nullptr) continue;  // it holds nothing
    const storage::Scrub::Step step = pass.scrub->Run(kStepSizeBytes);
    if (step.state == storage::Scrub::State::kSuspect) Recheck(pass, step.offset);
    if (step.state == storage::Scrub::State::kDone) pass.scrub.reset();
    *io_size_bytes += step.io_size_bytes;
    if (*io_size_bytes >= kStepSizeBytes / 2) break;
  }
  return true;
}

bool LogScrubber::MoveOn(Pass& pass) const {
  while (pass.topic < pass.topics.size()) {
    const metadata::TopicRef& topic = pass.topics[pass.topic];
    if (static_cast<size_t>(pass.partition) < topic->partitions.size()) {
      pass.scrub = targets_.start(*topic, pass.partition++);
      return true;
    }
    pass.topics[pass.topic++].reset();
    pass.partition = 0;
  }
  return false;
}

void LogScrubber::Recheck(const Pass& pass, int64_t offset) const {
  const metadata::TopicInfo& topic = *pass.topics[pass.topic];
  const int32_t partition = pass.partition - 1;
  const Status status = targets_.recheck(topic, partition, offset);
  if (status.ok() || status.code() == StatusCode::kNotFound) return;  // deleted meanwhile
  LOG_ERROR("{}-{} cannot be checked at offset {}: {}", topic.name, partition, offset,
            status.ToString());
}

}  // namespace odradek::broker
