#include "group/offset_store.h"

#include <utility>

#include "base/check.h"

namespace odradek::group {

void OffsetStore::Put(const RecordKey& key, CommittedOffset offset) {
  auto group = groups_.find(key.group);
  if (group == groups_.end()) group = groups_.emplace(std::string(key.group), Topics()).first;
  auto topic = group->second.find(key.topic);
  if (topic == group->second.end()) {
    topic = group->second.emplace(std::string(key.topic), Partitions()).first;
  }
  topic->second[key.partition] = std::move(offset);
}

void OffsetStore::Remove(const RecordKey& key) {
  const auto group = groups_.find(key.group);
  if (group == groups_.end()) return;
  const auto topic = group->second.find(key.topic);
  if (topic == group->second.end()) return;
  topic->second.erase(key.partition);
  if (!topic->second.empty()) return;
  group->second.erase(topic);
  if (group->second.empty()) groups_.erase(group);
}

void OffsetStore::NoteInFlight(const RecordKey& key) {
  ++in_flight_[{std::string(key.group), std::string(key.topic), key.partition}];
}

void OffsetStore::ForgetInFlight(const RecordKey& key) {
  const auto found =
      in_flight_.find({std::string(key.group), std::string(key.topic), key.partition});
  CHECK(found != in_flight_.end());
  if (--found->second == 0) in_flight_.erase(found);
}

const OffsetStore::Topics* OffsetStore::FindAll(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

const CommittedOffset* OffsetStore::Find(std::string_view group, std::string_view topic,
                                         int32_t partition) const {
  const Topics* topics = FindAll(group);
  if (topics == nullptr) return nullptr;
  const auto partitions = topics->find(topic);
  if (partitions == topics->end()) return nullptr;
  const auto found = partitions->second.find(partition);
  return found == partitions->second.end() ? nullptr : &found->second;
}

bool OffsetStore::IsInFlight(std::string_view group, std::string_view topic,
                             int32_t partition) const {
  return in_flight_.contains({std::string(group), std::string(topic), partition});
}

bool OffsetStore::Has(std::string_view group, std::string_view topic, int32_t partition) const {
  return Find(group, topic, partition) != nullptr || IsInFlight(group, topic, partition);
}

bool OffsetStore::HasAny(std::string_view group) const {
  if (FindAll(group) != nullptr) return true;
  const auto first = in_flight_.lower_bound({std::string(group), "", INT32_MIN});
  return first != in_flight_.end() && std::get<0>(first->first) == group;
}

void OffsetStore::AddTombstones(std::string_view group, Millis wall_ms,
                                std::vector<coordinator::Record>* out) const {
  if (const Topics* topics = FindAll(group)) {
    for (const auto& [topic, partitions] : *topics) {
      for (const auto& [partition, offset] : partitions) {
        out->push_back(OffsetTombstone(group, topic, partition, wall_ms));
      }
    }
  }
  for (auto it = in_flight_.lower_bound({std::string(group), "", INT32_MIN});
       it != in_flight_.end() && std::get<0>(it->first) == group; ++it) {
    const auto& [unused, topic, partition] = it->first;
    if (Find(group, topic, partition) != nullptr) continue;  // has its tombstone
    out->push_back(OffsetTombstone(group, topic, partition, wall_ms));
  }
}

void OffsetStore::AddTopicTombstones(std::string_view topic, const Uuid& id, Millis wall_ms,
                                     std::vector<coordinator::Record>* out) const {
  for (const auto& [group, topics] : groups_) {
    const auto partitions = topics.find(topic);
    if (partitions == topics.end()) continue;
    for (const auto& [partition, offset] : partitions->second) {
      if (!offset.topic_id.is_zero() && offset.topic_id != id) continue;
      out->push_back(OffsetTombstone(group, topic, partition, wall_ms));
    }
  }
}

}  // namespace odradek::group
