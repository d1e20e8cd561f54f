// Static membership (KIP-345, KIP-814).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "group/testing/group_harness.h"

namespace odradek::group {
namespace {

TestJoin Static(const std::string& instance) { return {.instance = instance}; }

// Two static members, "i0" leading, in a stable group.
std::vector<TestMember> StableStatics(GroupHarness& group) {
  group.config().initial_rebalance_delay_ms = 3'000;
  const auto a = group.Join(Static("i0"));
  const auto b = group.Join(Static("i1"));
  group.Advance(6'000);
  std::vector<TestMember> members = {group.Told(*a, Static("i0")), group.Told(*b, Static("i1"))};
  group.Sync(members[1]);
  group.Sync(members[0], {{members[0].id, "a0"}, {members[1].id, "a1"}});
  CHECK(group.State() == "Stable");
  return members;
}

TEST(ClassicStaticMember, IsAdmittedWithoutTheExtraRound) {
  GroupHarness group;
  TestJoin join = Static("i0");
  join.needs_known_member_id = true;
  const auto answer = group.Join(join);
  EXPECT_EQ(answer->error, ErrorCode::kNone);
  EXPECT_EQ(answer->member.substr(0, 3), "i0-");
  EXPECT_EQ(answer->members[0].instance, "i0");
}

TEST(ClassicStaticMember, ComesBackWithoutARebalanceUnderANewId) {
  GroupHarness group;
  const auto members = StableStatics(group);
  const auto back = group.Join(Static("i1"));
  EXPECT_EQ(back->error, ErrorCode::kNone);
  EXPECT_EQ(back->generation, members[1].generation);
  EXPECT_NE(back->member, members[1].id);
  EXPECT_EQ(back->leader, members[0].id);
  EXPECT_FALSE(back->skip_assignment);
  EXPECT_TRUE(back->members.empty());
  EXPECT_EQ(group.State(), "Stable");
  EXPECT_EQ(group.Sync(group.Told(*back, Static("i1")))->assignment, "a1");
  EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kFencedInstanceId);
}

// Mistake: skip_assignment together with an empty list of members.
TEST(ClassicStaticMember, LeaderComesBackWithTheMembersAndSkipsTheAssignment) {
  GroupHarness group;
  const auto members = StableStatics(group);
  const auto back = group.Join(Static("i0"));
  EXPECT_EQ(back->leader, back->member);
  EXPECT_TRUE(back->skip_assignment);
  EXPECT_EQ(back->members.size(), 2u);
}

TEST(ClassicStaticMember, OldClientsLeaderIsToldItsOldIdSoThatItFollows) {
  GroupHarness group;
  const auto members = StableStatics(group);
  TestJoin join = Static("i0");
  join.takes_skip_assignment = false;
  const auto back = group.Join(join);
  EXPECT_EQ(back->leader, members[0].id);
  EXPECT_NE(back->member, members[0].id);
  EXPECT_FALSE(back->skip_assignment);
  EXPECT_TRUE(back->members.empty());
}

TEST(ClassicStaticMember, IsAnsweredOnceItsNewIdIsWritten) {
  GroupHarness group;
  StableStatics(group);
  group.log().Hold();
  const auto back = group.Join(Static("i1"));
  EXPECT_FALSE(back.ready());
  group.log().Release();
  EXPECT_EQ(back->error, ErrorCode::kNone);
}

TEST(ClassicStaticMember, KeepsItsOldIdIfTheNewOneIsNotWritten) {
  GroupHarness group;
  const auto members = StableStatics(group);
  group.log().FailAppends(1, Retriable("no"));
  const auto back = group.Join(Static("i1"));
  EXPECT_EQ(back->error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(back->member, "");
  EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kNone);
}

TEST(ClassicStaticMember, RebalanceThatBeginsMeanwhileTakesTheJoinOver) {
  GroupHarness group;
  const auto members = StableStatics(group);
  group.log().Hold();
  const auto back = group.Join(Static("i1"));
  const auto newcomer = group.Join({});
  group.log().Release();
  EXPECT_FALSE(back.ready());
  group.Join(group.Rejoin(members[0]));
  EXPECT_EQ(back->generation, members[1].generation + 1);
  EXPECT_EQ(newcomer->generation, back->generation);
}

TEST(ClassicStaticMember, ComesBackWithAnotherProtocolAndRebalances) {
  GroupHarness group;
  const TestJoin both = {.instance = "i0", .protocols = {{"range", ""}, {"sticky", ""}}};
  const TestMember member = group.StableMember(both);
  const auto back = group.Join({.instance = "i0", .protocols = {{"sticky", ""}, {"range", ""}}});
  EXPECT_EQ(back->protocol, "sticky");
  EXPECT_EQ(back->generation, member.generation + 1);
}

TEST(ClassicStaticMember, OlderParkedJoinAndSyncAreFenced) {
  GroupHarness group;
  const auto members = StableStatics(group);
  group.Join({});
  const auto parked_join = group.Join(group.Rejoin(members[1]));
  group.Join(Static("i1"));
  EXPECT_EQ(parked_join->error, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(parked_join->protocol, std::nullopt);
  EXPECT_EQ(parked_join->member, members[1].id);

  GroupHarness other;
  other.config().initial_rebalance_delay_ms = 3'000;
  const auto leader = other.Join(Static("i0"));
  const auto follower = other.Join(Static("i1"));
  other.Advance(6'000);
  const auto parked_sync = other.Sync(other.Told(*follower, Static("i1")));
  EXPECT_FALSE(parked_sync.ready());
  other.Join(Static("i1"));
  EXPECT_EQ(parked_sync->error, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(other.State(), "PreparingRebalance");  // the leader may be assigning to the old id
}

TEST(ClassicStaticMember, WrongMemberIdIsFencedEverywhere) {
  GroupHarness group;
  const auto members = StableStatics(group);
  TestMember impostor = members[0];
  impostor.id = members[1].id;
  const auto join = group.Join(group.Rejoin(impostor));
  EXPECT_EQ(join->error, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(join->protocol, std::nullopt);
  EXPECT_EQ(group.Sync(impostor)->error, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group.Heartbeat(impostor), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group.Leave(impostor)->members[0], ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group.Commit(impostor, "t", 0, 1)->error, ErrorCode::kFencedInstanceId);
  TestMember stranger = members[0];
  stranger.instance = "nobody";
  EXPECT_EQ(group.Heartbeat(stranger), ErrorCode::kUnknownMemberId);
}

TEST(ClassicStaticMember, KeepsItsPlaceWhenItDoesNotRejoinInTime) {
  GroupHarness group;
  const TestJoin slow = {.session_timeout_ms = 60'000, .rebalance_timeout_ms = 10'000};
  TestJoin slow_static = slow;
  slow_static.instance = "i0";
  const TestMember member = group.StableMember(slow_static);
  const auto newcomer = group.Join(slow);
  group.Advance(10'000);
  ASSERT_TRUE(newcomer.ready());
  EXPECT_EQ(newcomer->members.size(), 2u);
  EXPECT_EQ(newcomer->leader, newcomer->member);
  EXPECT_EQ(group.Heartbeat({.id = member.id, .generation = 2, .instance = "i0"}),
            ErrorCode::kNone);
}

TEST(ClassicStaticMember, RebalanceIsPostponedWhileAllThatIsLeftIsAbsent) {
  GroupHarness group;
  const TestJoin join = {
      .instance = "i0", .session_timeout_ms = 60'000, .rebalance_timeout_ms = 10'000};
  const TestMember member = group.StableMember(join);
  TestJoin other = join;
  other.instance = "i1";
  group.Join(other);
  group.Leave("g", {{.instance = "i1"}});
  group.Advance(15'000);  // past the rebalance time-out
  EXPECT_EQ(group.State(), "PreparingRebalance");
  const auto back = group.Join(group.Rejoin(member, join));
  EXPECT_EQ(back->generation, member.generation + 1);
}

TEST(ClassicStaticMember, SessionEndRemovesIt) {
  GroupHarness group;
  group.StableMember(Static("i0"));
  group.Advance(10'000);
  EXPECT_EQ(group.State(), "Empty");
  EXPECT_EQ(group.Join({.member = "old", .instance = "i0"})->error, ErrorCode::kUnknownMemberId);
}

TEST(ClassicStaticMember, AdministratorRemovesItByInstanceId) {
  GroupHarness group;
  StableStatics(group);
  const auto left = group.Leave("g", {{.instance = "i1"}, {.instance = "nobody"}, {}});
  EXPECT_EQ(left->error, ErrorCode::kNone);
  EXPECT_EQ(left->members, (std::vector<ErrorCode>{ErrorCode::kNone, ErrorCode::kUnknownMemberId,
                                                   ErrorCode::kUnknownMemberId}));
  EXPECT_EQ(group.State(), "PreparingRebalance");
}

}  // namespace
}  // namespace odradek::group
