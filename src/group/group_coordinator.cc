#include "group/group_coordinator.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "group/group_shard.h"

namespace odradek::group {
namespace {

using coordinator::CoordinatorRuntime;
using coordinator::CoordinatorShard;
using coordinator::InternalTopic;
using coordinator::Readiness;
using coordinator::Turn;

constexpr InternalTopic kTopic = InternalTopic::kConsumerOffsets;

}  // namespace

GroupCoordinator::GroupCoordinator(const Env& env, coordinator::PartitionWriter& writer,
                                   ConfigProvider config)
    : env_(env), writer_(writer), config_(std::move(config)) {}

GroupCoordinator::~GroupCoordinator() { Stop(); }

// ---- shards

void GroupCoordinator::LoadAll() {
  const int32_t partitions = writer_.PartitionCount(kTopic);
  for (int32_t partition = 0; partition < partitions; ++partition) {
    if (const RuntimeRef runtime = RuntimeOf(partition)) runtime->Prepare();
  }
}

void GroupCoordinator::Stop() {
  std::vector<RuntimeRef> runtimes;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    runtimes.swap(runtimes_);
  }
  for (const RuntimeRef& runtime : runtimes) {
    if (runtime != nullptr) runtime->Stop();
  }
}

GroupCoordinator::RuntimeRef GroupCoordinator::RuntimeOf(int32_t partition) {
  const auto index = static_cast<size_t>(partition);
  {
    MutexLock lock(mutex_);
    if (stopped_) return nullptr;
    if (index < runtimes_.size() && runtimes_[index] != nullptr) return runtimes_[index];
  }
  auto shard = std::make_unique<GroupShard>(*env_.random);
  shard->set_config(config_());
  auto made =
      std::make_shared<CoordinatorRuntime>(env_, writer_, kTopic, partition, std::move(shard));
  MutexLock lock(mutex_);
  if (stopped_) return nullptr;
  if (index >= runtimes_.size()) runtimes_.resize(index + 1);
  if (runtimes_[index] == nullptr) runtimes_[index] = std::move(made);  // or another was quicker
  return runtimes_[index];
}

ErrorCode GroupCoordinator::Ready(CoordinatorRuntime& runtime) {
  switch (runtime.Prepare()) {
    case Readiness::kReady:
      return ErrorCode::kNone;
    case Readiness::kLoading:
      return ErrorCode::kCoordinatorLoadInProgress;
    case Readiness::kUnavailable:
    case Readiness::kStopped:
      return ErrorCode::kNotCoordinator;
  }
  UNREACHABLE();
}

GroupCoordinator::Route GroupCoordinator::RouteTo(int32_t node, std::string_view group) {
  const int32_t partitions = writer_.PartitionCount(kTopic);
  if (partitions <= 0) return {ErrorCode::kNotCoordinator, nullptr};
  const int32_t partition = coordinator::PartitionFor(group, partitions);
  if (writer_.Leader(kTopic, partition) != node) return {ErrorCode::kNotCoordinator, nullptr};
  RuntimeRef runtime = RuntimeOf(partition);
  if (runtime == nullptr) return {ErrorCode::kNotCoordinator, nullptr};
  const ErrorCode error = Ready(*runtime);
  return {error, std::move(runtime)};
}

template <class Operation>
ErrorCode GroupCoordinator::RunOn(CoordinatorRuntime& runtime, Operation&& operation) {
  const GroupConfig config = config_();
  const bool ran = runtime.Run([&](CoordinatorShard& shard, Turn& turn) {
    auto& groups = static_cast<GroupShard&>(shard);
    groups.set_config(config);
    operation(groups, turn);
  });
  return ran ? ErrorCode::kNone : ErrorCode::kNotCoordinator;
}

template <class Operation>
ErrorCode GroupCoordinator::Run(int32_t node, std::string_view group, Operation&& operation) {
  const Route route = RouteTo(node, group);
  if (route.error != ErrorCode::kNone) return route.error;
  return RunOn(*route.runtime, std::forward<Operation>(operation));
}

Location GroupCoordinator::Find(std::string_view group) {
  const int32_t partitions = writer_.EnsurePartitions(kTopic);
  if (partitions <= 0) return {ErrorCode::kCoordinatorNotAvailable, -1};
  const int32_t leader = writer_.Leader(kTopic, coordinator::PartitionFor(group, partitions));
  if (leader == coordinator::PartitionWriter::kNoNode) {
    return {ErrorCode::kCoordinatorNotAvailable, -1};
  }
  return {ErrorCode::kNone, leader};
}

// ---- membership

void GroupCoordinator::Join(int32_t node, const JoinCommand& command, JoinDone done) {
  const GroupConfig config = config_();
  ErrorCode error = ErrorCode::kNone;
  if (command.group.empty()) {
    error = ErrorCode::kInvalidGroupId;
  } else if (command.session_timeout_ms < config.min_session_timeout_ms ||
             command.session_timeout_ms > config.max_session_timeout_ms) {
    error = ErrorCode::kInvalidSessionTimeout;
  } else {
    error = Run(node, command.group,
                [&](GroupShard& shard, Turn& turn) { shard.Join(command, std::move(done), turn); });
    if (error == ErrorCode::kNone) return;
    done({.error = error});
    return;
  }
  done({.error = error, .member = std::string(command.member)});
}

