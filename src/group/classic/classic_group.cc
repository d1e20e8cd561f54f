// Members, their sessions and their parked requests: what all operations share.
#include "group/classic/classic_group.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "group/group_records.h"

namespace odradek::group {

std::string_view ClassicStateName(ClassicState state) {
  switch (state) {
    case ClassicState::kEmpty:
      return "Empty";
    case ClassicState::kPreparingRebalance:
      return "PreparingRebalance";
    case ClassicState::kCompletingRebalance:
      return "CompletingRebalance";
    case ClassicState::kStable:
      return "Stable";
    case ClassicState::kDead:
      return "Dead";
  }
  UNREACHABLE();
}

ClassicGroup::ClassicGroup(std::string id, const GroupConfig& config, Millis wall_ms)
    : Group(std::move(id), GroupType::kClassic), config_(config), state_since_ms_(wall_ms) {}

ClassicGroup::~ClassicGroup() = default;

ClassicMember* ClassicGroup::Find(std::string_view member) {
  const auto found = by_id_.find(member);
  return found == by_id_.end() ? nullptr : &*found->second;
}

const ClassicMember* ClassicGroup::Find(std::string_view member) const {
  const auto found = by_id_.find(member);
  return found == by_id_.end() ? nullptr : &*found->second;
}

ErrorCode ClassicGroup::CheckMember(std::string_view member, const OptionalView& instance) const {
  if (instance) {
    const auto known = static_members_.find(*instance);
    if (known == static_members_.end()) return ErrorCode::kUnknownMemberId;
    if (known->second != member) return ErrorCode::kFencedInstanceId;
  }
  return Find(member) == nullptr ? ErrorCode::kUnknownMemberId : ErrorCode::kNone;
}

void ClassicGroup::TransitionTo(ClassicState state, Turn& turn) {
  state_ = state;
  state_since_ms_ = turn.wall_ms();
}

// The timer is armed lazily: a session that is renewed is looked at again when the old deadline
// comes, so heartbeats cost no timer.
void ClassicGroup::RenewSession(ClassicMember& member, Turn& turn) {
  member.deadline_ms = turn.now_ms() + member.session_timeout_ms;
  Due(member.deadline_ms);
}

void ClassicGroup::Park(ClassicMember& member, JoinDone done, bool takes_skip_assignment,
                        Turn& turn) {
  // The newer request wins; the older one's client waits on another connection, if at all.
  if (member.has_joined()) {
    AnswerJoin(member, {.error = ErrorCode::kRebalanceInProgress, .member = member.id}, turn);
  }
  member.join = std::move(done);
  member.takes_skip_assignment = takes_skip_assignment;
  ++joined_;
}

void ClassicGroup::AnswerJoin(ClassicMember& member, JoinAnswer answer, Turn& turn) {
  CHECK(member.has_joined());
  CHECK_GT(joined_, 0u);
  --joined_;
  turn.Reply(std::exchange(member.join, nullptr), std::move(answer));
}

void ClassicGroup::AnswerSync(ClassicMember& member, SyncAnswer answer, Turn& turn) {
  turn.Reply(std::exchange(member.sync, nullptr), std::move(answer));
}

void ClassicGroup::CountProtocols(const ClassicMember& member, int by) {
  for (const Protocol& protocol : member.protocols) {
    const auto counted = protocol_counts_.try_emplace(protocol.name, 0).first;
    counted->second += static_cast<size_t>(by);
    if (counted->second == 0) protocol_counts_.erase(counted);
  }
}

void ClassicGroup::Remove(ClassicMember& member, Turn& turn) {
  if (member.has_joined()) AnswerJoin(member, {.error = ErrorCode::kUnknownMemberId}, turn);
  if (member.sync) AnswerSync(member, {.error = ErrorCode::kUnknownMemberId}, turn);
  if (member.awaits_sync) --unsynced_;
  CountProtocols(member, -1);
  if (member.instance) static_members_.erase(*member.instance);
  const bool was_leader = leader_ == member.id;
  const auto found = by_id_.find(member.id);
  const Members::iterator at = found->second;
  by_id_.erase(found);
  members_.erase(at);
  if (was_leader) leader_ = members_.empty() ? std::string() : members_.front().id;
}

void ClassicGroup::Rename(ClassicMember& member, std::string new_id) {
  const auto found = by_id_.find(member.id);
  const Members::iterator at = found->second;
  by_id_.erase(found);
  if (leader_ == member.id) leader_ = new_id;
  member.id = std::move(new_id);
  by_id_.emplace(member.id, at);
  if (member.instance) static_members_[*member.instance] = member.id;
}

Millis ClassicGroup::RebalanceTimeout() const {
  Millis longest = 0;
  for (const ClassicMember& member : members_) {
    longest = std::max(longest, member.rebalance_timeout_ms);
  }
  return longest;
}

ErrorCode ClassicGroup::AcceptCommit(const CommitCommand& command, Turn& turn) {
  if (state_ == ClassicState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  // Admin tools and consumers that assign partitions themselves are no members.
  if (command.generation < 0 && state_ == ClassicState::kEmpty) return ErrorCode::kNone;
  if (command.generation >= 0 || !command.member.empty() || command.instance) {
    const ErrorCode error = CheckMember(command.member, command.instance);
    if (error != ErrorCode::kNone) return error;
    if (command.generation != generation_) return ErrorCode::kIllegalGeneration;
  } else {
    return ErrorCode::kUnknownMemberId;
  }
  if (state_ == ClassicState::kCompletingRebalance) return ErrorCode::kRebalanceInProgress;
  RenewSession(*Find(command.member), turn);
  return ErrorCode::kNone;
}

void ClassicGroup::OnUnload(Turn& turn) {
  for (ClassicMember& member : members_) {
    if (member.has_joined()) {
      AnswerJoin(member, {.error = ErrorCode::kNotCoordinator, .member = member.id}, turn);
    }
    if (member.sync) AnswerSync(member, {.error = ErrorCode::kNotCoordinator}, turn);
  }
}

bool ClassicGroup::IsSubscribedTo(std::string_view topic) const {
  if (!subscribed_topics_) return uses_consumer_protocol();
  return subscribed_topics_->contains(topic);
}

DescribeAnswer ClassicGroup::Describe() const {
  DescribeAnswer answer;
  answer.state = ClassicStateName(state_);
  answer.protocol_type = protocol_type_;
  const bool stable = state_ == ClassicState::kStable;
  if (stable) answer.protocol = protocol_.value_or("");
  for (const ClassicMember& member : members_) {
    DescribedMember& described = answer.members.emplace_back();
    described.id = member.id;
    described.instance = member.instance;
    described.client_id = member.client_id;
    described.client_host = member.client_host;
    described.assignment = member.assignment;
    if (stable) described.metadata = member.Metadata(*protocol_);
  }
  return answer;
}

void ClassicGroup::CheckInvariants() const {
  using coordinator::kNever;
  CHECK_EQ(by_id_.size(), members_.size());     // G1
  CHECK_EQ(members_.empty(), leader_.empty());  // G2
  CHECK(leader_.empty() || Find(leader_) != nullptr);
  const bool settled =
      state_ == ClassicState::kCompletingRebalance || state_ == ClassicState::kStable;
  if (state_ == ClassicState::kEmpty || state_ == ClassicState::kDead)
    CHECK(members_.empty());  // G3
  if (settled) CHECK(!members_.empty());
  size_t joined = 0;
  size_t statics = 0;
  size_t unsynced = 0;
  for (const ClassicMember& member : members_) {
    CHECK(Find(member.id) == &member);
    CHECK(!pending_.contains(member.id));
    joined += member.has_joined() ? 1 : 0;
    statics += member.is_static() ? 1 : 0;
    unsynced += member.awaits_sync ? 1 : 0;
    if (member.is_static()) CHECK(static_members_.at(*member.instance) == member.id);
    if (member.has_joined()) {  // G4
      CHECK(state_ == ClassicState::kPreparingRebalance ||
            (state_ == ClassicState::kStable && member.is_static() && writes_in_flight_ > 0));
    }
    if (member.sync) CHECK(state_ == ClassicState::kCompletingRebalance);
    if (settled) CHECK(member.Knows(*protocol_));  // G6
    CHECK_LE(earliest_ms_, member.expires_at());   // G7
  }
  CHECK_EQ(joined, joined_);
  CHECK_EQ(statics, static_members_.size());
  CHECK_EQ(unsynced, unsynced_);
  for (const auto& [id, lapses] : pending_) CHECK_LE(earliest_ms_, lapses);
  CHECK_EQ(join_deadline_ms_ != kNever, state_ == ClassicState::kPreparingRebalance);  // G5
  if (sync_deadline_ms_ != kNever) CHECK(settled);
  CHECK_LE(earliest_ms_, join_deadline_ms_);
  CHECK_LE(earliest_ms_, sync_deadline_ms_);
}

}  // namespace odradek::group
