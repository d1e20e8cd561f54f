#include "protocol/message/describe_groups.h"

#include <gtest/gtest.h>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

using Group = DescribeGroupsResponseDescribedGroup;

class DescribeGroupsTest : public GroupFixture {
 protected:
  DescribeGroupsRequest Of(std::initializer_list<std::string_view> groups) {
    DescribeGroupsRequest request;
    request.groups = List(groups);
    return request;
  }
  const Group& Describe(std::string_view group, int16_t version = 5) {
    return Only(Call(version, Of({group})).groups);
  }
};

TEST_F(DescribeGroupsTest, TellsOfAStableGroupInEveryVersion) {
  const std::string_view member = MakeStable("g");
  for (int16_t version = 0; version <= 6; ++version) {
    SCOPED_TRACE(version);
    const Group& group = Describe("g", version);
    EXPECT_EQ(group.error_code, ErrorCode::kNone);
    EXPECT_EQ(group.error_message, std::nullopt);
    EXPECT_EQ(group.group_id, "g");
    EXPECT_EQ(group.group_state, "Stable");
    EXPECT_EQ(group.protocol_type, "consumer");
    EXPECT_EQ(group.protocol_data, "range");
    const auto& described = Only(group.members);
    EXPECT_EQ(described.member_id, member);
    EXPECT_EQ(described.group_instance_id, std::nullopt);
    EXPECT_EQ(described.client_id, "test");
    EXPECT_EQ(described.client_host, "/127.0.0.1");
    EXPECT_EQ(described.member_metadata, "x");
    EXPECT_EQ(described.member_assignment, "mine");
  }
}

TEST_F(DescribeGroupsTest, FollowsAGroupThroughItsLife) {
  EXPECT_EQ(Describe("g").group_state, "Dead");
  const std::string_view member = JoinAlone("g");
  const Group& completing = Describe("g");
  EXPECT_EQ(completing.group_state, "CompletingRebalance");
  EXPECT_EQ(Only(completing.members).member_metadata, "") << "told while stable alone";
  WireClient other(broker().port());
  other.Send(3, JoinOf("g"));
  Settle();
  const Group& preparing = Describe("g");
  EXPECT_EQ(preparing.group_state, "PreparingRebalance");
  EXPECT_EQ(preparing.protocol_data, "");
  EXPECT_EQ(preparing.members.size(), 2U);
  Leave("g", member);
  Leave("g", Receive<JoinGroupResponse>(other, 3).member_id);
  const Group& empty = Describe("g");
  EXPECT_EQ(empty.group_state, "Empty");
  EXPECT_EQ(empty.protocol_type, "consumer");
  EXPECT_TRUE(empty.members.empty());
}

TEST_F(DescribeGroupsTest, AnUnknownGroupIsAnErrorFromV6On) {
  const Group& v5 = Describe("missing", 5);
  EXPECT_EQ(v5.error_code, ErrorCode::kNone);
  EXPECT_EQ(v5.group_state, "Dead");
  const Group& v6 = Describe("missing", 6);
  EXPECT_EQ(v6.error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_TRUE(v6.error_message.has_value());
  EXPECT_EQ(v6.group_state, "Dead");
}

TEST_F(DescribeGroupsTest, TellsInstanceIdsFromV4On) {
  JoinGroupRequest join = JoinOf("g");
  join.group_instance_id = "i";
  EXPECT_EQ(Call(5, join).error_code, ErrorCode::kNone);
  EXPECT_EQ(Only(Describe("g", 3).members).group_instance_id, std::nullopt);
  EXPECT_EQ(Only(Describe("g", 4).members).group_instance_id, "i");
}

TEST_F(DescribeGroupsTest, AnswersSeveralGroupsInOrderWithOperationsIfAsked) {
  MakeStable("a");
  DescribeGroupsRequest request = Of({"missing", "a"});
  request.include_authorized_operations = true;
  const DescribeGroupsResponse& response = Call(6, request);
  ASSERT_EQ(response.groups.size(), 2U);
  EXPECT_EQ(response.groups[0].group_id, "missing");
  EXPECT_EQ(response.groups[0].authorized_operations, INT32_MIN);
  EXPECT_EQ(response.groups[1].group_id, "a");
  EXPECT_EQ(response.groups[1].authorized_operations, 3400);
  EXPECT_EQ(Describe("a").authorized_operations, INT32_MIN);
  EXPECT_TRUE(Call(6, Of({})).groups.empty());
}

TEST_F(DescribeGroupsTest, IsForTheCoordinator) {
  Start({.nodes = 2});
  const auto& response = Call(5, Of({"g"}), StrangerTo("g"));
  EXPECT_EQ(Only(response.groups).error_code, ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace odradek::api
