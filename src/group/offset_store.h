// OffsetStore: the committed offsets of all groups of one partition of __consumer_offsets.
//
// Holds what is committed, and knows which keys have a commit on its way to the log, so that
// deleting a group covers them too. Owner: GroupShard. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "coordinator/partition_writer.h"
#include "group/group_records.h"

namespace odradek::group {

class OffsetStore {
 public:
  using Partitions = std::map<int32_t, CommittedOffset>;
  using Topics = std::map<std::string, Partitions, std::less<>>;

  void Put(const RecordKey& key, CommittedOffset offset);
  void Remove(const RecordKey& key);
  void NoteInFlight(const RecordKey& key);
  void ForgetInFlight(const RecordKey& key);

  // Null: nothing committed.
  const CommittedOffset* Find(std::string_view group, std::string_view topic,
                              int32_t partition) const;
  const Topics* FindAll(std::string_view group) const;
  bool IsInFlight(std::string_view group, std::string_view topic, int32_t partition) const;
  // True if a commit is there or under way.
  bool Has(std::string_view group, std::string_view topic, int32_t partition) const;
  bool HasAny(std::string_view group) const;

  // Tombstones for every offset of the group, committed or under way.
  void AddTombstones(std::string_view group, Millis wall_ms,
                     std::vector<coordinator::Record>* out) const;
  // Tombstones for the offsets of a deleted topic, in all groups. Those committed for another
  // topic of the same name stay.
  void AddTopicTombstones(std::string_view topic, const Uuid& id, Millis wall_ms,
                          std::vector<coordinator::Record>* out) const;
  size_t group_count() const { return groups_.size(); }

 private:
  using FlightKey = std::tuple<std::string, std::string, int32_t>;

  std::map<std::string, Topics, std::less<>> groups_;  // levels are never empty
  std::map<FlightKey, int> in_flight_;
};

}  // namespace odradek::group
