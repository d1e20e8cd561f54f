// PartitionManager: finds the open partition behind a topic's id and index, opening it at first
// use. To load a log may take a while: who asks for another partition does not wait for it.
//
// A partition that is not open costs one empty pointer. Deleted topics are closed (which wakes
// whoever waits) and their data removed. Owner: Cluster. Thread: any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/env/env.h"
#include "base/mutex.h"
#include "broker/partition.h"
#include "metadata/metadata_image.h"
#include "storage/log_store.h"

namespace odradek::broker {

// What a partition takes from the configs of its topic and the broker.
struct PartitionSettings {
  storage::LogConfig log;
  int32_t min_insync_replicas = 1;
};
using SettingsResolver = std::function<PartitionSettings(const metadata::TopicInfo&)>;
// Whether the metadata still has the topic: a request may hold an image from before its deletion.
using LivenessCheck = std::function<bool(const Uuid& topic_id)>;

class PartitionManager {
 public:
  // `check_interval_ms`: how often what time asks of logs is done, while any is open
  // (log.retention.check.interval.ms).
  PartitionManager(Env env, storage::LogStore& store, SettingsResolver resolver,
                   LivenessCheck is_live, Millis check_interval_ms);
  ~PartitionManager();
  // To be told, also under this object's mutex, when there is one more log to compact. Before any
  // use.
  void set_on_compacted(std::function<void()> told) { on_compacted_ = std::move(told); }
  // To be told, under the log's mutex, when a segment of a compacted log was sealed. Before any
  // use.
  void set_on_sealed(std::function<void()> told) { on_sealed_ = std::move(told); }

  // Requires: partition < topic.partitions.size(). Errors: kNotFound if the topic was deleted
  // meanwhile; what opening the log reports.
  Result<PartitionRef> Find(const metadata::TopicInfo& topic, int32_t partition) EXCLUDES(mutex_);

  // The open partitions whose logs are compacted.
  std::vector<PartitionRef> OpenCompacted() EXCLUDES(mutex_);
  // The topic's configs changed.
  void Reconfigure(const metadata::TopicInfo& topic) EXCLUDES(mutex_);
  // The topic is gone from the metadata.
  void Delete(const metadata::TopicInfo& topic) EXCLUDES(mutex_);
  // Wakes everybody and forgets all partitions; nothing may be asked for afterwards.
  void CloseAll() EXCLUDES(mutex_);

 private:
  using TopicPartitions = std::vector<PartitionRef>;  // by index; null: not open

  // The partition, which may not be loaded yet.
  Result<PartitionRef> FindOrOpen(const metadata::TopicInfo& topic, int32_t partition)
      EXCLUDES(mutex_);
  Result<PartitionRef> Open(const metadata::TopicInfo& topic, int32_t partition) REQUIRES(mutex_);
  void Apply(const PartitionSettings& settings, Partition& partition) REQUIRES(mutex_);
  void ArmMaintenance() REQUIRES(mutex_);
  void Maintain() EXCLUDES(mutex_);

  const Env env_;
  storage::LogStore& store_;
  const SettingsResolver resolver_;
  const LivenessCheck is_live_;
  const Millis check_interval_ms_;
  std::function<void()> on_compacted_ = [] {};
  std::function<void()> on_sealed_ = [] {};

  Mutex mutex_;
  std::unordered_map<Uuid, TopicPartitions, UuidHash> topics_ GUARDED_BY(mutex_);
  Scheduler::TimerId maintenance_timer_ GUARDED_BY(mutex_) = Scheduler::kNoTimer;
};

}  // namespace odradek::broker
