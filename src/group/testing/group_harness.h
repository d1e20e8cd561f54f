// GroupHarness: a group coordinator with a fake log, held time and one call per thing a client
// does.
//
// Every call checks the invariants of all groups afterwards. Answers that wait for others are
// Answered<T>: ready() once they came. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "coordinator/testing/shard_harness.h"
#include "group/group_coordinator.h"

namespace odradek::group {

template <class T>
class Answered {
 public:
  bool ready() const { return answer_->has_value(); }
  const T& operator*() const { return CHECK(ready()), **answer_; }
  const T* operator->() const { return &**this; }
  // For the coordinator: may be called once.
  UniqueFunction<void(T)> Callback() {
    return [answer = answer_](T value) {
      CHECK(!answer->has_value());
      *answer = std::move(value);
    };
  }

 private:
  std::shared_ptr<std::optional<T>> answer_ = std::make_shared<std::optional<T>>();
};

struct TestJoin {
  std::string group = "g";
  std::string member = {};
  OptionalString instance = std::nullopt;
  std::string client_id = "client";
  std::string protocol_type = "consumer";
  std::vector<std::pair<std::string, std::string>> protocols = {{"range", "range-metadata"}};
  Millis session_timeout_ms = 10'000;
  Millis rebalance_timeout_ms = 60'000;
  bool needs_known_member_id = false;
  bool takes_skip_assignment = true;
};

// Who a client is after its join was answered.
struct TestMember {
  std::string id = {};
  int32_t generation = -1;
  OptionalString instance = std::nullopt;
  std::string group = "g";
};

class GroupHarness : public coordinator::ShardHarness {
 public:
  static constexpr int32_t kNode = 0;

  GroupHarness();
  ~GroupHarness();

  GroupConfig& config() { return config_; }
  GroupCoordinator& groups() { return *groups_; }
  // Stops the coordinator and starts another one over the same log.
  void Restart();

  Answered<JoinAnswer> Join(const TestJoin& join);
  // `assignments`: member id and assignment; leaders only.
  Answered<SyncAnswer> Sync(const TestMember& member,
                            std::vector<std::pair<std::string, std::string>> assignments = {});
  Answered<SyncAnswer> Sync(const SyncCommand& command);
  ErrorCode Heartbeat(const TestMember& member);
  Answered<LeaveAnswer> Leave(const std::string& group, std::vector<LeavingMember> members);
  Answered<LeaveAnswer> Leave(const TestMember& member);

  // Commits one partition. No member: a client that is none.
  Answered<CommitAnswer> Commit(const TestMember& member, const std::string& topic,
                                int32_t partition, int64_t offset,
                                const std::string& metadata = "");
  Answered<CommitAnswer> Commit(const CommitCommand& command);
  FetchedPartition Fetch(const std::string& group, const std::string& topic, int32_t partition,
                         const Uuid& id = Uuid());
  FetchAnswer FetchAll(const std::string& group);
  // `command` must live until the answer is there.
  Answered<FetchAnswer> Fetch(const FetchCommand& command);
  Answered<DeleteOffsetsAnswer> DeleteOffsets(const std::string& group, const std::string& topic,
                                              int32_t partition);

  DescribeAnswer Describe(const std::string& group = "g");
  std::string State(const std::string& group = "g") { return Describe(group).state; }
  Answered<ErrorCode> DeleteGroup(const std::string& group);
  std::vector<ListedGroup> List();

  // A group of `size` new dynamic members that is stable; the first one leads.
  std::vector<TestMember> StableGroup(size_t size, const TestJoin& join = {});
  TestMember StableMember(const TestJoin& join = {}) { return StableGroup(1, join).front(); }
  // The same member again, in the generation that it was told.
  static TestMember Told(const JoinAnswer& answer, const TestJoin& join = {});
  // A JoinGroup of a known member.
  static TestJoin Rejoin(const TestMember& member, TestJoin join = {});
  // What a consumer says of itself: version 0 of the embedded protocol.
  static std::string Subscription(const std::vector<std::string>& topics);

  void Check() { groups_->CheckInvariants(); }

 private:
  void Start();

  GroupConfig config_;
  std::unique_ptr<GroupCoordinator> groups_;
};

}  // namespace odradek::group
