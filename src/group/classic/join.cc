// JoinGroup. Who may call in which state: the table in classic_group.h. The checks come in Kafka's
// order; session time-outs and empty group ids were refused before (GroupCoordinator).
#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "group/classic/classic_group.h"

namespace odradek::group {
namespace {

// Names are unique afterwards: what comes first counts.
std::vector<Protocol> Copied(std::span<const ProtocolView> protocols) {
  std::vector<Protocol> copied;
  copied.reserve(protocols.size());
  std::set<std::string_view> seen;
  for (const ProtocolView& view : protocols) {
    if (!seen.insert(view.name).second) continue;
    copied.push_back({std::string(view.name), std::string(view.metadata)});
  }
  return copied;
}

bool Matches(const ClassicMember& member, std::span<const ProtocolView> protocols) {
  return std::equal(member.protocols.begin(), member.protocols.end(), protocols.begin(),
                    protocols.end(), [](const Protocol& known, const ProtocolView& given) {
                      return known.name == given.name && known.metadata == given.metadata;
                    });
}

}  // namespace

void ClassicGroup::Join(const JoinCommand& command, std::string fresh_id, JoinDone done,
                        Turn& turn) {
  const bool newcomer = command.member.empty();
  if (!AcceptsMember(command.member)) {
    if (ClassicMember* member = Find(command.member)) {
      Remove(*member, turn);
      MaybeCompleteJoin(turn);
    }
    pending_.erase(std::string(command.member));
    turn.Reply<JoinAnswer>(std::move(done), {.error = ErrorCode::kGroupMaxSizeReached});
    return;
  }
  const std::string member(command.member);
  if (state_ == ClassicState::kDead) {
    turn.Reply<JoinAnswer>(std::move(done),
                           {.error = ErrorCode::kCoordinatorNotAvailable, .member = member});
  } else if (!Supports(command)) {
    turn.Reply<JoinAnswer>(std::move(done),
                           {.error = ErrorCode::kInconsistentGroupProtocol, .member = member});
  } else if (newcomer) {
    JoinNewcomer(command, std::move(fresh_id), std::move(done), turn);
  } else {
    JoinKnown(command, std::move(done), turn);
  }
}

// Full groups take back who is in already. While a rebalance is being prepared those who have
// rejoined count, so that a group whose limit was lowered sheds its last ones.
bool ClassicGroup::AcceptsMember(std::string_view id) const {
  const auto limit = static_cast<size_t>(std::max(config_.max_size, 0));
  const ClassicMember* member = Find(id);
  switch (state_) {
    case ClassicState::kEmpty:
    case ClassicState::kDead:
      return true;
    case ClassicState::kPreparingRebalance:
      return (member != nullptr && member->has_joined()) || joined_ < limit;
    case ClassicState::kCompletingRebalance:
    case ClassicState::kStable:
      return member != nullptr || members_.size() < limit;
  }
  UNREACHABLE();
}

bool ClassicGroup::Supports(const JoinCommand& command) const {
  if (state_ == ClassicState::kEmpty) {
    return !command.protocol_type.empty() && !command.protocols.empty();
  }
  if (protocol_type_ != command.protocol_type) return false;
  return std::any_of(command.protocols.begin(), command.protocols.end(),
                     [this](const ProtocolView& protocol) {
                       const auto counted = protocol_counts_.find(protocol.name);
                       const size_t count = counted == protocol_counts_.end() ? 0 : counted->second;
                       return count == members_.size();
                     });
}

void ClassicGroup::JoinNewcomer(const JoinCommand& command, std::string fresh_id, JoinDone done,
                                Turn& turn) {
  if (command.instance) {
    const auto known = static_members_.find(*command.instance);
    if (known == static_members_.end()) {
      AddMember(command, std::move(fresh_id), std::move(done), turn);
    } else {
      ReplaceStatic(command, *Find(known->second), std::move(fresh_id), std::move(done), turn);
    }
  } else if (command.needs_known_member_id) {
    const Millis lapses = turn.now_ms() + command.session_timeout_ms;
    pending_.emplace(fresh_id, lapses);
    Due(lapses);
    turn.Reply<JoinAnswer>(std::move(done),
                           {.error = ErrorCode::kMemberIdRequired, .member = std::move(fresh_id)});
  } else {
    AddMember(command, std::move(fresh_id), std::move(done), turn);
  }
}

void ClassicGroup::JoinKnown(const JoinCommand& command, JoinDone done, Turn& turn) {
  const std::string id(command.member);
  if (pending_.contains(id)) {
    // Only dynamic members are told an id to come back with.
    if (command.instance) {
      turn.Reply<JoinAnswer>(std::move(done), {.error = ErrorCode::kUnknownServerError});
      return;
    }
    AddMember(command, id, std::move(done), turn);
    return;
  }
  const ErrorCode error = CheckMember(command.member, command.instance);
  if (error != ErrorCode::kNone) {
    turn.Reply<JoinAnswer>(std::move(done),
                           {.error = error, .protocol = std::nullopt, .member = id});
    return;
  }
  ClassicMember& member = *Find(id);
  const bool same = Matches(member, command.protocols);
  // A member that lost its answer asks again; a leader asks because it wants a new assignment.
  const bool is_repeat = same && (state_ == ClassicState::kCompletingRebalance ||
                                  (state_ == ClassicState::kStable && leader_ != member.id));
  if (is_repeat) {
    turn.Reply(std::move(done), CurrentGeneration(member));
    return;
  }
  UpdateMember(member, command, std::move(done), turn);
  MaybePrepareRebalance(turn);
}

void ClassicGroup::AddMember(const JoinCommand& command, std::string id, JoinDone done,
                             Turn& turn) {
  if (state_ == ClassicState::kPreparingRebalance && initial_rebalance_) {
    member_came_meanwhile_ = true;
  }
  if (members_.empty()) protocol_type_ = command.protocol_type;
  pending_.erase(id);
  ClassicMember& member = members_.emplace_back();
  member.id = std::move(id);
  if (command.instance) member.instance = std::string(*command.instance);
  member.client_id = command.client_id;
  member.client_host = command.client_host;
  member.session_timeout_ms = command.session_timeout_ms;
  member.rebalance_timeout_ms = command.rebalance_timeout_ms;
  member.protocols = Copied(command.protocols);
  member.is_new = true;
  member.deadline_ms = turn.now_ms() + kNewMemberJoinTimeoutMs;
  Due(member.deadline_ms);
  by_id_.emplace(member.id, std::prev(members_.end()));
  if (member.instance) static_members_.emplace(*member.instance, member.id);
  if (leader_.empty()) leader_ = member.id;
  CountProtocols(member, 1);
  Park(member, std::move(done), command.takes_skip_assignment, turn);
  MaybePrepareRebalance(turn);
}

void ClassicGroup::UpdateMember(ClassicMember& member, const JoinCommand& command, JoinDone done,
                                Turn& turn) {
  CountProtocols(member, -1);
  member.protocols = Copied(command.protocols);
  CountProtocols(member, 1);
  member.session_timeout_ms = command.session_timeout_ms;
  member.rebalance_timeout_ms = command.rebalance_timeout_ms;
  Park(member, std::move(done), command.takes_skip_assignment, turn);
}

// A static member is back without its id: after a restart of its client, or as an impostor. The
// newer one gets a new id, the older one is fenced.
void ClassicGroup::ReplaceStatic(const JoinCommand& command, ClassicMember& member,
                                 std::string new_id, JoinDone done, Turn& turn) {
  if (member.has_joined()) {
    AnswerJoin(
        member,
        {.error = ErrorCode::kFencedInstanceId, .protocol = std::nullopt, .member = member.id},
        turn);
  }
  if (member.sync) AnswerSync(member, {.error = ErrorCode::kFencedInstanceId}, turn);
  ClassicMember before;
  before.id = member.id;
  before.protocols = member.protocols;
  before.session_timeout_ms = member.session_timeout_ms;
  before.rebalance_timeout_ms = member.rebalance_timeout_ms;
  std::string old_leader = leader_;

  Rename(member, std::move(new_id));
  member.is_new = false;
  UpdateMember(member, command, std::move(done), turn);
  RenewSession(member, turn);
  switch (state_) {
    case ClassicState::kStable:
      if (SelectProtocol() == protocol_) {
        PersistReplaced(member, std::move(before), std::move(old_leader), turn);
      } else {
        MaybePrepareRebalance(turn);
      }
      return;
    case ClassicState::kCompletingRebalance:
      // The leader may be assigning to the old id.
      PrepareRebalance(turn);
      return;
    case ClassicState::kPreparingRebalance:
      MaybeCompleteJoin(turn);
      return;
    case ClassicState::kEmpty:
    case ClassicState::kDead:
      break;
  }
  UNREACHABLE();
}

void ClassicGroup::PersistReplaced(const ClassicMember& member, ClassicMember before,
                                   std::string old_leader, Turn& turn) {
  Arena arena;
  const int32_t generation = generation_;
  Persist(
      Persistent(arena),
      [this, generation, id = member.id, before = std::move(before),
       old_leader = std::move(old_leader)](const Status& status, Turn& next) {
        // If a rebalance has begun meanwhile, the join is part of it.
        ClassicMember* replaced = Find(id);
        const bool still_waits = replaced != nullptr && replaced->has_joined() &&
                                 state_ == ClassicState::kStable && generation_ == generation;
        if (still_waits) OnReplacedWritten(status, *replaced, before, old_leader, next);
      },
      turn);
}

void ClassicGroup::OnReplacedWritten(const Status& status, ClassicMember& member,
                                     const ClassicMember& before, const std::string& old_leader,
                                     Turn& turn) {
  JoinAnswer answer = CurrentGeneration(member);
  RenewSession(member, turn);
  if (!status.ok()) {
    answer.error = WriteError(status);
    answer.member.clear();
    answer.leader = old_leader;
    answer.members.clear();
    AnswerJoin(member, std::move(answer), turn);
    CountProtocols(member, -1);
    member.protocols = before.protocols;
    CountProtocols(member, 1);
    member.session_timeout_ms = before.session_timeout_ms;
    member.rebalance_timeout_ms = before.rebalance_timeout_ms;
    Rename(member, before.id);
    return;
  }
  if (member.takes_skip_assignment) {
    // It leads a group that needs no new assignment (KIP-814).
    answer.skip_assignment = leader_ == member.id;
  } else {
    // It must not assign: named by its old id, the leader is somebody else to it.
    answer.leader = old_leader;
    answer.members.clear();
  }
  AnswerJoin(member, std::move(answer), turn);
}

// What a member is told that joins the generation which is there. The leader alone learns who the
// members are.
JoinAnswer ClassicGroup::CurrentGeneration(const ClassicMember& member) const {
  JoinAnswer answer;
  answer.generation = generation_;
  answer.protocol_type = protocol_type_;
  answer.protocol = protocol_;
  answer.leader = leader_;
  answer.member = member.id;
  if (member.id != leader_) return answer;
  answer.members.reserve(members_.size());
  for (const ClassicMember& other : members_) {
    answer.members.push_back({other.id, other.instance, std::string(other.Metadata(*protocol_))});
  }
  return answer;
}

}  // namespace odradek::group
