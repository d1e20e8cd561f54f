#include "protocol/message/join_group.h"

#include <gtest/gtest.h>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

class JoinGroupTest : public GroupFixture {
 protected:
  ErrorCode ErrorOf(const JoinGroupRequest& request, int16_t version = 3) {
    const JoinGroupResponse& response = Call(version, request);
    EXPECT_EQ(response.generation_id, -1);
    EXPECT_TRUE(response.members.empty());
    return response.error_code;
  }
  JoinGroupRequest StaticJoinOf(std::string_view instance, std::string_view member = "") {
    JoinGroupRequest request = JoinOf("g", member);
    request.group_instance_id = instance;
    return request;
  }
};

TEST_F(JoinGroupTest, TheFirstMemberLeadsInEveryVersion) {
  for (int16_t version = 0; version <= 9; ++version) {
    SCOPED_TRACE(version);
    JoinGroupRequest request = JoinOf(arena().Copy("g" + std::to_string(version)));
    if (version >= 4) {
      const JoinGroupResponse& named = Call(version, request);
      EXPECT_EQ(named.error_code, ErrorCode::kMemberIdRequired);
      request.member_id = named.member_id;
    }
    const JoinGroupResponse& joined = Call(version, request);
    EXPECT_EQ(joined.error_code, ErrorCode::kNone);
    EXPECT_EQ(joined.generation_id, 1);
    EXPECT_EQ(joined.protocol_name, "range");
    EXPECT_EQ(joined.protocol_type.value_or("none"), version < 7 ? "none" : "consumer");
    EXPECT_EQ(joined.leader, joined.member_id);
    EXPECT_EQ(joined.member_id.substr(0, 5), "test-") << "the client's id comes first";
    EXPECT_FALSE(joined.skip_assignment);
    EXPECT_EQ(Only(joined.members).member_id, joined.member_id);
    EXPECT_EQ(Only(joined.members).metadata, "x");
    EXPECT_EQ(Only(joined.members).group_instance_id, std::nullopt);
  }
}

TEST_F(JoinGroupTest, ANewcomerWaitsUntilTheOthersHaveJoinedAgain) {
  const std::string_view first = JoinAlone("g");
  WireClient other(broker().port());
  other.Send(3, JoinOf("g", "", "y"));
  Settle();
  EXPECT_FALSE(other.socket().HasInput());

  const JoinGroupResponse& of_leader = Call(3, JoinOf("g", first));
  EXPECT_EQ(of_leader.generation_id, 2);
  EXPECT_EQ(of_leader.leader, first);
  ASSERT_EQ(of_leader.members.size(), 2U);
  const auto& newcomer = Receive<JoinGroupResponse>(other, 3);
  EXPECT_EQ(newcomer.error_code, ErrorCode::kNone);
  EXPECT_EQ(newcomer.generation_id, 2);
  EXPECT_EQ(newcomer.leader, first);
  EXPECT_TRUE(newcomer.members.empty()) << "the leader alone is told of the others";
  const auto& listed = Find(of_leader.members, [&](const JoinGroupResponseMember& member) {
    return member.member_id == newcomer.member_id;
  });
  EXPECT_EQ(listed.metadata, "y");
}

TEST_F(JoinGroupTest, V0WaitsForTheOthersAsLongAsTheirSessionsLast) {
  JoinGroupRequest request = JoinOf("g");
  request.rebalance_timeout_ms = -1;  // v0 has no such field
  request.member_id = Call(0, request).member_id;
  WireClient other(broker().port());
  other.Send(0, JoinOf("g"));
  Settle();
  EXPECT_FALSE(other.socket().HasInput());
  EXPECT_EQ(Call(0, request).generation_id, 2);
  EXPECT_EQ(Receive<JoinGroupResponse>(other, 0).generation_id, 2);
}

TEST_F(JoinGroupTest, RefusesWhatNoGroupTakes) {
  EXPECT_EQ(ErrorOf(JoinOf("")), ErrorCode::kInvalidGroupId);
  EXPECT_EQ(ErrorOf(JoinOf("g", "invented")), ErrorCode::kUnknownMemberId);
  JoinGroupRequest request = JoinOf("g");
  request.session_timeout_ms = 5999;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInvalidSessionTimeout);
  request.session_timeout_ms = 1'800'001;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInvalidSessionTimeout);
  request = JoinOf("g");
  request.protocols = {};
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInconsistentGroupProtocol);
  request = JoinOf("g");
  request.protocol_type = "";
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInconsistentGroupProtocol);
}

TEST_F(JoinGroupTest, RefusesAMemberThatSharesNoProtocol) {
  JoinAlone("g");
  JoinGroupRequest request = JoinOf("g");
  request.protocol_type = "connect";
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInconsistentGroupProtocol);
  request = JoinOf("g");
  request.protocols[0].name = "sticky";
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(Call(6, request).protocol_name, "") << "null came with v7";
  EXPECT_EQ(Call(7, request).protocol_name, std::nullopt);
}

TEST_F(JoinGroupTest, TakesNoMoreThanTheGroupHolds) {
  Start({.settings = {"group.max.size=1"}});
  MakeStable("g");
  EXPECT_EQ(ErrorOf(JoinOf("g")), ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(ErrorOf(JoinOf("g"), 5), ErrorCode::kGroupMaxSizeReached);
}

TEST_F(JoinGroupTest, AStaticMemberReturnsWithoutARebalance) {
  const JoinGroupResponse& first = Call(9, StaticJoinOf("i"));
  EXPECT_EQ(first.error_code, ErrorCode::kNone) << "admitted in one step";
  EXPECT_EQ(Only(first.members).group_instance_id, "i");
  EXPECT_EQ(Call(5, SyncOf("g", first.member_id, 1)).error_code, ErrorCode::kNone);

  const JoinGroupResponse& v5 = Call(5, StaticJoinOf("i"));
  EXPECT_EQ(v5.generation_id, 1);
  EXPECT_EQ(v5.leader, first.member_id) << "acts as a follower: cannot be told to skip";
  const JoinGroupResponse& v9 = Call(9, StaticJoinOf("i"));
  EXPECT_EQ(v9.generation_id, 1);
  EXPECT_EQ(v9.leader, v9.member_id);
  EXPECT_TRUE(v9.skip_assignment);
  EXPECT_EQ(Only(v9.members).group_instance_id, "i");
}

TEST_F(JoinGroupTest, AnInstanceIdBelongsToOneMember) {
  const std::string_view member = Call(5, StaticJoinOf("i")).member_id;
  EXPECT_EQ(ErrorOf(StaticJoinOf("i", "stranger"), 5), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(ErrorOf(StaticJoinOf("j", member), 5), ErrorCode::kUnknownMemberId);
}

TEST_F(JoinGroupTest, IsForTheCoordinator) {
  Start({.nodes = 2});
  EXPECT_EQ(Call(5, JoinOf("g"), StrangerTo("g")).error_code, ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace odradek::api
