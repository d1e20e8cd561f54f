// The join phase: from the first member that wants a new generation to the answers of all
// JoinGroups.
#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/endian.h"
#include "base/log.h"
#include "group/classic/classic_group.h"
#include "protocol/message/consumer_protocol_subscription.h"
#include "protocol/wire/reader.h"

namespace odradek::group {

void ClassicGroup::MaybePrepareRebalance(Turn& turn) {
  switch (state_) {
    case ClassicState::kEmpty:
    case ClassicState::kCompletingRebalance:
    case ClassicState::kStable:
      PrepareRebalance(turn);
      return;
    case ClassicState::kPreparingRebalance:
      MaybeCompleteJoin(turn);
      return;
    case ClassicState::kDead:
      return;
  }
}

void ClassicGroup::PrepareRebalance(Turn& turn) {
  LOG_DEBUG("group {}: rebalance after generation {}, {} members", id(), generation_,
            members_.size());
  if (state_ == ClassicState::kCompletingRebalance) {
    for (ClassicMember& member : members_) member.assignment.clear();
    AnswerSyncs(ErrorCode::kRebalanceInProgress, turn);
  }
  for (ClassicMember& member : members_) member.awaits_sync = false;
  unsynced_ = 0;
  sync_deadline_ms_ = coordinator::kNever;
  initial_rebalance_ = state_ == ClassicState::kEmpty;
  TransitionTo(ClassicState::kPreparingRebalance, turn);
  if (!initial_rebalance_) {
    join_deadline_ms_ = turn.now_ms() + RebalanceTimeout();
    Due(join_deadline_ms_);
    if (AllJoined()) CompleteJoin(turn);
    return;
  }
  // A group that starts gives others time to come, so that they share one generation.
  member_came_meanwhile_ = false;
  initial_delay_ms_ = config_.initial_rebalance_delay_ms;
  initial_remaining_ms_ = std::max<Millis>(RebalanceTimeout() - initial_delay_ms_, 0);
  join_deadline_ms_ = turn.now_ms() + initial_delay_ms_;
  Due(join_deadline_ms_);
  if (initial_delay_ms_ == 0) CompleteJoin(turn);
}

void ClassicGroup::MaybeCompleteJoin(Turn& turn) {
  if (state_ != ClassicState::kPreparingRebalance || initial_rebalance_ || !AllJoined()) return;
  CompleteJoin(turn);
}

// The initial delay is over: waits on if somebody came, but not beyond the longest time-out.
void ClassicGroup::TryCompleteInitialJoin(Turn& turn) {
  if (!member_came_meanwhile_ || initial_remaining_ms_ == 0) {
    CompleteJoin(turn);
    return;
  }
  member_came_meanwhile_ = false;
  const Millis waited_ms = initial_delay_ms_;
  initial_delay_ms_ = std::min(config_.initial_rebalance_delay_ms, initial_remaining_ms_);
  initial_remaining_ms_ = std::max<Millis>(initial_remaining_ms_ - waited_ms, 0);
  join_deadline_ms_ = turn.now_ms() + initial_delay_ms_;
  Due(join_deadline_ms_);
}

void ClassicGroup::CompleteJoin(Turn& turn) {
  CHECK(state_ == ClassicState::kPreparingRebalance);
  // Static members keep their place until their session ends.
  for (auto it = members_.begin(); it != members_.end();) {
    ClassicMember& member = *it++;
    if (!member.has_joined() && !member.is_static()) Remove(member, turn);
  }
  if (!members_.empty() && !ElectJoinedLeader()) {
    // Static members alone, and none is back: wait for one of them, or for their sessions' end.
    join_deadline_ms_ = turn.now_ms() + RebalanceTimeout();
    Due(join_deadline_ms_);
    return;
  }
  join_deadline_ms_ = coordinator::kNever;
  StartGeneration(turn);
}

void ClassicGroup::StartGeneration(Turn& turn) {
  ++generation_;
  initial_rebalance_ = false;
  if (members_.empty()) {
    protocol_.reset();
    ReadSubscriptions();
    TransitionTo(ClassicState::kEmpty, turn);
    WriteEmpty(turn);
    return;
  }
  protocol_ = SelectProtocol();
  ReadSubscriptions();
  TransitionTo(ClassicState::kCompletingRebalance, turn);
  for (ClassicMember& member : members_) {
    if (member.has_joined()) AnswerJoin(member, CurrentGeneration(member), turn);
    RenewSession(member, turn);
    member.is_new = false;
    member.awaits_sync = true;
  }
  unsynced_ = members_.size();
  sync_deadline_ms_ = turn.now_ms() + RebalanceTimeout();
  Due(sync_deadline_ms_);
}

// The leader stays while it rejoins; otherwise one who did takes over. False: nobody did.
bool ClassicGroup::ElectJoinedLeader() {
  if (Find(leader_)->has_joined()) return true;
  for (const ClassicMember& member : members_) {
    if (!member.has_joined()) continue;
    leader_ = member.id;
    return true;
  }
  return false;
}

// Each member votes for what it prefers among the protocols that all know; the most votes win, the
// earliest voter's choice if there are equals.
std::string ClassicGroup::SelectProtocol() const {
  std::vector<std::pair<std::string_view, size_t>> votes;
  for (const ClassicMember& member : members_) {
    for (const Protocol& protocol : member.protocols) {
      if (protocol_counts_.find(protocol.name)->second != members_.size()) continue;
      const auto counted = std::find_if(votes.begin(), votes.end(), [&](const auto& vote) {
        return vote.first == protocol.name;
      });
      if (counted == votes.end()) {
        votes.emplace_back(protocol.name, 1);
      } else {
        ++counted->second;
      }
      break;
    }
  }
  CHECK(!votes.empty());
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return std::string(most->first);
}

// Which topics the members consume, so that their offsets are not deleted under them. Every version
// of the embedded protocol begins like version 0.
void ClassicGroup::ReadSubscriptions() {
  subscribed_topics_.reset();
  if (!uses_consumer_protocol()) return;
  std::set<std::string, std::less<>> topics;
  if (!members_.empty() && !protocol_) return;
  for (const ClassicMember& member : members_) {
    const std::string_view metadata = member.Metadata(*protocol_);
    if (metadata.size() < sizeof(int16_t)) return;
    Arena arena;
    wire::Reader reader(metadata.substr(sizeof(int16_t)), arena);
    ConsumerProtocolSubscription subscription;
    if (!Decode(reader, 0, &subscription)) return;
    for (const std::string_view topic : subscription.topics) topics.emplace(topic);
  }
  subscribed_topics_ = std::move(topics);
}

}  // namespace odradek::group
