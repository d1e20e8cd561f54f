// What the handlers ask of the group coordinator, and what it answers.
//
// Commands are views into the request: the coordinator copies what it keeps. Answers own their
// strings, because they leave the shard's mutex before they are encoded. No command knows a version
// of the protocol; where versions differ in behaviour, a field says what the client can take.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/clock.h"
#include "base/unique_function.h"
#include "base/uuid.h"
#include "protocol/errors.h"

namespace odradek::group {

using OptionalView = std::optional<std::string_view>;
using OptionalString = std::optional<std::string>;

// ---- membership of classic groups

struct ProtocolView {
  std::string_view name = {};
  std::string_view metadata = {};
};

struct JoinCommand {
  std::string_view group = {};
  std::string_view member = {};  // empty: a newcomer
  OptionalView instance = {};    // static membership
  std::string_view client_id = {};
  std::string_view client_host = {};  // "/127.0.0.1"
  std::string_view protocol_type = {};
  std::span<const ProtocolView> protocols = {};  // most preferred first
  Millis session_timeout_ms = 0;
  Millis rebalance_timeout_ms = 0;
  std::string_view reason = {};        // for the log
  bool needs_known_member_id = false;  // a dynamic newcomer is told its id first (v4+)
  bool takes_skip_assignment = false;  // understands skip_assignment (v9+)
};

struct JoinedMember {
  std::string id = {};
  OptionalString instance = {};
  std::string metadata = {};  // for the chosen protocol
};

struct JoinAnswer {
  ErrorCode error = ErrorCode::kNone;
  int32_t generation = -1;
  OptionalString protocol_type = {};
  OptionalString protocol = std::string();
  std::string leader = {};
  std::string member = {};
  bool skip_assignment = false;
  std::vector<JoinedMember> members = {};  // the leader alone gets them
};

struct AssignmentView {
  std::string_view member = {};
  std::string_view assignment = {};
};

struct SyncCommand {
  std::string_view group = {};
  std::string_view member = {};
  OptionalView instance = {};
  int32_t generation = -1;
  OptionalView protocol_type = {};  // checked if given
  OptionalView protocol = {};
  std::span<const AssignmentView> assignments = {};
};

struct SyncAnswer {
  ErrorCode error = ErrorCode::kNone;
  OptionalString protocol_type = {};
  OptionalString protocol = {};
  std::string assignment = {};
};

struct HeartbeatCommand {
  std::string_view group = {};
  std::string_view member = {};
  OptionalView instance = {};
  int32_t generation = -1;
};

struct LeavingMember {
  std::string_view member = {};
  OptionalView instance = {};
  std::string_view reason = {};  // for the log
};

struct LeaveCommand {
  std::string_view group = {};
  std::span<const LeavingMember> members = {};
};

struct LeaveAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::vector<ErrorCode> members = {};  // one per leaving member, in order; empty if `error` is set
};

// ---- offsets

struct CommitPartition {
  int32_t partition = 0;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string_view metadata = {};
};

struct CommitTopic {
  std::string_view name = {};
  Uuid id = {};  // zero: not known
  std::span<const CommitPartition> partitions = {};
};

struct CommitCommand {
  std::string_view group = {};
  std::string_view member = {};
  OptionalView instance = {};
  int32_t generation = -1;
  std::optional<Millis> retention_ms = {};  // overrides offsets.retention.minutes (v2-4)
  bool takes_group_id_not_found = false;    // v9+; older clients get ILLEGAL_GENERATION
  std::span<const CommitTopic> topics = {};
};

struct CommitAnswer {
  ErrorCode error = ErrorCode::kNone;      // if set, it holds for every partition
  std::vector<ErrorCode> partitions = {};  // in the order of the command's topics and partitions
};

struct FetchTopic {
  std::string_view name = {};
  Uuid id = {};  // zero: any incarnation of the name
  std::span<const int32_t> partitions = {};
};

struct FetchCommand {
  std::string_view group = {};
  std::optional<std::span<const FetchTopic>> topics = {};  // none: all with a commit
  OptionalView member = {};                                // checked by newer group types
  int32_t member_epoch = -1;
  bool require_stable = false;  // waits for commits that are on their way to the log
};

struct FetchedPartition {
  int32_t partition = 0;
  ErrorCode error = ErrorCode::kNone;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata = {};
};

struct FetchedTopic {
  std::string name = {};
  Uuid id = {};  // as asked for; zero if all were
  std::vector<FetchedPartition> partitions = {};
};

struct FetchAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::vector<FetchedTopic> topics = {};
};

struct DeleteOffsetsTopic {
  std::string_view name = {};
  std::span<const int32_t> partitions = {};
};

struct DeleteOffsetsCommand {
  std::string_view group = {};
  std::span<const DeleteOffsetsTopic> topics = {};
};

struct DeleteOffsetsAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::vector<ErrorCode> partitions = {};  // in the order of the command
};

// ---- administration

struct ListedGroup {
  std::string id = {};
  std::string protocol_type = {};
  std::string state = {};  // "Stable"
  std::string type = {};   // "classic"
};

struct ListAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::vector<ListedGroup> groups = {};
};

struct DescribedMember {
  std::string id = {};
  OptionalString instance = {};
  std::string client_id = {};
  std::string client_host = {};
  std::string metadata = {};  // both empty unless the group is stable
  std::string assignment = {};
};

struct DescribeAnswer {
  ErrorCode error = ErrorCode::kNone;  // kGroupIdNotFound: no classic group of that id
  std::string message = {};
  std::string state = "Dead";
  std::string protocol_type = {};
  std::string protocol = {};
  std::vector<DescribedMember> members = {};
};

struct DeletedTopic {
  std::string name = {};
  Uuid id = {};
};

// Where the coordinator of a key is.
struct Location {
  ErrorCode error = ErrorCode::kNone;
  int32_t node = -1;
};

using JoinDone = UniqueFunction<void(JoinAnswer)>;
using SyncDone = UniqueFunction<void(SyncAnswer)>;
using LeaveDone = UniqueFunction<void(LeaveAnswer)>;
using CommitDone = UniqueFunction<void(CommitAnswer)>;
using FetchDone = UniqueFunction<void(FetchAnswer)>;
using DeleteOffsetsDone = UniqueFunction<void(DeleteOffsetsAnswer)>;
using DeleteGroupDone = UniqueFunction<void(ErrorCode)>;

}  // namespace odradek::group
