// BackgroundRecovery: what a start leaves for when requests are served already. Opens every
// partition that has files, one after the other, on a worker. What a crash left is mended and
// reported before anybody asks for it, and retention and compaction reach partitions that nobody
// uses. A request opens what it needs itself, at once. Folders of partitions that the metadata does
// not have are told of, and left alone.
//
// Owner: Cluster. Thread: any; steps follow one another. Source: LogManager.loadLogs and
// LogManager.isStrayKraftReplica of Apache Kafka, which is done before the broker serves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "broker/paced_runner.h"
#include "metadata/metadata_image.h"
#include "storage/log_store.h"

namespace odradek::broker {

class BackgroundRecovery final {
 public:
  static constexpr size_t kTopicsPerStep = 100;  // that have no files
  static constexpr int64_t kStraysToldMax = 10;  // by a line each

  // Opens a partition of the topic, if it still has it; reports what fails itself.
  using Opener = std::function<void(const metadata::TopicInfo& topic, int32_t partition)>;

  // Whether the metadata has the partition by now.
  using Known = std::function<bool(const std::string& topic, int32_t partition)>;

  // All are used until Stop() returns.
  BackgroundRecovery(Env env, storage::LogStore& store, Opener open, Known is_known);
  ~BackgroundRecovery() { Stop(); }

  // Once. Does `first` before all partitions. `topics`: all, by name.
  void Start(std::function<void()> first, std::vector<metadata::TopicRef> topics);
  // Waits for the partition that is being opened; no further one is.
  void Stop() { runner_->Stop(); }

 private:
  struct ToDo {
    std::function<void()> first;             // null once it is done
    std::vector<metadata::TopicRef> topics;  // still to come, and the present one
    std::vector<int32_t> partitions;         // of topics.back(), still to come
    bool is_listed = false;                  // partitions are of topics.back()
    int64_t strays = 0;                      // folders of partitions that nobody knows
  };

  // Opens one partition, or looks for the next.
  PacedRunner::Progress RunStep(ToDo& to_do) const;
  bool FindNext(ToDo& to_do) const;
  void TellOfStrayTopics(ToDo& to_do) const;
  static void TellOfStray(const std::string& folder, ToDo& to_do);

  storage::LogStore& store_;
  const Opener open_;
  const Known is_known_;
  const std::shared_ptr<PacedRunner> runner_;
};

}  // namespace odradek::broker
