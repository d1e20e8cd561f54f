// SyncGroup: the leader hands in the assignment, everybody gets a share once it is in the log.
#include <utility>

#include "base/check.h"
#include "group/classic/classic_group.h"
#include "group/group_records.h"

namespace odradek::group {

void ClassicGroup::Sync(const SyncCommand& command, SyncDone done, Turn& turn) {
  const ErrorCode error = CheckSync(command);
  if (error != ErrorCode::kNone) {
    turn.Reply<SyncAnswer>(std::move(done), {.error = error});
    return;
  }
  ClassicMember& member = *Find(command.member);
  MarkSynced(member);
  if (state_ == ClassicState::kStable) {
    turn.Reply(std::move(done), Assignment(member));
    return;
  }
  if (member.sync) AnswerSync(member, {.error = ErrorCode::kRebalanceInProgress}, turn);
  member.sync = std::move(done);
  if (leader_ == member.id) WriteAssignment(command, turn);
}

ErrorCode ClassicGroup::CheckSync(const SyncCommand& command) const {
  if (state_ == ClassicState::kEmpty) return ErrorCode::kUnknownMemberId;
  if (state_ == ClassicState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  const ErrorCode error = CheckMember(command.member, command.instance);
  if (error != ErrorCode::kNone) return error;
  if (command.generation != generation_) return ErrorCode::kIllegalGeneration;
  const bool other_type = command.protocol_type && *command.protocol_type != protocol_type_;
  const bool other_protocol = command.protocol && protocol_ && *command.protocol != *protocol_;
  if (other_type || other_protocol) return ErrorCode::kInconsistentGroupProtocol;
  if (state_ == ClassicState::kPreparingRebalance) return ErrorCode::kRebalanceInProgress;
  return ErrorCode::kNone;
}

void ClassicGroup::MarkSynced(ClassicMember& member) {
  if (member.awaits_sync) --unsynced_;
  member.awaits_sync = false;
  if (unsynced_ == 0) sync_deadline_ms_ = coordinator::kNever;
}

// Members that the leader gave nothing get an empty assignment.
void ClassicGroup::WriteAssignment(const SyncCommand& command, Turn& turn) {
  std::unordered_map<std::string_view, std::string_view> given;
  for (const AssignmentView& view : command.assignments) given[view.member] = view.assignment;
  Arena arena;
  GroupMetadataValue value = Persistent(arena);
  for (GroupMetadataValueMemberMetadata& member : value.members) {
    const auto found = given.find(member.member_id);
    member.assignment = found == given.end() ? std::string_view() : found->second;
  }
  Persist(
      value,
      [this, generation = generation_](const Status& status, Turn& next) {
        OnAssignmentWritten(generation, status, next);
      },
      turn);
}

// The record has been applied. Another rebalance may have begun while it was written; then those
// who wait have been told already.
void ClassicGroup::OnAssignmentWritten(int32_t generation, const Status& status, Turn& turn) {
  if (generation != generation_) return;
  if (status.ok() && state_ == ClassicState::kStable) {
    AnswerSyncs(ErrorCode::kNone, turn);
  } else if (!status.ok() && state_ == ClassicState::kCompletingRebalance) {
    for (ClassicMember& member : members_) member.assignment.clear();
    AnswerSyncs(WriteError(status), turn);
    MaybePrepareRebalance(turn);
  }
}

void ClassicGroup::AnswerSyncs(ErrorCode error, Turn& turn) {
  for (ClassicMember& member : members_) {
    if (!member.sync) continue;
    AnswerSync(member, error == ErrorCode::kNone ? Assignment(member) : SyncAnswer{.error = error},
               turn);
    RenewSession(member, turn);
  }
}

SyncAnswer ClassicGroup::Assignment(const ClassicMember& member) const {
  return {.protocol_type = protocol_type_, .protocol = protocol_, .assignment = member.assignment};
}

}  // namespace odradek::group
