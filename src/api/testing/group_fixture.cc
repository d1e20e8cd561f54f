#include "api/testing/group_fixture.h"

#include "protocol/message/find_coordinator.h"
#include "protocol/message/heartbeat.h"
#include "protocol/message/leave_group.h"

namespace odradek::api {
namespace {

constexpr int32_t kTimeoutMs = 60'000;  // no test reaches it
constexpr std::string_view kProtocol = "range";

}  // namespace

void GroupFixture::Start(const RunningBrokerOptions& options) {
  BrokerFixture::Start(options);
  FindCoordinatorRequest request;
  request.key = "any";
  EXPECT_EQ(Call(0, request).error_code, ErrorCode::kNone);
}

JoinGroupRequest GroupFixture::JoinOf(std::string_view group, std::string_view member,
                                      std::string_view metadata) {
  JoinGroupRequest request;
  request.group_id = group;
  request.member_id = member;
  request.session_timeout_ms = kTimeoutMs;
  request.rebalance_timeout_ms = kTimeoutMs;
  request.protocol_type = "consumer";
  auto& protocol = request.protocols.Add(arena());
  protocol.name = kProtocol;
  protocol.metadata = metadata;
  return request;
}

std::string_view GroupFixture::JoinAlone(std::string_view group) {
  const JoinGroupResponse& joined = Call(3, JoinOf(group));
  EXPECT_EQ(joined.error_code, ErrorCode::kNone);
  return arena().Copy(joined.member_id);
}

SyncGroupRequest GroupFixture::SyncOf(std::string_view group, std::string_view member,
                                      int32_t generation, const Settings& assignments) {
  SyncGroupRequest request;
  request.group_id = group;
  request.member_id = member;
  request.generation_id = generation;
  request.protocol_type = "consumer";
  request.protocol_name = kProtocol;
  for (const auto& [whose, what] : assignments) {
    auto& assignment = request.assignments.Add(arena());
    assignment.member_id = whose;
    assignment.assignment = what;
  }
  return request;
}

std::string_view GroupFixture::MakeStable(std::string_view group) {
  const std::string_view member = JoinAlone(group);
  EXPECT_EQ(Call(3, SyncOf(group, member, 1, {{member, "mine"}})).error_code, ErrorCode::kNone);
  return member;
}

GroupFixture::Pair GroupFixture::JoinBoth(std::string_view group, WireClient& other) {
  Pair pair;
  pair.leader = JoinAlone(group);
  other.Send(3, JoinOf(group, "", "y"));
  Settle();
  EXPECT_EQ(Call(3, JoinOf(group, pair.leader)).generation_id, 2);
  pair.follower = Receive<JoinGroupResponse>(other, 3).member_id;
  return pair;
}

size_t GroupFixture::StrangerTo(std::string_view group) {
  return broker().cluster().groups().Find(group).node == 1 ? 1 : 0;
}

ErrorCode GroupFixture::Beat(std::string_view group, std::string_view member, int32_t generation) {
  HeartbeatRequest request;
  request.group_id = group;
  request.member_id = member;
  request.generation_id = generation;
  return Call(3, request).error_code;
}

void GroupFixture::Leave(std::string_view group, std::string_view member) {
  LeaveGroupRequest request;
  request.group_id = group;
  request.member_id = member;
  EXPECT_EQ(Call(2, request).error_code, ErrorCode::kNone);
}

OffsetCommitRequest GroupFixture::CommitOf(std::string_view group, std::string_view topic,
                                           int32_t partition, int64_t offset) {
  OffsetCommitRequest request;
  request.group_id = group;
  auto& asked = request.topics.Add(arena());
  asked.name = topic;
  asked.topic_id = TopicId(topic);
  auto& asked_partition = asked.partitions.Add(arena());
  asked_partition.partition_index = partition;
  asked_partition.committed_offset = offset;
  return request;
}

void GroupFixture::Commit(std::string_view group, std::string_view topic, int32_t partition,
                          int64_t offset) {
  const auto& response = Call(7, CommitOf(group, topic, partition, offset));
  EXPECT_EQ(Only(Only(response.topics).partitions).error_code, ErrorCode::kNone);
}

OffsetFetchRequest GroupFixture::OffsetFetchOf(std::string_view group, std::string_view topic,
                                               int32_t partition) {
  OffsetFetchRequest request;
  request.group_id = group;
  auto& asked = request.topics.Add(arena());
  asked.name = topic;
  asked.partition_indexes.Add(arena(), partition);
  return request;
}

int64_t GroupFixture::Committed(std::string_view group, std::string_view topic, int32_t partition) {
  const auto& response = Call(5, OffsetFetchOf(group, topic, partition));
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  return Only(Only(response.topics).partitions).committed_offset;
}

}  // namespace odradek::api
