// One classic group (JoinGroup ... LeaveGroup): consumers, Connect workers, Schema Registry.
//
//            join                all joined, or time is up           leader's assignment written
//   Empty --------> Preparing --------------------------> Completing -----------------> Stable
//     ^               |  ^                                     |                           |
//     +--nobody left--+  +------ join, leave, expiry ----------+------ join, leave, expiry +
//   Dead: the group's tombstone is on its way to the log (DeleteGroups); entered from Empty.
//
//   operation   file          Empty     Preparing    Completing             Stable
//   Join        join.cc       prepares  parks        same metadata: answer  follower, same: answer
//   Sync        sync.cc       25        27           parks; leader: writes  own assignment
//   Heartbeat   heartbeat.cc  25        27           ok                     ok
//   Leave       leave.cc      25        removes      removes, prepares      removes, prepares
//   OnTimer     expiry.cc     -         removes, completes the join         removes, prepares
//
// Invariants (CheckInvariants)
//   G1  member ids are unique, and so are instance ids; each instance names a member
//   G2  the leader is a member; there is one unless the group has no members
//   G3  Empty and Dead have no members; Completing and Stable have at least one
//   G4  a JoinGroup is parked only while Preparing, or in Stable for a static member whose new id
//   is
//       being written; a SyncGroup only while Completing
//   G5  the join deadline is armed iff Preparing; the sync deadline only in Completing and Stable
//   G6  every member knows the chosen protocol in Completing and Stable
//   G7  NextDeadline() is not later than anything due
//   G8  generation_ rises by one each time a join phase completes, and never falls in memory
// Persistent: generation, protocol, leader, members with subscription and assignment. It is written
// when the leader's assignment is known, when the last member is gone and when a static member
// comes back under a new id. The assignment takes effect in ApplyCommitted, from the record. Only
// groups with static members wait for the device: a start after a power cut, or after a sync that
// failed, may find an older generation of any other group.
// Owner: GroupShard. Thread: under the shard's mutex. Time: through the turn only. Source:
// ClassicGroup and GroupMetadataManager of Apache Kafka for the order of checks; KIP-62, 345, 394,
// 559, 800, 814.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "group/classic/classic_member.h"
#include "group/group.h"
#include "group/group_commands.h"
#include "group/group_config.h"
#include "protocol/message/group_metadata_value.h"

namespace odradek::group {

enum class ClassicState { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable, kDead };

std::string_view ClassicStateName(ClassicState state);

class ClassicGroup final : public Group {
 public:
  using Turn = coordinator::Turn;

  static constexpr std::string_view kConsumerProtocolType = "consumer";
  // A parked newcomer's client may have gone and joined again under another id.
  static constexpr Millis kNewMemberJoinTimeoutMs = 5 * 60 * 1000;

  // `config` is the shard's, read whenever it is needed.
  ClassicGroup(std::string id, const GroupConfig& config, Millis wall_ms);
  ~ClassicGroup() override;

  // ---- operations; each answers exactly once, now or later
  // `fresh_id` is the id that a newcomer gets.
  void Join(const JoinCommand& command, std::string fresh_id, JoinDone done, Turn& turn);
  void Sync(const SyncCommand& command, SyncDone done, Turn& turn);
  ErrorCode Heartbeat(const HeartbeatCommand& command, Turn& turn);
  void Leave(const LeaveCommand& command, LeaveDone done, Turn& turn);
  // Whether the group lets this member, or a client that is none, commit offsets now.
  ErrorCode AcceptCommit(const CommitCommand& command, Turn& turn);

  Millis NextDeadline() const override { return earliest_ms_; }
  void OnTimer(Turn& turn) override;
  void OnUnload(Turn& turn) override;

  // ---- persistence
  // Becomes what the record says (recovery).
  void Load(const GroupMetadataValue& value);
  // Gives every loaded member a fresh session.
  void StartSessions(Turn& turn);
  // A record that this group wrote is committed.
  void ApplyCommitted(const GroupMetadataValue& value);
  // Until the tombstone is committed or has failed. Requires: Empty.
  void BeginDelete();
  void CancelDelete();
  // Nothing refers to the group, and nothing of it is in the log or on its way.
  bool IsDisposable() const;

  // ---- views
  ClassicState state() const { return state_; }
  int32_t generation() const { return generation_; }
  bool has_record() const { return has_record_; }
  bool has_members() const { return !members_.empty(); }
  size_t pending_count() const { return pending_.size(); }
  const std::string& leader() const { return leader_; }
  const std::list<ClassicMember>& members() const { return members_; }
  const OptionalString& protocol() const { return protocol_; }
  // Empty for a simple group, which only holds offsets.
  const std::string& protocol_type() const { return protocol_type_; }
  bool uses_consumer_protocol() const { return protocol_type_ == kConsumerProtocolType; }
  // Wall clock; -1 if a record of an old version did not say.
  Millis state_since_ms() const { return state_since_ms_; }
  bool knows_subscriptions() const { return subscribed_topics_.has_value(); }
  // As far as the group can tell: yes for every topic if subscriptions cannot be read.
  bool IsSubscribedTo(std::string_view topic) const;
  DescribeAnswer Describe() const;
  GroupMetadataValue Persistent(Arena& arena) const;
  // Aborts the process if an invariant does not hold.
  void CheckInvariants() const;

