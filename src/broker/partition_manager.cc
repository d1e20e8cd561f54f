#include "broker/partition_manager.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace odradek::broker {

PartitionManager::PartitionManager(Env env, storage::LogStore& store, SettingsResolver resolver,
                                   LivenessCheck is_live, Millis check_interval_ms)
    : env_(env),
      store_(store),
      resolver_(std::move(resolver)),
      is_live_(std::move(is_live)),
      check_interval_ms_(check_interval_ms) {}

PartitionManager::~PartitionManager() { CloseAll(); }

Result<PartitionRef> PartitionManager::Find(const metadata::TopicInfo& topic, int32_t partition) {
  const auto index = static_cast<size_t>(partition);
  CHECK_LT(index, topic.partitions.size());
  Result<PartitionRef> found = FindOrOpen(topic, partition);
  if (!found.ok() || (*found)->is_led()) return found;
  RETURN_IF_ERROR((*found)->EnsureLed(topic.partitions[index].leader_epoch));
  if ((*found)->is_compacted()) on_compacted_();  // passed over so far
  return found;
}

Result<PartitionRef> PartitionManager::FindOrOpen(const metadata::TopicInfo& topic,
                                                  int32_t partition) {
  const auto index = static_cast<size_t>(partition);
  MutexLock lock(mutex_);
  const auto known = topics_.find(topic.id);
  if (known != topics_.end() && index < known->second.size() && known->second[index] != nullptr) {
    return known->second[index];
  }
  // Deletion is published before Delete() runs under this mutex: what is live now is closed later.
  if (!is_live_(topic.id)) return NotFound("topic " + topic.name + " was deleted");
  TopicPartitions& partitions = topics_[topic.id];
  if (index >= partitions.size()) partitions.resize(topic.partitions.size());
  ASSIGN_OR_RETURN(partitions[index], Open(topic, partition));
  ArmMaintenance();
  return partitions[index];
}

Result<PartitionRef> PartitionManager::Open(const metadata::TopicInfo& topic, int32_t partition) {
  const PartitionSettings settings = resolver_(topic);
  storage::PartitionId id{topic.name, topic.id, partition};
  Result<std::shared_ptr<storage::PartitionLog>> log = store_.Open(id, settings.log);
  if (!log.ok()) {
    // Not told again and again: what stands in the way is asked to go once. Retriable: the store is
    // closed.
    if (log.status().code() != StatusCode::kRetriable)
      LOG_ERROR("cannot open {}-{}: {}", topic.name, partition, log.status().ToString());
    return log.status();
  }
  auto opened = std::make_shared<Partition>(std::move(id), std::move(log).value(), on_sealed_);
  Apply(settings, *opened);
  return opened;
}

void PartitionManager::Apply(const PartitionSettings& settings, Partition& partition) {
  partition.set_min_insync_replicas(settings.min_insync_replicas);
  if (settings.log.compact && !partition.is_compacted()) on_compacted_();
  partition.set_is_compacted(settings.log.compact);
}

std::vector<PartitionRef> PartitionManager::OpenCompacted() {
  std::vector<PartitionRef> compacted;
  MutexLock lock(mutex_);
  for (const auto& [id, partitions] : topics_) {
    for (const PartitionRef& partition : partitions) {
      if (partition == nullptr || !partition->is_led()) continue;  // nobody waits for its load
      if (partition->is_compacted()) compacted.push_back(partition);
    }
  }
  return compacted;
}

void PartitionManager::Reconfigure(const metadata::TopicInfo& topic) {
  const PartitionSettings settings = resolver_(topic);
  TopicPartitions changed;
  {
    MutexLock lock(mutex_);
    const auto found = topics_.find(topic.id);
    if (found == topics_.end()) return;
    for (const PartitionRef& partition : found->second) {
      if (partition == nullptr) continue;
      Apply(settings, *partition);
      changed.push_back(partition);
    }
  }
  for (const PartitionRef& partition : changed) partition->SetLogConfig(settings.log);
}

void PartitionManager::Delete(const metadata::TopicInfo& topic) {
  TopicPartitions closing;
  {
    MutexLock lock(mutex_);
    const auto found = topics_.find(topic.id);
    if (found != topics_.end()) {
      closing = std::move(found->second);
      topics_.erase(found);
    }
  }
  for (const PartitionRef& partition : closing) {
    if (partition != nullptr) partition->Close();
  }
  for (size_t i = 0; i < topic.partitions.size(); ++i) {
    const storage::PartitionId id{topic.name, topic.id, static_cast<int32_t>(i)};
    const Status deleted = store_.Delete(id);
    if (!deleted.ok()) {
      LOG_ERROR("cannot delete the data of {}-{}: {}; remove what is left of its directory",
                topic.name, i, deleted.ToString());
    }
  }
}

void PartitionManager::CloseAll() {
  std::unordered_map<Uuid, TopicPartitions, UuidHash> closing;
  {
    MutexLock lock(mutex_);
    closing = std::move(topics_);
    topics_.clear();
    env_.scheduler->Cancel(std::exchange(maintenance_timer_, Scheduler::kNoTimer));
  }
  for (const auto& [id, partitions] : closing) {
    for (const PartitionRef& partition : partitions) {
      if (partition != nullptr) partition->Close();
    }
  }
}

void PartitionManager::ArmMaintenance() {
  if (maintenance_timer_ != Scheduler::kNoTimer) return;
  maintenance_timer_ = env_.scheduler->After(check_interval_ms_, [this] { Maintain(); });
}

void PartitionManager::Maintain() {
  bool has_any = false;
  std::vector<PartitionRef> open;
  {
    MutexLock lock(mutex_);
    maintenance_timer_ = Scheduler::kNoTimer;
    for (const auto& [id, partitions] : topics_) {
      for (const PartitionRef& partition : partitions) {
        has_any |= partition != nullptr;
        if (partition != nullptr && partition->is_led()) open.push_back(partition);
      }
    }
  }
  // When a log next needs it cannot be told ahead: records arrive, and configs change.
  for (const PartitionRef& partition : open) partition->log().Maintain();
  if (!has_any) return;  // armed again when a partition is opened
  MutexLock lock(mutex_);
  ArmMaintenance();
}

}  // namespace odradek::broker