void GroupCoordinator::Sync(int32_t node, const SyncCommand& command, SyncDone done) {
  ErrorCode error = ErrorCode::kInvalidGroupId;
  if (!command.group.empty()) {
    error = Run(node, command.group,
                [&](GroupShard& shard, Turn& turn) { shard.Sync(command, std::move(done), turn); });
  }
  if (error != ErrorCode::kNone) done({.error = error});
}

ErrorCode GroupCoordinator::Heartbeat(int32_t node, const HeartbeatCommand& command) {
  if (command.group.empty()) return ErrorCode::kInvalidGroupId;
  ErrorCode answer = ErrorCode::kNone;
  const ErrorCode error = Run(node, command.group, [&](GroupShard& shard, Turn& turn) {
    answer = shard.Heartbeat(command, turn);
  });
  // While the group is loaded nothing can be said; its sessions start when that is done.
  if (error == ErrorCode::kCoordinatorLoadInProgress) return ErrorCode::kNone;
  return error == ErrorCode::kNone ? answer : error;
}

void GroupCoordinator::Leave(int32_t node, const LeaveCommand& command, LeaveDone done) {
  ErrorCode error = ErrorCode::kInvalidGroupId;
  if (!command.group.empty()) {
    error = Run(node, command.group, [&](GroupShard& shard, Turn& turn) {
      shard.Leave(command, std::move(done), turn);
    });
  }
  if (error != ErrorCode::kNone) done({.error = error, .members = {}});
}

// ---- offsets

void GroupCoordinator::CommitOffsets(int32_t node, const CommitCommand& command, CommitDone done) {
  const ErrorCode error = Run(node, command.group, [&](GroupShard& shard, Turn& turn) {
    shard.CommitOffsets(command, std::move(done), turn);
  });
  if (error != ErrorCode::kNone) done({.error = error, .partitions = {}});
}

void GroupCoordinator::FetchOffsets(int32_t node, const FetchCommand& command, FetchDone done) {
  const ErrorCode error = Run(node, command.group, [&](GroupShard& shard, Turn& turn) {
    shard.FetchOffsets(command, std::move(done), turn);
  });
  if (error != ErrorCode::kNone) done({.error = error, .topics = {}});
}

void GroupCoordinator::DeleteOffsets(int32_t node, const DeleteOffsetsCommand& command,
                                     DeleteOffsetsDone done) {
  ErrorCode error = ErrorCode::kInvalidGroupId;
  if (!command.group.empty()) {
    error = Run(node, command.group, [&](GroupShard& shard, Turn& turn) {
      shard.DeleteOffsets(command, std::move(done), turn);
    });
  }
  if (error != ErrorCode::kNone) done({.error = error, .partitions = {}});
}

void GroupCoordinator::OnTopicsDeleted(std::span<const DeletedTopic> topics) {
  const int32_t partitions = writer_.PartitionCount(kTopic);
  for (int32_t partition = 0; partition < partitions; ++partition) {
    const RuntimeRef runtime = RuntimeOf(partition);
    if (runtime == nullptr || Ready(*runtime) != ErrorCode::kNone) continue;
    RunOn(*runtime, [&](GroupShard& shard, Turn& turn) { shard.DeleteTopics(topics, turn); });
  }
}

void GroupCoordinator::CheckInvariants() {
  std::vector<RuntimeRef> runtimes;
  {
    MutexLock lock(mutex_);
    runtimes = runtimes_;
  }
  for (const RuntimeRef& runtime : runtimes) {
    if (runtime == nullptr) continue;
    runtime->Run(
        [](CoordinatorShard& shard, Turn&) { static_cast<GroupShard&>(shard).CheckInvariants(); });
  }
}

// ---- administration

ListAnswer GroupCoordinator::List(int32_t node, std::span<const std::string_view> states,
                                  std::span<const std::string_view> types) {
  ListAnswer answer;
  const int32_t partitions = writer_.PartitionCount(kTopic);
  for (int32_t partition = 0; partition < partitions; ++partition) {
    if (writer_.Leader(kTopic, partition) != node) continue;
    const RuntimeRef runtime = RuntimeOf(partition);
    if (runtime == nullptr) continue;
    const ErrorCode ready = Ready(*runtime);
    if (ready == ErrorCode::kNotCoordinator) continue;  // its groups are another's by now
    if (ready != ErrorCode::kNone) return {.error = ready, .groups = {}};
    RunOn(*runtime, [&](GroupShard& shard, Turn&) { shard.List(states, types, &answer.groups); });
  }
  std::sort(answer.groups.begin(), answer.groups.end(),
            [](const ListedGroup& a, const ListedGroup& b) { return a.id < b.id; });
  return answer;
}

DescribeAnswer GroupCoordinator::Describe(int32_t node, std::string_view group) {
  DescribeAnswer answer;
  const ErrorCode error =
      Run(node, group, [&](GroupShard& shard, Turn&) { answer = shard.Describe(group); });
  if (error != ErrorCode::kNone) {
    answer.error = error;
    answer.state.clear();
  }
  return answer;
}

void GroupCoordinator::DeleteGroup(int32_t node, std::string_view group, DeleteGroupDone done) {
  const ErrorCode error = Run(node, group, [&](GroupShard& shard, Turn& turn) {
    shard.DeleteGroup(group, std::move(done), turn);
  });
  if (error != ErrorCode::kNone) done(error);
}

}  // namespace odradek::group
