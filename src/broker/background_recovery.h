// BackgroundRecovery: what a start leaves for when requests are served already. Opens every
// partition that has files, one after the other, on a worker. What a crash left is mended and
// reported before anybody asks for it, and retention and compaction reach partitions that nobody
// uses. A request opens what it needs itself, at once.
//
// Owner: Cluster. Thread: any; steps follow one another. Source: LogManager.loadLogs of Apache
// Kafka, which is done before the broker serves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/env/env.h"
#include "broker/paced_runner.h"
#include "metadata/metadata_image.h"
#include "storage/log_store.h"

namespace odradek::broker {

class BackgroundRecovery final {
 public:
  static constexpr size_t kTopicsPerStep = 100;  // that have no files

  // Opens a partition of the topic, if it still has it; reports what fails itself.
  using Opener = std::function<void(const metadata::TopicInfo& topic, int32_t partition)>;

  // `store` and `open` are used until Stop() returns.
  BackgroundRecovery(Env env, storage::LogStore& store, Opener open);
  ~BackgroundRecovery() { Stop(); }

  // Once. Does `first` before all partitions.
  void Start(std::function<void()> first, std::vector<metadata::TopicRef> topics);
  // Waits for the partition that is being opened; no further one is.
  void Stop() { runner_->Stop(); }

 private:
  struct ToDo {
    std::function<void()> first;             // null once it is done
    std::vector<metadata::TopicRef> topics;  // still to come, and the present one
    std::vector<int32_t> partitions;         // of topics.back(), still to come
    bool is_listed = false;                  // partitions are of topics.back()
  };

  // Opens one partition, or looks for the next.
  PacedRunner::Progress RunStep(ToDo& to_do) const;
  bool FindNext(ToDo& to_do) const;

  storage::LogStore& store_;
  const Opener open_;
  const std::shared_ptr<PacedRunner> runner_;
};

}  // namespace odradek::broker
