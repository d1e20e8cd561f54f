#include "protocol/message/heartbeat.h"

#include <gtest/gtest.h>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

class HeartbeatTest : public GroupFixture {
 protected:
  HeartbeatRequest Of(std::string_view group, std::string_view member, int32_t generation) {
    HeartbeatRequest request;
    request.group_id = group;
    request.member_id = member;
    request.generation_id = generation;
    return request;
  }
};

TEST_F(HeartbeatTest, IsAnsweredInEveryVersion) {
  const std::string_view member = MakeStable("g");
  for (int16_t version = 0; version <= 4; ++version) {
    EXPECT_EQ(Call(version, Of("g", member, 1)).error_code, ErrorCode::kNone) << version;
  }
}

TEST_F(HeartbeatTest, TellsWhatIsWrong) {
  const std::string_view member = MakeStable("g");
  EXPECT_EQ(Beat("missing", member, 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Beat("g", "stranger", 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Beat("g", member, 2), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(Beat("g", member, 0), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(Beat("", member, 1), ErrorCode::kInvalidGroupId);
}

TEST_F(HeartbeatTest, AsksToRejoinWhileOthersJoin) {
  const std::string_view member = MakeStable("g");
  WireClient other(broker().port());
  other.Send(3, JoinOf("g"));
  Settle();
  EXPECT_EQ(Beat("g", member, 1), ErrorCode::kRebalanceInProgress);
  Leave("g", member);
  EXPECT_EQ(Receive<JoinGroupResponse>(other, 3).generation_id, 2);
}

TEST_F(HeartbeatTest, FencesAMemberWhoseInstanceIdWasTaken) {
  JoinGroupRequest join = JoinOf("g");
  join.group_instance_id = "i";
  HeartbeatRequest beat = Of("g", Call(5, join).member_id, 1);
  beat.group_instance_id = "i";
  EXPECT_EQ(Call(3, beat).error_code, ErrorCode::kNone);
  EXPECT_EQ(Call(3, SyncOf("g", beat.member_id, 1)).error_code, ErrorCode::kNone);
  EXPECT_EQ(Call(5, join).error_code, ErrorCode::kNone);
  EXPECT_EQ(Call(3, beat).error_code, ErrorCode::kFencedInstanceId);
  beat.group_instance_id = std::nullopt;
  EXPECT_EQ(Call(4, beat).error_code, ErrorCode::kUnknownMemberId);
}

TEST_F(HeartbeatTest, IsForTheCoordinator) {
  Start({.nodes = 2});
  EXPECT_EQ(Call(3, Of("g", "x", 1), StrangerTo("g")).error_code, ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace odradek::api