 private:
  using Members = std::list<ClassicMember>;

  // join.cc
  bool AcceptsMember(std::string_view member) const;
  bool Supports(const JoinCommand& command) const;
  void JoinNewcomer(const JoinCommand& command, std::string fresh_id, JoinDone done, Turn& turn);
  void JoinKnown(const JoinCommand& command, JoinDone done, Turn& turn);
  void AddMember(const JoinCommand& command, std::string id, JoinDone done, Turn& turn);
  void UpdateMember(ClassicMember& member, const JoinCommand& command, JoinDone done, Turn& turn);
  void ReplaceStatic(const JoinCommand& command, ClassicMember& member, std::string new_id,
                     JoinDone done, Turn& turn);
  void PersistReplaced(const ClassicMember& member, ClassicMember before, std::string old_leader,
                       Turn& turn);
  void OnReplacedWritten(const Status& status, ClassicMember& member, const ClassicMember& before,
                         const std::string& old_leader, Turn& turn);
  JoinAnswer CurrentGeneration(const ClassicMember& member) const;

  // rebalance.cc
  void MaybePrepareRebalance(Turn& turn);
  void PrepareRebalance(Turn& turn);
  void MaybeCompleteJoin(Turn& turn);
  void TryCompleteInitialJoin(Turn& turn);
  void CompleteJoin(Turn& turn);
  void StartGeneration(Turn& turn);
  bool AllJoined() const { return joined_ == members_.size() && pending_.empty(); }
  bool ElectJoinedLeader();
  std::string SelectProtocol() const;
  void ReadSubscriptions();
  void WriteEmpty(Turn& turn);

  // sync.cc
  ErrorCode CheckSync(const SyncCommand& command) const;
  void WriteAssignment(const SyncCommand& command, Turn& turn);
  void OnAssignmentWritten(int32_t generation, const Status& status, Turn& turn);
  void AnswerSyncs(ErrorCode error, Turn& turn);
  SyncAnswer Assignment(const ClassicMember& member) const;
  void MarkSynced(ClassicMember& member);

  // expiry.cc
  void RemoveExpired(ClassicMember& member, Turn& turn);
  void ExpireSync(Turn& turn);
  void RecomputeEarliest();

  // classic_group.cc
  ClassicMember* Find(std::string_view member);
  const ClassicMember* Find(std::string_view member) const;
  // UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID
  ErrorCode CheckMember(std::string_view member, const OptionalView& instance) const;
  void TransitionTo(ClassicState state, Turn& turn);
  void RenewSession(ClassicMember& member, Turn& turn);
  void Due(Millis at) { earliest_ms_ = std::min(earliest_ms_, at); }
  void Park(ClassicMember& member, JoinDone done, bool takes_skip_assignment, Turn& turn);
  void AnswerJoin(ClassicMember& member, JoinAnswer answer, Turn& turn);
  void AnswerSync(ClassicMember& member, SyncAnswer answer, Turn& turn);
  void CountProtocols(const ClassicMember& member, int by);
  // Answers what the member has parked with UNKNOWN_MEMBER_ID.
  void Remove(ClassicMember& member, Turn& turn);
  void Rename(ClassicMember& member, std::string new_id);
  Millis RebalanceTimeout() const;
  // Writes `value` and calls `done` once it is committed and applied.
  void Persist(const GroupMetadataValue& value, UniqueFunction<void(const Status&, Turn&)> done,
               Turn& turn);

  const GroupConfig& config_;
  ClassicState state_ = ClassicState::kEmpty;
  Millis state_since_ms_;
  int32_t generation_ = 0;
  std::string protocol_type_;
  OptionalString protocol_;
  std::string leader_;  // empty: none
  bool has_record_ = false;
  int writes_in_flight_ = 0;

  Members members_;  // in the order in which they joined
  std::unordered_map<std::string_view, Members::iterator> by_id_;   // keys view the members' ids
  std::map<std::string, std::string, std::less<>> static_members_;  // instance -> member id
  // Ids that were handed out with MEMBER_ID_REQUIRED -> when they lapse.
  std::map<std::string, Millis, std::less<>> pending_;
  std::map<std::string, size_t, std::less<>> protocol_counts_;  // how many members know each
  size_t joined_ = 0;                                           // members with a parked JoinGroup
  std::optional<std::set<std::string, std::less<>>> subscribed_topics_;

  // The join phase.
  Millis join_deadline_ms_ = coordinator::kNever;
  bool initial_rebalance_ = false;  // entered from Empty: waits for more members to come
  bool member_came_meanwhile_ = false;
  Millis initial_delay_ms_ = 0;      // of the wait that runs
  Millis initial_remaining_ms_ = 0;  // for which it may be extended
  // The sync phase.
  Millis sync_deadline_ms_ = coordinator::kNever;
  size_t unsynced_ = 0;  // members with awaits_sync

  Millis earliest_ms_ = coordinator::kNever;
};

}  // namespace odradek::group
