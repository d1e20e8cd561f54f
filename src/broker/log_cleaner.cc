#include "broker/log_cleaner.h"

#include <algorithm>
#include <utility>

namespace odradek::broker {

LogCleaner::LogCleaner(Env env, SettingsSource settings, Lister list)
    : env_(env),
      settings_(std::move(settings)),
      list_(std::move(list)),
      runner_(std::make_shared<PacedRunner>(
          env, [this] { return settings_().bytes_per_second_max; }, [this] { Look(); })) {}

void LogCleaner::Wake() {
  if (runner_->is_armed()) return;
  const Millis backoff_ms = settings_().backoff_ms;
  MutexLock lock(mutex_);
  backoff_from_ms_ = env_.clock->MonotonicMs();
  runner_->Arm(backoff_ms);
}

void LogCleaner::OnSettingsChanged() {
  if (!runner_->is_armed()) return;
  const Millis backoff_ms = settings_().backoff_ms;
  MutexLock lock(mutex_);
  const Millis passed_ms = env_.clock->MonotonicMs() - backoff_from_ms_;
  runner_->Arm(backoff_ms - passed_ms);
}

bool LogCleaner::TakePlace(size_t passes_max) {
  MutexLock lock(mutex_);
  if (passes_ >= passes_max) return false;
  ++passes_;
  return true;
}

void LogCleaner::GivePlace() {
  MutexLock lock(mutex_);
  --passes_;
}

// The filthiest first.
void LogCleaner::Look() {
  const CleanerSettings settings = settings_();
  const std::vector<PartitionRef> compacted = list_();
  if (compacted.empty()) return;  // woken by the next
  std::vector<std::pair<double, PartitionRef>> wanted;
  bool look_again = false;
  for (const PartitionRef& partition : compacted) {
    partition->log().Maintain();
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
      GivePlace();
      continue;
    }
    const auto pass = std::make_shared<Pass>(Pass{partition, std::move(compaction)});
    runner_->Run([this, pass] { return RunStep(*pass->compaction); });
  }
  if (look_again) Wake();
}

PacedRunner::Progress LogCleaner::RunStep(storage::Compaction& compaction) {
  const storage::Compaction::Step step = compaction.Run();
  const bool more = step.state == storage::Compaction::State::kMore;
  if (!more) GivePlace();
  if (step.state == storage::Compaction::State::kDone) runner_->Wake();
  return {.more = more, .io_size_bytes = step.io_size_bytes};
}

}  // namespace odradek::broker
