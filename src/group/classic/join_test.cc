// JoinGroup and the join phase.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "group/testing/group_harness.h"

namespace odradek::group {
namespace {

TEST(ClassicGroupJoin, FirstMemberLeadsGenerationOne) {
  GroupHarness group;
  const auto join = group.Join({.protocols = {{"range", "r"}, {"roundrobin", "rr"}}});
  ASSERT_TRUE(join.ready());
  EXPECT_EQ(join->error, ErrorCode::kNone);
  EXPECT_EQ(join->generation, 1);
  EXPECT_EQ(join->protocol_type, "consumer");
  EXPECT_EQ(join->protocol, "range");
  EXPECT_EQ(join->leader, join->member);
  EXPECT_EQ(join->member.substr(0, 7), "client-");
  EXPECT_EQ(join->member.size(), 7u + 36u);
  ASSERT_EQ(join->members.size(), 1u);
  EXPECT_EQ(join->members[0].metadata, "r");
  EXPECT_FALSE(join->skip_assignment);
  EXPECT_EQ(group.State(), "CompletingRebalance");
}

TEST(ClassicGroupJoin, RefusesEmptyGroupIdThenSessionTimeoutThenUnknownMember) {
  GroupHarness group;
  const auto no_group = group.Join({.group = "", .member = "m", .session_timeout_ms = 1});
  EXPECT_EQ(no_group->error, ErrorCode::kInvalidGroupId);
  EXPECT_EQ(no_group->member, "m");
  EXPECT_EQ(no_group->generation, -1);
  const auto too_short = group.Join({.member = "m", .session_timeout_ms = 5'999});
  EXPECT_EQ(too_short->error, ErrorCode::kInvalidSessionTimeout);
  EXPECT_EQ(group.Join({.session_timeout_ms = 1'800'001})->error,
            ErrorCode::kInvalidSessionTimeout);
  const auto unknown = group.Join({.member = "m", .protocols = {}});
  EXPECT_EQ(unknown->error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(unknown->member, "m");
}

TEST(ClassicGroupJoin, NewGroupNeedsAProtocolTypeAndAProtocol) {
  GroupHarness group;
  EXPECT_EQ(group.Join({.protocol_type = ""})->error, ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(group.Join({.protocols = {}})->error, ErrorCode::kInconsistentGroupProtocol);
  EXPECT_TRUE(group.List().empty());
}

TEST(ClassicGroupJoin, OfVeryManyProtocolsTheFirstOfEachNameCounts) {
  GroupHarness group;
  TestJoin join{.protocols = {}};
  for (const char* metadata : {"first", "second"}) {
    for (int i = 0; i < 50'000; ++i) join.protocols.emplace_back(std::to_string(i), metadata);
  }
  const auto joined = group.Join(join);
  ASSERT_TRUE(joined.ready());
  EXPECT_EQ(joined->error, ErrorCode::kNone);
  EXPECT_EQ(joined->protocol, "0");
  ASSERT_EQ(joined->members.size(), 1u);
  EXPECT_EQ(joined->members[0].metadata, "first");
}

TEST(ClassicGroupJoin, RefusesAnotherTypeAndUnsharedProtocols) {
  GroupHarness group;
  group.StableMember();
  EXPECT_EQ(group.Join({.protocol_type = "connect"})->error, ErrorCode::kInconsistentGroupProtocol);
  const auto other = group.Join({.protocols = {{"sticky", "s"}}});
  EXPECT_EQ(other->error, ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(other->member, "");
  EXPECT_EQ(group.State(), "Stable");
}

TEST(ClassicGroupJoin, TellsDynamicNewcomersTheirIdFirst) {
  GroupHarness group;
  const auto first = group.Join({.needs_known_member_id = true});
  EXPECT_EQ(first->error, ErrorCode::kMemberIdRequired);
  EXPECT_EQ(first->generation, -1);
  EXPECT_EQ(group.State(), "Empty");
  const auto second = group.Join({.member = first->member, .needs_known_member_id = true});
  EXPECT_EQ(second->error, ErrorCode::kNone);
  EXPECT_EQ(second->member, first->member);
}

TEST(ClassicGroupJoin, HandedOutIdLapsesAfterTheSessionTimeout) {
  GroupHarness group;
  const auto first = group.Join({.session_timeout_ms = 6'000, .needs_known_member_id = true});
  group.Advance(6'000);
  EXPECT_EQ(group.Join({.member = first->member})->error, ErrorCode::kUnknownMemberId);
}

TEST(ClassicGroupJoin, HandedOutIdIsNotForStaticMembers) {
  GroupHarness group;
  const auto first = group.Join({.needs_known_member_id = true});
  EXPECT_EQ(group.Join({.member = first->member, .instance = "i"})->error,
            ErrorCode::kUnknownServerError);
}

TEST(ClassicGroupJoin, RebalanceWaitsForHandedOutIds) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  const auto told = group.Join({.needs_known_member_id = true});
  const auto leader = group.Join(group.Rejoin(member));
  EXPECT_FALSE(leader.ready());
  const auto newcomer = group.Join({.member = told->member});
  EXPECT_EQ(leader->members.size(), 2u);
  EXPECT_EQ(newcomer->generation, 2);
}

TEST(ClassicGroupJoin, RebalanceGoesOnWhenAHandedOutIdLapses) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.Join({.session_timeout_ms = 6'000, .needs_known_member_id = true});
  const auto leader = group.Join(group.Rejoin(member));
  EXPECT_FALSE(leader.ready());
  group.Advance(6'000);
  EXPECT_EQ(leader->members.size(), 1u);
}

// Mistake: completing the join as soon as the first member arrives.
TEST(ClassicGroupJoin, WaitsForAllKnownMembers) {
  GroupHarness group;
  const auto members = group.StableGroup(3);
  const auto newcomer = group.Join({});
  EXPECT_EQ(group.State(), "PreparingRebalance");
  EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kRebalanceInProgress);
  const auto a = group.Join(group.Rejoin(members[0]));
  const auto b = group.Join(group.Rejoin(members[1]));
  EXPECT_FALSE(a.ready() || b.ready() || newcomer.ready());
  const auto c = group.Join(group.Rejoin(members[2]));
  EXPECT_EQ(a->members.size(), 4u);
  EXPECT_EQ(a->generation, members[0].generation + 1);
}

// Mistakes: the member list sent to followers; metadata of another protocol.
TEST(ClassicGroupJoin, LeaderAloneLearnsTheMembersAndOnlyTheChosenProtocol) {
  GroupHarness group;
  const TestJoin both = {.protocols = {{"range", "r"}, {"sticky", "s"}}};
  const auto members = group.StableGroup(1, both);
  const auto newcomer = group.Join({.protocols = {{"sticky", "s2"}}});
  const auto leader = group.Join(group.Rejoin(members[0], both));
  EXPECT_EQ(leader->protocol, "sticky");
  ASSERT_EQ(leader->members.size(), 2u);
  EXPECT_EQ(leader->members[0].metadata, "s");
  EXPECT_EQ(leader->members[1].metadata, "s2");
  EXPECT_TRUE(newcomer->members.empty());
  EXPECT_EQ(newcomer->leader, leader->member);
}

TEST(ClassicGroupJoin, ProtocolIsWhatMostPreferAmongThoseAllKnow) {
  GroupHarness group;
  group.config().initial_rebalance_delay_ms = 3'000;
  const auto a = group.Join({.protocols = {{"x", ""}, {"y", ""}, {"z", ""}}});
  const auto b = group.Join({.protocols = {{"w", ""}, {"y", ""}, {"x", ""}}});
  const auto c = group.Join({.protocols = {{"y", ""}, {"x", ""}}});
  group.Advance(6'000);
  EXPECT_EQ(a->protocol, "y");
  EXPECT_EQ(c->protocol, "y");
}

TEST(ClassicGroupJoin, RepeatedProtocolNamesCountOnce) {
  GroupHarness group;
  const TestJoin twice = {.protocols = {{"range", "r"}, {"range", "other"}}};
  const TestMember member = group.StableMember(twice);
  const auto newcomer = group.Join({.protocols = {{"range", "n"}}});
  const auto leader = group.Join(group.Rejoin(member, twice));
  EXPECT_EQ(newcomer->error, ErrorCode::kNone);
  EXPECT_EQ(leader->members[0].metadata, "r");
}

TEST(ClassicGroupJoin, InitialDelayIsExtendedWhileMembersCome) {
  GroupHarness group;
  group.config().initial_rebalance_delay_ms = 3'000;
  const auto first = group.Join({.rebalance_timeout_ms = 7'000});
  group.Advance(2'000);
  group.Join({.rebalance_timeout_ms = 5'000});
  group.Advance(1'000);  // 3 s: somebody came, 3 s more
  EXPECT_FALSE(first.ready());
  group.Advance(2'000);
  group.Join({.rebalance_timeout_ms = 5'000});
  group.Advance(1'000);  // 6 s: again, but only one of the 7 s is left
  EXPECT_FALSE(first.ready());
  group.Advance(999);
  EXPECT_FALSE(first.ready());
  group.Advance(1);
  EXPECT_EQ(first->members.size(), 3u);
}

TEST(ClassicGroupJoin, InitialDelayEndsWhenNobodyCame) {
  GroupHarness group;
  group.config().initial_rebalance_delay_ms = 3'000;
  const auto first = group.Join({});
  group.Advance(2'999);
  EXPECT_FALSE(first.ready());
  group.Advance(1);
  EXPECT_EQ(first->generation, 1);
}

// Mistake: rebalance time-out and session time-out confused.
TEST(ClassicGroupJoin, RebalanceTimeoutRemovesDynamicMembersThatDidNotRejoin) {
  GroupHarness group;
  const TestJoin slow = {.session_timeout_ms = 10'000, .rebalance_timeout_ms = 30'000};
  const auto members = group.StableGroup(2, slow);
  const auto newcomer = group.Join(slow);
  for (int i = 0; i < 9; ++i) {  // the others beat, and poll for long
    group.Advance(3'000);
    EXPECT_EQ(group.Heartbeat(members[0]), ErrorCode::kRebalanceInProgress);
    EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kRebalanceInProgress);
  }
  EXPECT_FALSE(newcomer.ready());
  group.Advance(3'000);
  ASSERT_TRUE(newcomer.ready());
  EXPECT_EQ(newcomer->leader, newcomer->member);
  EXPECT_EQ(newcomer->members.size(), 1u);
  EXPECT_EQ(group.Heartbeat(members[0]), ErrorCode::kUnknownMemberId);
}

TEST(ClassicGroupJoin, DeadMembersHoldARebalanceNoLongerThanTheirSession) {
  GroupHarness group;
  group.StableGroup(2, {.session_timeout_ms = 10'000, .rebalance_timeout_ms = 300'000});
  const auto newcomer = group.Join({.rebalance_timeout_ms = 300'000});
  group.Advance(10'000);
  EXPECT_EQ(newcomer->members.size(), 1u);
}

TEST(ClassicGroupJoin, ParkedNewcomerIsGivenFiveMinutes) {
  GroupHarness group;
  const TestJoin slow = {.session_timeout_ms = 6'000, .rebalance_timeout_ms = 1'800'000};
  const TestMember member = group.StableMember(slow);
  const auto newcomer = group.Join(slow);
  for (Millis waited = 3'000; waited < 5 * 60'000; waited += 3'000) {
    group.Advance(3'000);
    EXPECT_EQ(group.Heartbeat(member), ErrorCode::kRebalanceInProgress);
  }
  EXPECT_FALSE(newcomer.ready());
  group.Advance(3'000);
  EXPECT_EQ(newcomer->error, ErrorCode::kUnknownMemberId);
}

// Deviation: Kafka never answers the older one.
TEST(ClassicGroupJoin, NewerJoinOfAMemberWins) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  group.Join({});
  const auto older = group.Join(group.Rejoin(members[0]));
  const auto newer = group.Join(group.Rejoin(members[0]));
  EXPECT_EQ(older->error, ErrorCode::kRebalanceInProgress);
  EXPECT_FALSE(newer.ready());
  group.Join(group.Rejoin(members[1]));
  EXPECT_EQ(newer->error, ErrorCode::kNone);
}

TEST(ClassicGroupJoin, RepeatedJoinWhileCompletingGetsTheCurrentGeneration) {
  GroupHarness group;
  const auto first = group.Join({});
  const auto again = group.Join({.member = first->member});
  EXPECT_EQ(again->generation, 1);
  EXPECT_EQ(again->members.size(), 1u);
  EXPECT_EQ(group.State(), "CompletingRebalance");
  const auto changed = group.Join({.member = first->member, .protocols = {{"range", "new"}}});
  EXPECT_EQ(changed->generation, 2);
}

TEST(ClassicGroupJoin, FollowerThatChangedNothingStaysInTheGeneration) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  const auto follower = group.Join(group.Rejoin(members[1]));
  EXPECT_EQ(follower->generation, members[1].generation);
  EXPECT_TRUE(follower->members.empty());
  EXPECT_EQ(group.State(), "Stable");
  const auto leader = group.Join(group.Rejoin(members[0]));  // wants a new assignment
  EXPECT_FALSE(leader.ready());
  EXPECT_EQ(group.State(), "PreparingRebalance");
}

TEST(ClassicGroupJoin, FollowerThatChangedItsMetadataStartsARebalance) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  TestJoin changed = group.Rejoin(members[1]);
  changed.protocols = {{"range", "other topics"}};
  group.Join(changed);
  EXPECT_EQ(group.State(), "PreparingRebalance");
}

TEST(ClassicGroupJoin, LeaderIsKeptWhileItRejoins) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  const auto newcomer = group.Join({});
  group.Join(group.Rejoin(members[1]));
  group.Join(group.Rejoin(members[0]));
  EXPECT_EQ(newcomer->leader, members[0].id);
}

TEST(ClassicGroupJoin, FullGroupsTakeNobodyButTheirOwn) {
  GroupHarness group;
  group.config().max_size = 2;
  const auto members = group.StableGroup(2);
  const auto third = group.Join({.needs_known_member_id = true});
  EXPECT_EQ(third->error, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(third->member, "");
  EXPECT_EQ(group.State(), "Stable");
  EXPECT_EQ(group.Join(group.Rejoin(members[1]))->error, ErrorCode::kNone);
}

TEST(ClassicGroupJoin, LoweredLimitShedsTheLastOnesToRejoin) {
  GroupHarness group;
  const auto members = group.StableGroup(3);
  group.config().max_size = 2;
  const auto a = group.Join(group.Rejoin(members[0]));
  const auto b = group.Join(group.Rejoin(members[1]));
  const auto c = group.Join(group.Rejoin(members[2]));
  EXPECT_EQ(c->error, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(a->members.size(), 2u);
  EXPECT_EQ(b->error, ErrorCode::kNone);
}

TEST(ClassicGroupJoin, StoppingAnswersParkedJoinsWithNotCoordinator) {
  GroupHarness group;
  group.StableMember();
  const auto parked = group.Join({});
  group.groups().Stop();
  EXPECT_EQ(parked->error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.Join({})->error, ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace odradek::group
