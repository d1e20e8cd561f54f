// BackgroundRecovery: what a start leaves for when requests are served already. Opens every
// partition that has files, one after the other, on a worker. What a crash left is mended and
// reported before anybody asks for it, and retention and compaction reach partitions that nobody
// uses. A request opens what it needs itself, at once.
//
// Owner: Cluster, shared with tasks on their way. Thread: any. Source: LogManager.loadLogs of
// Apache Kafka, which is done before the broker serves.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/env/env.h"
#include "base/mutex.h"
#include "metadata/metadata_image.h"
#include "storage/log_store.h"

namespace odradek::broker {

class BackgroundRecovery final : public std::enable_shared_from_this<BackgroundRecovery> {
 public:
  // Opens a partition of the topic, if it still has it; reports what fails itself.
  using Opener = std::function<void(const metadata::TopicInfo& topic, int32_t partition)>;

  // `store` and `open` are used until Stop() returns.
  BackgroundRecovery(Env env, storage::LogStore& store, Opener open);

  // Once. Does `first` before all partitions.
  void Start(std::function<void()> first, std::vector<metadata::TopicRef> topics) EXCLUDES(mutex_);
  // Waits for the partition that is being opened; no further one is.
  void Stop() EXCLUDES(mutex_);

 private:
  void PostStep() EXCLUDES(mutex_);
  // Does what comes first, then opens one partition.
  void RunStep() EXCLUDES(mutex_);
  bool FindNext() REQUIRES(mutex_);

  const Env env_;
  storage::LogStore& store_;
  const Opener open_;
  std::atomic<bool> stopped_{false};
  Mutex mutex_;                                                // held while a partition is opened
  std::function<void()> first_ GUARDED_BY(mutex_);             // null once it is done
  std::vector<metadata::TopicRef> topics_ GUARDED_BY(mutex_);  // still to come, and the present one
  std::vector<int32_t> partitions_ GUARDED_BY(mutex_);         // of topics_.back(), still to come
  bool is_listed_ GUARDED_BY(mutex_) = false;                  // partitions_ are of topics_.back()
};

}  // namespace odradek::broker
