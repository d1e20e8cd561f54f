#include "protocol/message/leave_group.h"

#include <gtest/gtest.h>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

class LeaveGroupTest : public GroupFixture {
 protected:
  struct Leaving {
    std::string_view member;
    std::optional<std::string_view> instance = std::nullopt;
  };

  // v0-2: one member.
  LeaveGroupRequest OneOf(std::string_view group, std::string_view member) {
    LeaveGroupRequest request;
    request.group_id = group;
    request.member_id = member;
    return request;
  }
  // v3+: several.
  LeaveGroupRequest Of(std::string_view group, std::initializer_list<Leaving> leaving) {
    LeaveGroupRequest request;
    request.group_id = group;
    for (const Leaving& one : leaving) {
      auto& member = request.members.Add(arena());
      member.member_id = one.member;
      member.group_instance_id = one.instance;
      member.reason = "done";
    }
    return request;
  }
  std::string_view JoinAs(std::string_view instance) {
    JoinGroupRequest join = JoinOf("g");
    join.group_instance_id = instance;
    return Call(5, join).member_id;
  }
};

TEST_F(LeaveGroupTest, TakesAMemberOutInEveryVersion) {
  for (int16_t version = 0; version <= 5; ++version) {
    SCOPED_TRACE(version);
    const std::string_view group = arena().Copy("g" + std::to_string(version));
    const std::string_view member = JoinAlone(group);
    if (version < 3) {
      EXPECT_EQ(Call(version, OneOf(group, member)).error_code, ErrorCode::kNone);
    } else {
      const LeaveGroupResponse& left = Call(version, Of(group, {{member}}));
      EXPECT_EQ(left.error_code, ErrorCode::kNone);
      EXPECT_EQ(Only(left.members).member_id, member);
      EXPECT_EQ(Only(left.members).group_instance_id, std::nullopt);
      EXPECT_EQ(Only(left.members).error_code, ErrorCode::kNone);
    }
    EXPECT_EQ(Beat(group, member, 1), ErrorCode::kUnknownMemberId);
  }
}

TEST_F(LeaveGroupTest, TellsOfAnUnknownMemberWhereTheVersionHasAPlace) {
  JoinAlone("g");
  for (const std::string_view group : {"g", "missing"}) {
    EXPECT_EQ(Call(2, OneOf(group, "stranger")).error_code, ErrorCode::kUnknownMemberId);
    const LeaveGroupResponse& response = Call(3, Of(group, {{"stranger"}}));
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_EQ(Only(response.members).error_code, ErrorCode::kUnknownMemberId);
  }
  EXPECT_EQ(Call(2, OneOf("", "x")).error_code, ErrorCode::kInvalidGroupId);
}

TEST_F(LeaveGroupTest, AnswersEachMemberInOrder) {
  const std::string_view member = JoinAlone("g");
  const auto& response = Call(4, Of("g", {{"stranger"}, {member}, {"", "nobody"}}));
  ASSERT_EQ(response.members.size(), 3U);
  EXPECT_EQ(response.members[0].error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(response.members[1].error_code, ErrorCode::kNone);
  EXPECT_EQ(response.members[2].error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(response.members[2].group_instance_id, "nobody");
}

TEST_F(LeaveGroupTest, AnAdministratorRemovesStaticMembersByInstance) {
  const std::string_view member = JoinAs("i");
  const auto& fenced = Call(3, Of("g", {{"stranger", "i"}}));
  EXPECT_EQ(Only(fenced.members).error_code, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(Only(Call(3, Of("g", {{"", "i"}})).members).error_code, ErrorCode::kNone);
  EXPECT_EQ(Beat("g", member, 1), ErrorCode::kUnknownMemberId);
}

TEST_F(LeaveGroupTest, AnswersAParkedJoinOfTheMemberThatGoes) {
  JoinAlone("g");
  WireClient other(broker().port());
  JoinGroupRequest join = JoinOf("g");
  join.group_instance_id = "i";
  other.Send(5, join);
  Settle();
  EXPECT_FALSE(other.socket().HasInput());
  EXPECT_EQ(Only(Call(4, Of("g", {{"", "i"}})).members).error_code, ErrorCode::kNone);
  EXPECT_EQ(Receive<JoinGroupResponse>(other, 5).error_code, ErrorCode::kUnknownMemberId);
}

TEST_F(LeaveGroupTest, IsForTheCoordinator) {
  Start({.nodes = 2});
  const size_t stranger = StrangerTo("g");
  EXPECT_EQ(Call(2, OneOf("g", "x"), stranger).error_code, ErrorCode::kNotCoordinator);
  const LeaveGroupResponse& response = Call(3, Of("g", {{"x"}}), stranger);
  EXPECT_EQ(response.error_code, ErrorCode::kNotCoordinator);
  EXPECT_TRUE(response.members.empty());
}

}  // namespace
}  // namespace odradek::api
