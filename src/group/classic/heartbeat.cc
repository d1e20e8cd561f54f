// Heartbeat: renews the session, and tells whether to rejoin.
#include "base/check.h"
#include "group/classic/classic_group.h"

namespace odradek::group {

ErrorCode ClassicGroup::Heartbeat(const HeartbeatCommand& command, Turn& turn) {
  if (state_ == ClassicState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  const ErrorCode error = CheckMember(command.member, command.instance);
  if (error != ErrorCode::kNone) return error;
  if (command.generation != generation_) return ErrorCode::kIllegalGeneration;
  RenewSession(*Find(command.member), turn);
  switch (state_) {
    case ClassicState::kPreparingRebalance:
      return ErrorCode::kRebalanceInProgress;
    case ClassicState::kCompletingRebalance:  // its SyncGroup may be on the way
    case ClassicState::kStable:
      return ErrorCode::kNone;
    case ClassicState::kEmpty:
    case ClassicState::kDead:
      break;  // have no members
  }
  UNREACHABLE();
}

}  // namespace odradek::group
