// Membership, administration, and what is common to all commands. Offsets: group_shard_offsets.cc.
#include "group/group_shard.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "config/parse.h"

namespace odradek::group {
namespace {

bool Passes(std::span<const std::string_view> filter, std::string_view value) {
  return filter.empty() || std::any_of(filter.begin(), filter.end(), [&](std::string_view wanted) {
           return config::EqualsIgnoringCase(wanted, value);
         });
}

}  // namespace

// ---- groups

Group* GroupShard::Find(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second.get();
}

ClassicGroup* GroupShard::Classic(std::string_view group) {
  Group* found = Find(group);
  if (found == nullptr || found->type() != GroupType::kClassic) return nullptr;
  return static_cast<ClassicGroup*>(found);
}

const ClassicGroup* GroupShard::FindClassic(std::string_view group) const {
  const Group* found = Find(group);
  if (found == nullptr || found->type() != GroupType::kClassic) return nullptr;
  return static_cast<const ClassicGroup*>(found);
}

ClassicGroup& GroupShard::MakeClassic(std::string_view group, Millis wall_ms) {
  auto made = std::make_unique<ClassicGroup>(std::string(group), config_, wall_ms);
  ClassicGroup& reference = *made;
  const bool inserted = groups_.emplace(std::string(group), std::move(made)).second;
  CHECK(inserted);
  return reference;
}

void GroupShard::Erase(std::string_view group) {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  deadlines_.Set(found->first, coordinator::kNever);
  groups_.erase(found);
}

void GroupShard::Requeue(Group& group) {
  const Millis deadline = group.NextDeadline();
  if (deadline == group.queued_deadline_ms) return;
  group.queued_deadline_ms = deadline;
  deadlines_.Set(group.id(), deadline);
}

// ---- membership

void GroupShard::Join(const JoinCommand& command, JoinDone done, Turn& turn) {
  ClassicGroup* group = Classic(command.group);
  if (group == nullptr && Find(command.group) != nullptr) {
    turn.Reply<JoinAnswer>(std::move(done), {.error = ErrorCode::kInconsistentGroupProtocol});
    return;
  }
  std::string fresh_id;
  if (command.member.empty()) {
    fresh_id = command.instance.value_or(command.client_id);
    fresh_id += '-';
    fresh_id += random_.NewUuid().ToDashedString();
  } else if (group == nullptr) {
    turn.Reply<JoinAnswer>(std::move(done), {.error = ErrorCode::kUnknownMemberId,
                                             .member = std::string(command.member)});
    return;
  }
  const bool is_new = group == nullptr;
  if (is_new) group = &MakeClassic(command.group, turn.wall_ms());
  group->Join(command, std::move(fresh_id), std::move(done), turn);
  if (is_new && group->IsDisposable()) {
    Erase(command.group);  // the join was refused
    return;
  }
  Requeue(*group);
  EnsureCleanup(turn);
}

void GroupShard::Sync(const SyncCommand& command, SyncDone done, Turn& turn) {
  ClassicGroup* group = Classic(command.group);
  if (group == nullptr) {
    turn.Reply<SyncAnswer>(std::move(done), {.error = ErrorCode::kUnknownMemberId});
    return;
  }
  group->Sync(command, std::move(done), turn);
  Requeue(*group);
}

ErrorCode GroupShard::Heartbeat(const HeartbeatCommand& command, Turn& turn) {
  ClassicGroup* group = Classic(command.group);
  if (group == nullptr) return ErrorCode::kUnknownMemberId;
  const ErrorCode error = group->Heartbeat(command, turn);
  Requeue(*group);
  return error;
}

void GroupShard::Leave(const LeaveCommand& command, LeaveDone done, Turn& turn) {
  ClassicGroup* group = Classic(command.group);
  if (group == nullptr) {
    LeaveAnswer answer;
    answer.members.assign(command.members.size(), ErrorCode::kUnknownMemberId);
    turn.Reply(std::move(done), std::move(answer));
    return;
  }
  group->Leave(command, std::move(done), turn);
  Requeue(*group);
}

// ---- administration

void GroupShard::List(std::span<const std::string_view> states,
                      std::span<const std::string_view> types,
                      std::vector<ListedGroup>* out) const {
  for (const auto& [id, group] : groups_) {
    const std::string_view type = GroupTypeName(group->type());
    if (!Passes(types, type)) continue;
    switch (group->type()) {
      case GroupType::kClassic: {
        const auto& classic = static_cast<const ClassicGroup&>(*group);
        const std::string_view state = ClassicStateName(classic.state());
        if (!Passes(states, state)) break;
        out->push_back({id, classic.protocol_type(), std::string(state), std::string(type)});
        break;
      }
    }
  }
}

DescribeAnswer GroupShard::Describe(std::string_view group) const {
  const ClassicGroup* classic = FindClassic(group);
  if (classic != nullptr) return classic->Describe();
  DescribeAnswer answer;
  answer.error = ErrorCode::kGroupIdNotFound;
  answer.message = Find(group) == nullptr
                       ? "Group " + std::string(group) + " not found."
                       : "Group " + std::string(group) + " is not a classic group.";
  return answer;
}

void GroupShard::DeleteGroup(std::string_view id, DeleteGroupDone done, Turn& turn) {
  ClassicGroup* group = Classic(id);
  if (group == nullptr || group->state() == ClassicState::kDead) {
    turn.Reply(std::move(done), ErrorCode::kGroupIdNotFound);
    return;
  }
  if (group->state() != ClassicState::kEmpty) {
    turn.Reply(std::move(done), ErrorCode::kNonEmptyGroup);
    return;
  }
  std::vector<coordinator::Record> records;
  offsets_.AddTombstones(id, turn.wall_ms(), &records);
  Delete(*group, std::move(records), std::move(done), turn);
}

// `records` remove the group's offsets; the group goes with them.
void GroupShard::Delete(ClassicGroup& group, std::vector<coordinator::Record> records,
                        DeleteGroupDone done, Turn& turn) {
  group.BeginDelete();
  // Also where no record of it is known: one may be on its way.
  records.push_back(GroupTombstone(group.id(), turn.wall_ms()));
  turn.Commit(std::move(records), [this, id = group.id(), done = std::move(done)](
                                      const Status& status, Turn& next) mutable {
    if (!status.ok()) {
      if (ClassicGroup* kept = Classic(id)) kept->CancelDelete();
    }
    if (done) next.Reply(std::move(done), WriteError(status));
  });
}

// ---- time

void GroupShard::EnsureCleanup(Turn& turn) {
  (void)wall_watch_.Look(turn.now_ms(), turn.wall_ms());
  if (next_cleanup_ms_ != coordinator::kNever) return;
  next_cleanup_ms_ = turn.now_ms() + config_.offsets_retention_check_interval_ms;
}

void GroupShard::OnTimer(Turn& turn) {
  while (auto due = deadlines_.PopDue(turn.now_ms())) {
    Group* group = Find(*due);
    CHECK(group != nullptr);
    group->queued_deadline_ms = coordinator::kNever;
    group->OnTimer(turn);
    Requeue(*group);
    if (group->queued_deadline_ms <= turn.now_ms()) break;  // in the next turn
  }
  if (next_cleanup_ms_ <= turn.now_ms()) CleanUp(turn);
}

Millis GroupShard::NextDeadline() const { return std::min(deadlines_.Next(), next_cleanup_ms_); }

// Removes offsets that nobody has needed for offsets.retention.minutes, and groups with nothing
// left.
void GroupShard::CleanUp(Turn& turn) {
  const Millis wall_ms = wall_watch_.Look(turn.now_ms(), turn.wall_ms());
  std::vector<coordinator::Record> expired;
  std::vector<std::string> unused;
  for (const auto& [id, group] : groups_) {
    switch (group->type()) {
      case GroupType::kClassic: {
        auto& classic = static_cast<ClassicGroup&>(*group);
        if (classic.state() == ClassicState::kDead) break;
        std::vector<coordinator::Record> records;
        const bool nothing_left = CollectExpired(classic, wall_ms, &records);
        if (!nothing_left || classic.state() != ClassicState::kEmpty) {
          std::move(records.begin(), records.end(), std::back_inserter(expired));
        } else if (records.empty() && classic.IsDisposable()) {
          unused.push_back(id);
        } else {
          Delete(classic, std::move(records), {}, turn);
        }
        break;
      }
    }
  }
  for (const std::string& id : unused) Erase(id);
  if (!expired.empty()) turn.Commit(std::move(expired));
  next_cleanup_ms_ = coordinator::kNever;
  if (!groups_.empty()) EnsureCleanup(turn);
}

void GroupShard::OnUnload(Turn& turn) {
  for (const auto& [id, group] : groups_) group->OnUnload(turn);
}

// ---- records

void GroupShard::Replay(const coordinator::RecordView& record, coordinator::ReplayMode mode) {
  const auto key = ParseKey(record.key);
  if (!key) {
    LOG_WARN("a record of __consumer_offsets has a malformed key of {} bytes", record.key.size());
    return;
  }
  switch (key->kind) {
    case KeyKind::kGroup:
      ReplayGroup(key->group, record, mode);
      return;
    case KeyKind::kOffset:
      ReplayOffset(*key, record);
      return;
    case KeyKind::kOther:
      LOG_DEBUG("a record of __consumer_offsets is of a kind that is not known here");
      return;
  }
}

void GroupShard::ReplayGroup(std::string_view id, const coordinator::RecordView& record,
                             coordinator::ReplayMode mode) {
  if (!record.value) {
    Erase(id);
    return;
  }
  Arena arena;
  const auto value = ParseGroup(*record.value, arena);
  if (!value) {
    LOG_WARN("the record of group {} is malformed", id);
    return;
  }
  ClassicGroup* group = Classic(id);
  if (mode == coordinator::ReplayMode::kCommit) {
    CHECK(group != nullptr);  // it wrote the record, and nothing erases it before
    group->ApplyCommitted(*value);
    return;
  }
  if (group == nullptr) group = &MakeClassic(id, record.timestamp_ms);
  group->Load(*value);
}

void GroupShard::NoteInFlight(const coordinator::Record& record) {
  const auto key = ParseKey(record.key);
  CHECK(key.has_value());
  if (key->kind == KeyKind::kOffset) offsets_.NoteInFlight(*key);
}

void GroupShard::ForgetInFlight(const coordinator::Record& record) {
  const auto key = ParseKey(record.key);
  CHECK(key.has_value());
  if (key->kind == KeyKind::kOffset) offsets_.ForgetInFlight(*key);
}

void GroupShard::OnLoaded(Turn& turn) {
  for (const auto& [id, group] : groups_) {
    switch (group->type()) {
      case GroupType::kClassic:
        static_cast<ClassicGroup&>(*group).StartSessions(turn);
        break;
    }
    Requeue(*group);
  }
  if (!groups_.empty()) EnsureCleanup(turn);
}

void GroupShard::CheckInvariants() const {
  for (const auto& [id, group] : groups_) {
    CHECK(id == group->id());
    CHECK_LE(deadlines_.Next(), group->NextDeadline());
    switch (group->type()) {
      case GroupType::kClassic:
        static_cast<const ClassicGroup&>(*group).CheckInvariants();
        break;
    }
  }
}

}  // namespace odradek::group
