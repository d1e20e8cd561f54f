// GroupShard: the groups and offsets of one partition of __consumer_offsets.
//
// Finds the group a command is about, dispatches by its type, and turns records into state again.
// What a group does is in the folder of its type (classic/), what an offset is in offset_store.h.
// Owner: a CoordinatorRuntime. Thread: under its mutex. Time: through the turn.
// Source: GroupCoordinatorShard and OffsetMetadataManager of Apache Kafka.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/env/random.h"
#include "base/wall_watch.h"
#include "coordinator/coordinator_shard.h"
#include "coordinator/deadline_queue.h"
#include "group/classic/classic_group.h"
#include "group/group_commands.h"
#include "group/group_config.h"
#include "group/offset_store.h"

namespace odradek::group {

class GroupShard final : public coordinator::CoordinatorShard {
 public:
  using Turn = coordinator::Turn;

  explicit GroupShard(Random& random) : random_(random) {}

  void set_config(const GroupConfig& config) { config_ = config; }

  // ---- membership
  void Join(const JoinCommand& command, JoinDone done, Turn& turn);
  void Sync(const SyncCommand& command, SyncDone done, Turn& turn);
  ErrorCode Heartbeat(const HeartbeatCommand& command, Turn& turn);
  void Leave(const LeaveCommand& command, LeaveDone done, Turn& turn);

  // ---- offsets
  void CommitOffsets(const CommitCommand& command, CommitDone done, Turn& turn);
  // `command` must stay valid until `done` has run.
  void FetchOffsets(const FetchCommand& command, FetchDone done, Turn& turn);
  void DeleteOffsets(const DeleteOffsetsCommand& command, DeleteOffsetsDone done, Turn& turn);
  void DeleteTopics(std::span<const DeletedTopic> topics, Turn& turn);

  // ---- administration
  void List(std::span<const std::string_view> states, std::span<const std::string_view> types,
            std::vector<ListedGroup>* out) const;
  DescribeAnswer Describe(std::string_view group) const;
  void DeleteGroup(std::string_view group, DeleteGroupDone done, Turn& turn);

  // ---- CoordinatorShard
  void Replay(const coordinator::RecordView& record, coordinator::ReplayMode mode) override;
  void NoteInFlight(const coordinator::Record& record) override;
  void ForgetInFlight(const coordinator::Record& record) override;
  void OnLoaded(Turn& turn) override;
  void OnTimer(Turn& turn) override;
  Millis NextDeadline() const override;
  void OnUnload(Turn& turn) override;

  size_t group_count() const { return groups_.size(); }
  const OffsetStore& offsets() const { return offsets_; }
  // Null: no such group, or one of another type.
  const ClassicGroup* FindClassic(std::string_view group) const;
  void CheckInvariants() const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Groups = std::unordered_map<std::string, std::unique_ptr<Group>, Hash, std::equal_to<>>;

  Group* Find(std::string_view group) const;
  ClassicGroup* Classic(std::string_view group);
  ClassicGroup& MakeClassic(std::string_view group, Millis wall_ms);
  void Erase(std::string_view group);
  // Queues the group's next deadline, if it changed.
  void Requeue(Group& group);
  void EnsureCleanup(Turn& turn);
  void CleanUp(Turn& turn);
  // True if nothing is left of the group's offsets once `records` are committed.
  bool CollectExpired(const ClassicGroup& group, Millis wall_ms,
                      std::vector<coordinator::Record>* records) const;
  void Delete(ClassicGroup& group, std::vector<coordinator::Record> records, DeleteGroupDone done,
              Turn& turn);
  FetchAnswer Committed(const FetchCommand& command) const;
  ErrorCode AcceptCommit(const CommitCommand& command, Turn& turn);
  void ReplayGroup(std::string_view group, const coordinator::RecordView& record,
                   coordinator::ReplayMode mode);
  void ReplayOffset(const RecordKey& key, const coordinator::RecordView& record);

  Random& random_;
  GroupConfig config_;
  Groups groups_;
  OffsetStore offsets_;
  coordinator::DeadlineQueue deadlines_;  // of the groups
  WallWatch wall_watch_;                  // nothing expires because somebody sets the clock
  Millis next_cleanup_ms_ = coordinator::kNever;
};

}  // namespace odradek::group
