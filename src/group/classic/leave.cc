// LeaveGroup: members that go by themselves, and static ones that an administrator removes.
#include <utility>

#include "group/classic/classic_group.h"

namespace odradek::group {

void ClassicGroup::Leave(const LeaveCommand& command, LeaveDone done, Turn& turn) {
  LeaveAnswer answer;
  if (state_ == ClassicState::kDead) {
    answer.error = ErrorCode::kCoordinatorNotAvailable;
    turn.Reply(std::move(done), std::move(answer));
    return;
  }
  bool any_left = false;
  for (const LeavingMember& leaving : command.members) {
    ErrorCode error = ErrorCode::kNone;
    if (leaving.member.empty()) {
      const auto known =
          leaving.instance ? static_members_.find(*leaving.instance) : static_members_.end();
      error = known == static_members_.end() ? ErrorCode::kUnknownMemberId : ErrorCode::kNone;
      if (error == ErrorCode::kNone) Remove(*Find(known->second), turn);
    } else if (pending_.erase(std::string(leaving.member)) == 0) {
      error = CheckMember(leaving.member, leaving.instance);
      if (error == ErrorCode::kNone) Remove(*Find(leaving.member), turn);
    }
    any_left = any_left || error == ErrorCode::kNone;
    answer.members.push_back(error);
  }
  const size_t writes_before = turn.writes().size();
  if (any_left && state_ != ClassicState::kEmpty) MaybePrepareRebalance(turn);
  if (turn.writes().size() == writes_before) {
    turn.Reply(std::move(done), std::move(answer));
    return;
  }
  // The last one went: answered when that is in the log.
  auto written = std::move(turn.writes().back().done);
  turn.writes().back().done = [written = std::move(written), done = std::move(done),
                               answer = std::move(answer)](const Status& status,
                                                           Turn& next) mutable {
    written(status, next);
    if (!status.ok()) answer = {.error = WriteError(status), .members = {}};
    next.Reply(std::move(done), std::move(answer));
  };
}

}  // namespace odradek::group
