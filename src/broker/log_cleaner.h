// LogCleaner: decides which compacted log is cleaned when, and has passes over logs run on workers,
// step by step, no faster than it is allowed. The storage knows how to clean a log
// (local/cleaner.h).
//
// It looks at the open compacted logs every backoff, and after each pass at once; it has no timer
// after each pass at once; it has no timer while all of them are clean: the next segment that is
// sealed wakes it. Owner: Cluster, shared with a wake-up on its way. Thread: any. Source:
// LogCleaner, LogCleanerManager of Apache Kafka.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/env/env.h"
#include "base/mutex.h"
#include "broker/paced_runner.h"
#include "broker/partition.h"
#include "storage/compaction.h"

namespace odradek::broker {

struct CleanerSettings {
  bool enabled = true;               // log.cleaner.enable
  size_t passes_max = 1;             // log.cleaner.threads: at once, over different logs
  storage::CompactionLimits limits;  // of one pass
  double bytes_per_second_max = 0;   // log.cleaner.io.max.bytes.per.second, of all passes
  Millis backoff_ms = 15'000;        // log.cleaner.backoff.ms
};

class LogCleaner final {
 public:
  using SettingsSource = std::function<CleanerSettings()>;
  // The open partitions whose logs are compacted.
  using Lister = std::function<std::vector<PartitionRef>()>;

  // `settings` and `list` are called without a lock held, until Stop() returns.
  LogCleaner(Env env, SettingsSource settings, Lister list);
  ~LogCleaner() { Stop(); }

  // There is a compacted log, or a segment of one was sealed.
  void Wake() EXCLUDES(mutex_);
  // A look that is to come comes when the settings of now say.
  void OnSettingsChanged() EXCLUDES(mutex_);
  // Starts nothing any more and waits for steps that run.
  void Stop() { runner_->Stop(); }

 private:
  struct Pass {
    PartitionRef partition;  // keeps the log
    std::shared_ptr<storage::Compaction> compaction;
  };

  void Look() EXCLUDES(mutex_);
  bool TakePlace(size_t passes_max) EXCLUDES(mutex_);
  void GivePlace() EXCLUDES(mutex_);
  PacedRunner::Progress RunStep(storage::Compaction& compaction) EXCLUDES(mutex_);

  const Env env_;
  const SettingsSource settings_;
  const Lister list_;
  const std::shared_ptr<PacedRunner> runner_;
  Mutex mutex_;
  size_t passes_ GUARDED_BY(mutex_) = 0;           // under way
  Millis backoff_from_ms_ GUARDED_BY(mutex_) = 0;  // monotonic
};

}  // namespace odradek::broker
