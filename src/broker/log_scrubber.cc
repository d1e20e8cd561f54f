#include "broker/log_scrubber.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace odradek::broker {

LogScrubber::LogScrubber(Env env, SettingsSource settings, ScrubTargets targets)
    : env_(env),
      settings_(std::move(settings)),
      targets_(std::move(targets)),
      runner_(std::make_shared<PacedRunner>(
          env, [this] { return static_cast<double>(settings_().bytes_per_second_max); },
          [this] { BeginPass(); })) {}

void LogScrubber::Start() {
  if (!runner_->can_run() || !env_.files->is_durable()) return;
  MutexLock lock(mutex_);
  started_ = true;
  const Millis interval_ms = settings_().interval_ms;
  const Millis delay_ms = std::min(interval_ms, kFirstDelayMaxMs);
  last_begin_ms_ = env_.clock->MonotonicMs() + delay_ms - interval_ms;
  ArmNext();
}

void LogScrubber::OnSettingsChanged() {
  MutexLock lock(mutex_);
  if (started_ && !in_pass_) ArmNext();
}

void LogScrubber::ArmNext() {
  const Millis passed_ms = env_.clock->MonotonicMs() - last_begin_ms_;
  runner_->Arm(settings_().interval_ms - passed_ms);
}

void LogScrubber::BeginPass() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(in_pass_, true)) return;
    last_begin_ms_ = env_.clock->MonotonicMs();
  }
  runner_->Run([this, pass = std::make_shared<Pass>()] { return RunStep(*pass); });
}

PacedRunner::Progress LogScrubber::RunStep(Pass& pass) {
  if (pass.topics.empty()) pass.topics = targets_.topics();
  PacedRunner::Progress progress;
  progress.more = settings_().bytes_per_second_max > 0 && ReadSome(pass, &progress.io_size_bytes);
  if (!progress.more) {
    MutexLock lock(mutex_);
    in_pass_ = false;
    ArmNext();
  }
  return progress;
}

bool LogScrubber::ReadSome(Pass& pass, size_t* io_size_bytes) const {
  for (size_t looked_at = 0; looked_at < kPartitionsPerStep; ++looked_at) {
    if (pass.scrub == nullptr && !MoveOn(pass)) return false;
    if (pass.scrub == nullptr) continue;  // it holds nothing
    const storage::Scrub::Step step = pass.scrub->Run(kStepSizeBytes);
    if (step.state == storage::Scrub::State::kSuspect) Recheck(pass, step.offset);
    if (step.state == storage::Scrub::State::kDone) pass.scrub.reset();
    *io_size_bytes += step.io_size_bytes + step.recheck_size_bytes;
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
