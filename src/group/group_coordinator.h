// GroupCoordinator: the face of all groups of a cluster, for the handlers and for nobody else.
//
// A group belongs to one partition of __consumer_offsets and is served by the shard of that
// partition (group_shard.h); the node that leads the partition is the group's coordinator, and a
// call that came in on another node is answered NOT_COORDINATOR. Shards load their partition at
// first use; until then their groups answer COORDINATOR_LOAD_IN_PROGRESS.
//
// Owner: the cluster. Thread: any. Calls return at once; an answer that waits for other members or
// for the log comes through the `done` argument, exactly once, on any thread, without a lock held.
// Errors: Kafka's codes, in the order in which Kafka checks. Time: Env's clock and scheduler.
// Source: GroupCoordinatorService of Apache Kafka.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/env.h"
#include "base/mutex.h"
#include "coordinator/coordinator_runtime.h"
#include "coordinator/partition_writer.h"
#include "group/group_commands.h"
#include "group/group_config.h"

namespace odradek::group {

class GroupCoordinator {
 public:
  // Read whenever an operation starts, so that dynamic configs take effect at once. Thread-safe.
  using ConfigProvider = std::function<GroupConfig()>;

  // `env` and `writer` outlive the coordinator.
  GroupCoordinator(const Env& env, coordinator::PartitionWriter& writer, ConfigProvider config);
  ~GroupCoordinator();
  GroupCoordinator(const GroupCoordinator&) = delete;
  GroupCoordinator& operator=(const GroupCoordinator&) = delete;

  // Starts loading every shard, so that members known from before a restart have their sessions
  // watched and lists are complete. Optional: shards also load at first use.
  void LoadAll();
  // Answers everything parked with NOT_COORDINATOR, cancels timers; later calls are answered the
  // same.
  void Stop();

  // The coordinator of a group; creates __consumer_offsets at first use.
  Location Find(std::string_view group);

  void Join(int32_t node, const JoinCommand& command, JoinDone done);
  void Sync(int32_t node, const SyncCommand& command, SyncDone done);
  ErrorCode Heartbeat(int32_t node, const HeartbeatCommand& command);
  void Leave(int32_t node, const LeaveCommand& command, LeaveDone done);

  void CommitOffsets(int32_t node, const CommitCommand& command, CommitDone done);
  // `command` must stay valid until `done` has run.
  void FetchOffsets(int32_t node, const FetchCommand& command, FetchDone done);
  void DeleteOffsets(int32_t node, const DeleteOffsetsCommand& command, DeleteOffsetsDone done);

  // Groups coordinated by `node`, filtered case-insensitively; an empty filter lets all through.
  ListAnswer List(int32_t node, std::span<const std::string_view> states,
                  std::span<const std::string_view> types);
  DescribeAnswer Describe(int32_t node, std::string_view group);
  void DeleteGroup(int32_t node, std::string_view group, DeleteGroupDone done);

  // Removes the committed offsets of topics that are gone, in all groups.
  void OnTopicsDeleted(std::span<const DeletedTopic> topics);

  // Aborts the process if an invariant of any loaded group does not hold. For tests.
  void CheckInvariants();

 private:
  using RuntimeRef = std::shared_ptr<coordinator::CoordinatorRuntime>;
  struct Route {
    ErrorCode error = ErrorCode::kNone;
    RuntimeRef runtime;
  };

  // The shard that serves `group` on `node`, loaded; or why there is none.
  Route RouteTo(int32_t node, std::string_view group);
  static ErrorCode Ready(coordinator::CoordinatorRuntime& runtime);
  // Null once stopped.
  RuntimeRef RuntimeOf(int32_t partition) EXCLUDES(mutex_);
  // Runs `operation(GroupShard&, Turn&)` on the group's shard; otherwise says why not.
  template <class Operation>
  ErrorCode Run(int32_t node, std::string_view group, Operation&& operation);
  template <class Operation>
  ErrorCode RunOn(coordinator::CoordinatorRuntime& runtime, Operation&& operation);

  const Env env_;
  coordinator::PartitionWriter& writer_;
  const ConfigProvider config_;
  Mutex mutex_;  // leaf: guards the list, not the shards
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::vector<RuntimeRef> runtimes_ GUARDED_BY(mutex_);  // by partition; null: not used yet
};

}  // namespace odradek::group
