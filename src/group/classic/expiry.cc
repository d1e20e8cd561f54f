// What happens when time passes: sessions end, ids lapse, phases time out.
#include <algorithm>
#include <utility>
#include <vector>

#include "group/classic/classic_group.h"

namespace odradek::group {

void ClassicGroup::OnTimer(Turn& turn) {
  const Millis now = turn.now_ms();
  if (std::erase_if(pending_, [now](const auto& entry) { return entry.second <= now; }) > 0 &&
      state_ == ClassicState::kPreparingRebalance && AllJoined()) {
    CompleteJoin(turn);
  }
  std::vector<std::string> expired;
  for (const ClassicMember& member : members_) {
    if (member.expires_at() <= now) expired.push_back(member.id);
  }
  for (const std::string& id : expired) {
    // An earlier one's end may have renewed it, or removed it.
    ClassicMember* member = Find(id);
    if (member != nullptr && member->expires_at() <= now) RemoveExpired(*member, turn);
  }
  if (join_deadline_ms_ <= now) {
    if (initial_rebalance_) {
      TryCompleteInitialJoin(turn);
    } else {
      CompleteJoin(turn);
    }
  }
  if (sync_deadline_ms_ <= now) ExpireSync(turn);
  RecomputeEarliest();
}

void ClassicGroup::RemoveExpired(ClassicMember& member, Turn& turn) {
  Remove(member, turn);
  if (state_ == ClassicState::kPreparingRebalance) {
    if (AllJoined()) CompleteJoin(turn);
  } else {
    MaybePrepareRebalance(turn);
  }
}

// Members that took their JoinGroup answer and never asked for an assignment are gone.
void ClassicGroup::ExpireSync(Turn& turn) {
  sync_deadline_ms_ = coordinator::kNever;
  for (auto it = members_.begin(); it != members_.end();) {
    ClassicMember& member = *it++;
    if (member.awaits_sync) Remove(member, turn);
  }
  PrepareRebalance(turn);
}

void ClassicGroup::RecomputeEarliest() {
  earliest_ms_ = std::min(join_deadline_ms_, sync_deadline_ms_);
  for (const auto& [id, lapses] : pending_) Due(lapses);
  for (const ClassicMember& member : members_) Due(member.expires_at());
}

}  // namespace odradek::group
