#include "protocol/message/sync_group.h"

#include <gtest/gtest.h>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

class SyncGroupTest : public GroupFixture {
 protected:
  ErrorCode ErrorOf(const SyncGroupRequest& request, int16_t version = 3) {
    const SyncGroupResponse& response = Call(version, request);
    EXPECT_TRUE(response.assignment.empty());
    return response.error_code;
  }
};

TEST_F(SyncGroupTest, GivesTheLeaderItsShareInEveryVersion) {
  for (int16_t version = 0; version <= 5; ++version) {
    SCOPED_TRACE(version);
    const std::string_view group = arena().Copy("g" + std::to_string(version));
    const std::string_view member = JoinAlone(group);
    const auto& synced =
        Call(version, SyncOf(group, member, 1, {{member, "mine"}, {"stranger", "lost"}}));
    EXPECT_EQ(synced.error_code, ErrorCode::kNone);
    EXPECT_EQ(synced.assignment, "mine");
    EXPECT_EQ(synced.protocol_type.value_or("none"), version < 5 ? "none" : "consumer");
    EXPECT_EQ(synced.protocol_name.value_or("none"), version < 5 ? "none" : "range");
    EXPECT_EQ(Call(version, SyncOf(group, member, 1)).assignment, "mine") << "and again";
  }
}

TEST_F(SyncGroupTest, AFollowerWaitsForTheLeader) {
  WireClient other(broker().port());
  const Pair pair = JoinBoth("g", other);
  other.Send(3, SyncOf("g", pair.follower, 2));
  Settle();
  EXPECT_FALSE(other.socket().HasInput());
  const auto& of_leader = Call(3, SyncOf("g", pair.leader, 2, {{pair.follower, "theirs"}}));
  EXPECT_EQ(of_leader.assignment, "") << "nothing was assigned to the leader";
  EXPECT_EQ(Receive<SyncGroupResponse>(other, 3).assignment, "theirs");
}

TEST_F(SyncGroupTest, AFollowerIsToldWhenTheLeaderGoes) {
  WireClient other(broker().port());
  const Pair pair = JoinBoth("g", other);
  other.Send(3, SyncOf("g", pair.follower, 2));
  Settle();
  Leave("g", pair.leader);
  EXPECT_EQ(Receive<SyncGroupResponse>(other, 3).error_code, ErrorCode::kRebalanceInProgress);
}

TEST_F(SyncGroupTest, TellsWhatIsWrong) {
  const std::string_view member = JoinAlone("g");
  EXPECT_EQ(ErrorOf(SyncOf("missing", member, 1)), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(ErrorOf(SyncOf("g", "stranger", 1)), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(ErrorOf(SyncOf("g", member, 7)), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(ErrorOf(SyncOf("", member, 1)), ErrorCode::kInvalidGroupId);
}

TEST_F(SyncGroupTest, V5NamesTheProtocolOfTheGroup) {
  SyncGroupRequest request = SyncOf("g", JoinAlone("g"), 1);
  request.protocol_type = "connect";
  EXPECT_EQ(ErrorOf(request, 5), ErrorCode::kInconsistentGroupProtocol);
  request.protocol_type = "consumer";
  request.protocol_name = "sticky";
  EXPECT_EQ(ErrorOf(request, 5), ErrorCode::kInconsistentGroupProtocol);
  request.protocol_name = std::nullopt;
  EXPECT_EQ(ErrorOf(request, 5), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(ErrorOf(request, 4), ErrorCode::kNone);
}

TEST_F(SyncGroupTest, FencesAMemberWhoseInstanceIdWasTaken) {
  JoinGroupRequest join = JoinOf("g");
  join.group_instance_id = "i";
  SyncGroupRequest sync = SyncOf("g", Call(5, join).member_id, 1);
  sync.group_instance_id = "i";
  EXPECT_EQ(ErrorOf(sync), ErrorCode::kNone);
  EXPECT_EQ(Call(5, join).error_code, ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(sync), ErrorCode::kFencedInstanceId);
}

TEST_F(SyncGroupTest, IsForTheCoordinator) {
  Start({.nodes = 2});
  EXPECT_EQ(Call(3, SyncOf("g", "x", 1), StrangerTo("g")).error_code, ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace odradek::api
