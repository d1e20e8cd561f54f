// LogScrubber: has all partitions of a data directory compared with their checksums, one after the
// other, on a worker and no faster than it is allowed, so that damage is found before somebody
// needs the bytes. The storage knows how to compare (storage/scrub.h); what differs is rechecked by
// the log itself, which reports it.
//
// Between two passes there is one timer. Nothing happens in memory. Owner: Cluster. Thread: any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/env/env.h"
#include "base/mutex.h"
#include "broker/paced_runner.h"
#include "metadata/metadata_image.h"
#include "storage/scrub.h"

namespace odradek::broker {

struct ScrubberSettings {
  int64_t bytes_per_second_max = 4 << 20;  // odradek.scrub.bytes.per.second; 0: nothing is read
  Millis interval_ms = 86'400'000;         // odradek.scrub.interval.ms: from start to start
};

// What the scrubber goes through. Called on a worker, without a lock held, until Stop() returns.
struct ScrubTargets {
  std::function<std::vector<metadata::TopicRef>()> topics;
  // Null if there is nothing to compare.
  std::function<std::shared_ptr<storage::Scrub>(const metadata::TopicInfo&, int32_t partition)>
      start;
  // The partition is opened for it.
  std::function<Status(const metadata::TopicInfo&, int32_t partition, int64_t offset)> recheck;
};

class LogScrubber final {
 public:
  static constexpr size_t kStepSizeBytes = 1 << 20;
  static constexpr size_t kPartitionsPerStep = 1000;  // that hold nothing
  // The first pass comes that long after the start, or earlier if the interval is shorter.
  static constexpr Millis kFirstDelayMaxMs = 3'600'000;

  using SettingsSource = std::function<ScrubberSettings()>;

  // `settings` is also called under this object's mutex.
  LogScrubber(Env env, SettingsSource settings, ScrubTargets targets);
  ~LogScrubber() { Stop(); }

  void Start() EXCLUDES(mutex_);
  // The next pass comes when the settings of now say.
  void OnSettingsChanged() EXCLUDES(mutex_);
  // Starts nothing any more and waits for a step that runs.
  void Stop() { runner_->Stop(); }

 private:
  struct Pass {
    std::vector<metadata::TopicRef> topics;
    size_t topic = 0;       // of topics
    int32_t partition = 0;  // behind the one that is read
    std::shared_ptr<storage::Scrub> scrub;
  };

  void BeginPass() EXCLUDES(mutex_);
  PacedRunner::Progress RunStep(Pass& pass) EXCLUDES(mutex_);
  void ArmNext() REQUIRES(mutex_);
  // Reads a piece. False at the end of the pass.
  bool ReadSome(Pass& pass, size_t* io_size_bytes) const;
  // False if there is no further partition.
  bool MoveOn(Pass& pass) const;
  void Recheck(const Pass& pass, int64_t offset) const;

  const Env env_;
  const SettingsSource settings_;
  const ScrubTargets targets_;
  const std::shared_ptr<PacedRunner> runner_;
  Mutex mutex_;
  bool started_ GUARDED_BY(mutex_) = false;
  bool in_pass_ GUARDED_BY(mutex_) = false;
  Millis last_begin_ms_ GUARDED_BY(mutex_) = 0;  // monotonic
};

}  // namespace odradek::broker
