#include "broker/log_cleaner.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace odradek::broker {
namespace {

constexpr Millis kBackoffMinMs = 1;

}  // namespace

LogCleaner::LogCleaner(Env env, SettingsSource settings, Lister list)
    : env_(env), settings_(std::move(settings)), list_(std::move(list)) {}

// The first look comes a backoff later, as all that follow.
void LogCleaner::Wake() {
  {
    MutexLock lock(mutex_);
    if (timer_ != Scheduler::kNoTimer) return;
  }
  Arm(std::max(settings_().backoff_ms, kBackoffMinMs));
}

void LogCleaner::Arm(Millis backoff_ms) {
  MutexLock lock(mutex_);
  if (stopped_ || env_.workers == nullptr || timer_ != Scheduler::kNoTimer) return;
  timer_ = env_.scheduler->After(backoff_ms, [self = shared_from_this()] {
    {
      MutexLock inner(self->mutex_);
      self->timer_ = Scheduler::kNoTimer;
    }
    self->Look();
  });
}

void LogCleaner::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  env_.scheduler->Cancel(std::exchange(timer_, Scheduler::kNoTimer));
}

bool LogCleaner::TakePlace(size_t passes_max) {
  MutexLock lock(mutex_);
  if (stopped_ || running_ >= passes_max) return false;
  ++running_;
  return true;
}

// The filthiest first.
void LogCleaner::Look() {
  CleanerSettings settings;
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
  }
  settings = settings_();
  {
    MutexLock lock(mutex_);
    bytes_per_second_max_ = settings.bytes_per_second_max;
  }
  const std::vector<PartitionRef> compacted = list_();
  if (compacted.empty()) return;  // woken by the next
  std::vector<std::pair<double, PartitionRef>> wanted;
  bool look_again = false;
  for (const PartitionRef& partition : compacted) {
    (void)partition->log().Maintain();
    const storage::CompactionNeed need = partition->log().NeedOfCompaction();
    look_again |= need.may_grow;
    if (need.wanted) wanted.emplace_back(need.dirty_ratio, partition);
  }
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [ratio, partition] : wanted) {
    if (!settings.enabled || !TakePlace(settings.passes_max)) break;
    auto compaction = partition->log().StartCompaction(settings.limits);
    if (compaction == nullptr) {
      MutexLock lock(mutex_);
      --running_;
      continue;
    }
    PostStep(std::make_shared<Pass>(Pass{partition, std::move(compaction)}));
  }
  if (look_again) Arm(std::max(settings.backoff_ms, kBackoffMinMs));
}

void LogCleaner::PostStep(std::shared_ptr<Pass> pass) {
  MutexLock lock(mutex_);
  if (stopped_) return;
  env_.workers->Post(Workers::Lane::kBackground,
                     [self = shared_from_this(), pass = std::move(pass)] { self->RunStep(pass); });
}

void LogCleaner::RunStep(const std::shared_ptr<Pass>& pass) {
  const storage::Compaction::Step step = pass->compaction->Run();
  Millis delay_ms = 0;
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    delay_ms =
        pace_.DelayAfter(step.io_size_bytes, bytes_per_second_max_, env_.clock->MonotonicMs());
    if (step.state != storage::Compaction::State::kMore) {
      --running_;
      if (step.state == storage::Compaction::State::kDone)
        env_.scheduler->Post([self = shared_from_this()] { self->Look(); });
      return;
    }
    if (delay_ms > 0) {
      env_.scheduler->After(delay_ms, [self = shared_from_this(), pass] { self->PostStep(pass); });
      return;
    }
  }
  PostStep(pass);
}

}  // namespace odradek::broker
