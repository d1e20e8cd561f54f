// A group as a GroupMetadataValue record, and back.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "group/classic/classic_group.h"
#include "group/group_records.h"

namespace odradek::group {

GroupMetadataValue ClassicGroup::Persistent(Arena& arena) const {
  GroupMetadataValue value;
  value.protocol_type = protocol_type_;
  value.generation = generation_;
  value.protocol = std::nullopt;
  if (protocol_) value.protocol = *protocol_;
  value.leader = std::nullopt;
  if (!leader_.empty()) value.leader = leader_;
  value.current_state_timestamp = state_since_ms_;
  for (const ClassicMember& member : members_) {
    GroupMetadataValueMemberMetadata& written = value.members.Add(arena);
    written.member_id = member.id;
    if (member.instance) written.group_instance_id = *member.instance;
    written.client_id = member.client_id;
    written.client_host = member.client_host;
    written.rebalance_timeout = static_cast<int32_t>(member.rebalance_timeout_ms);
    written.session_timeout = static_cast<int32_t>(member.session_timeout_ms);
    if (protocol_) written.subscription = member.Metadata(*protocol_);
    written.assignment = member.assignment;
  }
  return value;
}

// A rebalance does not wait for the device: members of a generation that is lost, by a power cut or
// by a sync that fails and then a restart, are told so and join again. A static member would be
// fenced by the id that it had before, and gives up.
void ClassicGroup::Persist(const GroupMetadataValue& value,
                           UniqueFunction<void(const Status&, Turn&)> done, Turn& turn) {
  ++writes_in_flight_;
  turn.Commit(
      {GroupRecord(id(), value, turn.wall_ms())},
      [this, done = std::move(done)](const Status& status, Turn& next) mutable {
        --writes_in_flight_;
        if (done) done(status, next);
      },
      static_members_.empty() ? coordinator::Await::kAppended : coordinator::Await::kDurable);
}

// If this fails and the process ends, the generation before becomes active again and times out.
void ClassicGroup::WriteEmpty(Turn& turn) {
  Arena arena;
  Persist(Persistent(arena), {}, turn);
}

void ClassicGroup::Load(const GroupMetadataValue& value) {
  CHECK_EQ(joined_, 0u);
  members_.clear();
  by_id_.clear();
  static_members_.clear();
  pending_.clear();
  protocol_counts_.clear();
  has_record_ = true;
  generation_ = value.generation;
  protocol_type_ = value.protocol_type;
  protocol_.reset();
  if (value.protocol) protocol_ = std::string(*value.protocol);
  state_since_ms_ = value.current_state_timestamp;
  for (const GroupMetadataValueMemberMetadata& written : value.members) {
    const bool known =
        by_id_.contains(written.member_id) ||
        (written.group_instance_id && static_members_.contains(*written.group_instance_id));
    if (known) continue;
    ClassicMember& member = members_.emplace_back();
    member.id = written.member_id;
    if (written.group_instance_id) member.instance = std::string(*written.group_instance_id);
    member.client_id = written.client_id;
    member.client_host = written.client_host;
    member.session_timeout_ms = written.session_timeout;
    member.rebalance_timeout_ms =
        written.rebalance_timeout < 0 ? written.session_timeout : written.rebalance_timeout;
    member.protocols.push_back({protocol_.value_or(""), std::string(written.subscription)});
    member.assignment = written.assignment;
    by_id_.emplace(member.id, std::prev(members_.end()));
    if (member.instance) static_members_[*member.instance] = member.id;
    CountProtocols(member, 1);
  }
  if (!members_.empty() && !protocol_) protocol_ = std::string();
  leader_ = value.leader ? std::string(*value.leader) : std::string();
  if (members_.empty()) {
    leader_.clear();
  } else if (Find(leader_) == nullptr) {
    leader_ = members_.front().id;
  }
  state_ = members_.empty() ? ClassicState::kEmpty : ClassicState::kStable;
  ReadSubscriptions();
}

void ClassicGroup::StartSessions(Turn& turn) {
  for (ClassicMember& member : members_) RenewSession(member, turn);
  if (members_.size() > static_cast<size_t>(std::max(config_.max_size, 0))) {
    PrepareRebalance(turn);  // the limit was lowered: gives members a chance to commit and rejoin
  }
}

void ClassicGroup::ApplyCommitted(const GroupMetadataValue& value) {
  has_record_ = true;
  const bool is_assignment =
      state_ == ClassicState::kCompletingRebalance && value.generation == generation_;
  if (!is_assignment) return;  // written by a state that is over, or it changes nothing
  for (const GroupMetadataValueMemberMetadata& written : value.members) {
    if (ClassicMember* member = Find(written.member_id)) member->assignment = written.assignment;
  }
  state_ = ClassicState::kStable;
  state_since_ms_ = value.current_state_timestamp;
}

void ClassicGroup::BeginDelete() {
  CHECK(state_ == ClassicState::kEmpty);
  pending_.clear();
  state_ = ClassicState::kDead;
}

void ClassicGroup::CancelDelete() {
  CHECK(state_ == ClassicState::kDead);
  state_ = ClassicState::kEmpty;
}

bool ClassicGroup::IsDisposable() const {
  return state_ == ClassicState::kEmpty && pending_.empty() && !has_record_ &&
         writes_in_flight_ == 0;
}

}  // namespace odradek::group
