// SyncGroup, Heartbeat, LeaveGroup and sessions.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "group/testing/group_harness.h"

namespace odradek::group {
namespace {

// Two members that were told generation 2 and have not synced; the first leads.
std::vector<TestMember> Completing(GroupHarness& group, const TestJoin& join = {}) {
  const TestMember first = group.StableMember(join);
  const auto second = group.Join(join);
  const auto again = group.Join(group.Rejoin(first, join));
  return {group.Told(*again, join), group.Told(*second, join)};
}

TEST(ClassicGroupSync, LeaderHandsOutTheAssignmentOnceItIsWritten) {
  GroupHarness group;
  const auto members = Completing(group);
  const auto follower = group.Sync(members[1]);
  EXPECT_FALSE(follower.ready());
  group.log().Hold();
  const auto leader = group.Sync(members[0], {{members[0].id, "a"}, {members[1].id, "b"}});
  EXPECT_FALSE(leader.ready());
  EXPECT_EQ(group.State(), "CompletingRebalance");
  group.log().Release();
  EXPECT_EQ(leader->assignment, "a");
  EXPECT_EQ(follower->assignment, "b");
  EXPECT_EQ(follower->protocol_type, "consumer");
  EXPECT_EQ(follower->protocol, "range");
  EXPECT_EQ(group.State(), "Stable");
}

TEST(ClassicGroupSync, MembersWithoutAShareGetAnEmptyOne) {
  GroupHarness group;
  const auto members = Completing(group);
  group.Sync(members[0], {{members[0].id, "a"}, {"nobody", "x"}});
  const auto late = group.Sync(members[1]);  // Stable: its own assignment again
  EXPECT_EQ(late->error, ErrorCode::kNone);
  EXPECT_EQ(late->assignment, "");
}

TEST(ClassicGroupSync, ChecksInKafkasOrder) {
  GroupHarness group;
  EXPECT_EQ(group.Sync({.id = "m", .group = ""})->error, ErrorCode::kInvalidGroupId);
  EXPECT_EQ(group.Sync({.id = "m"})->error, ErrorCode::kUnknownMemberId);
  const auto members = Completing(group);
  EXPECT_EQ(group.Sync({.id = "nobody", .generation = 7})->error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.Sync({.id = members[0].id, .generation = 1})->error,
            ErrorCode::kIllegalGeneration);
  SyncCommand command = {.group = "g", .member = members[1].id, .generation = 2};
  command.protocol_type = "connect";
  EXPECT_EQ(group.Sync(command)->error, ErrorCode::kInconsistentGroupProtocol);
  command.protocol_type = "consumer";
  command.protocol = "sticky";
  EXPECT_EQ(group.Sync(command)->error, ErrorCode::kInconsistentGroupProtocol);
  group.Join({});
  EXPECT_EQ(group.Sync(members[1])->error, ErrorCode::kRebalanceInProgress);
}

TEST(ClassicGroupSync, RebalanceAnswersThoseWhoWait) {
  GroupHarness group;
  const auto members = Completing(group);
  const auto follower = group.Sync(members[1]);
  group.Join({});
  EXPECT_EQ(follower->error, ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(follower->assignment, "");
}

TEST(ClassicGroupSync, AssignmentOfAGenerationThatIsOverHasNoEffect) {
  GroupHarness group;
  const auto members = Completing(group);
  group.log().Hold();
  const auto leader = group.Sync(members[0], {{members[0].id, "a"}});
  group.Join({});
  EXPECT_EQ(leader->error, ErrorCode::kRebalanceInProgress);
  group.log().Release();
  EXPECT_EQ(group.State(), "PreparingRebalance");
}

TEST(ClassicGroupSync, FailedWriteTellsAllAndRebalances) {
  GroupHarness group;
  const auto members = Completing(group);
  const auto follower = group.Sync(members[1]);
  group.log().FailAppends(1, Invalid("too large"));
  const auto leader = group.Sync(members[0], {{members[0].id, "a"}});
  EXPECT_EQ(leader->error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(follower->error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(group.State(), "PreparingRebalance");
}

TEST(ClassicGroupSync, NewerSyncOfAMemberWins) {
  GroupHarness group;
  const auto members = Completing(group);
  const auto older = group.Sync(members[1]);
  const auto newer = group.Sync(members[1]);
  EXPECT_EQ(older->error, ErrorCode::kRebalanceInProgress);
  EXPECT_FALSE(newer.ready());
}

TEST(ClassicGroupSync, MembersThatNeverSyncAreRemovedAfterTheRebalanceTimeout) {
  GroupHarness group;
  const TestJoin join = {.session_timeout_ms = 60'000, .rebalance_timeout_ms = 10'000};
  const auto members = Completing(group, join);
  group.Sync(members[0], {{members[0].id, "a"}, {members[1].id, "b"}});
  EXPECT_EQ(group.State(), "Stable");
  group.Advance(9'999);
  EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kNone);
  group.Advance(1);
  EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.Heartbeat(members[0]), ErrorCode::kRebalanceInProgress);
}

TEST(ClassicGroupSync, LeaderThatNeverSyncsDoesNotHoldTheOthers) {
  GroupHarness group;
  const TestJoin join = {.session_timeout_ms = 60'000, .rebalance_timeout_ms = 10'000};
  const auto members = Completing(group, join);
  const auto follower = group.Sync(members[1]);
  group.Advance(10'000);
  EXPECT_EQ(follower->error, ErrorCode::kRebalanceInProgress);
  const auto alone = group.Join(group.Rejoin(members[1], join));
  EXPECT_EQ(alone->leader, members[1].id);
}

TEST(ClassicGroupHeartbeat, ChecksInKafkasOrder) {
  GroupHarness group;
  EXPECT_EQ(group.Heartbeat({.id = "m", .group = ""}), ErrorCode::kInvalidGroupId);
  EXPECT_EQ(group.Heartbeat({.id = "m"}), ErrorCode::kUnknownMemberId);
  const TestMember member = group.StableMember();
  EXPECT_EQ(group.Heartbeat({.id = "nobody", .generation = 9}), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.Heartbeat({.id = member.id, .generation = 0}), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(group.Heartbeat(member), ErrorCode::kNone);
  group.Leave(member);
  EXPECT_EQ(group.Heartbeat(member), ErrorCode::kUnknownMemberId);  // Empty
}

TEST(ClassicGroupHeartbeat, IsFineWhileTheSyncIsOnItsWay) {
  GroupHarness group;
  const auto members = Completing(group);
  EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kNone);
}

TEST(ClassicGroupHeartbeat, KeepsTheSession) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  for (int i = 0; i < 10; ++i) {
    group.Advance(9'999);
    EXPECT_EQ(group.Heartbeat(member), ErrorCode::kNone);
  }
  group.Advance(10'000);
  EXPECT_EQ(group.Heartbeat(member), ErrorCode::kUnknownMemberId);
}

TEST(ClassicGroupHeartbeat, SessionEndStartsARebalance) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  group.Advance(5'000);
  group.Heartbeat(members[0]);
  group.Advance(5'000);
  EXPECT_EQ(group.State(), "PreparingRebalance");
  EXPECT_EQ(group.Heartbeat(members[0]), ErrorCode::kRebalanceInProgress);
}

TEST(ClassicGroupHeartbeat, IsNotRequiredWhileARequestIsParked) {
  GroupHarness group;
  const TestJoin join = {.session_timeout_ms = 6'000, .rebalance_timeout_ms = 300'000};
  const auto members = Completing(group, join);
  const auto parked = group.Sync(members[1]);
  for (int i = 0; i < 10; ++i) {
    group.Advance(5'000);
    EXPECT_EQ(group.Heartbeat(members[0]), ErrorCode::kNone);
  }
  group.Sync(members[0], {{members[1].id, "b"}});
  EXPECT_EQ(parked->assignment, "b");
  group.Advance(5'999);  // the session begins anew with the answer
  EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kNone);
}

TEST(ClassicGroupHeartbeat, CostsNoTimer) {
  GroupHarness group;
  const auto members = group.StableGroup(20);
  const size_t timers = group.scheduler().timer_count();
  for (int i = 0; i < 3; ++i) {
    group.Advance(3'000);
    for (const TestMember& member : members) ASSERT_EQ(group.Heartbeat(member), ErrorCode::kNone);
  }
  EXPECT_EQ(group.scheduler().timer_count(), timers);
}

TEST(ClassicGroupLeave, RemovesAtOnceAndRebalancesTheRest) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  const auto left = group.Leave(members[0]);
  EXPECT_EQ(left->members, std::vector<ErrorCode>{ErrorCode::kNone});
  EXPECT_EQ(group.Heartbeat(members[1]), ErrorCode::kRebalanceInProgress);
  const auto rejoined = group.Join(group.Rejoin(members[1]));
  EXPECT_EQ(rejoined->leader, members[1].id);
}

TEST(ClassicGroupLeave, AnswersForEachMember) {
  GroupHarness group;
  EXPECT_EQ(group.Leave("", {{.member = "m"}})->error, ErrorCode::kInvalidGroupId);
  const auto unknown = group.Leave("nothing", {{.member = "m"}, {.member = "n"}});
  EXPECT_EQ(unknown->error, ErrorCode::kNone);
  EXPECT_EQ(unknown->members, (std::vector<ErrorCode>(2, ErrorCode::kUnknownMemberId)));
  const auto members = group.StableGroup(2);
  const auto pending = group.Join({.needs_known_member_id = true});
  const auto left = group.Leave(
      "g", {{.member = members[0].id}, {.member = "nobody"}, {.member = pending->member}});
  EXPECT_EQ(left->error, ErrorCode::kNone);
  EXPECT_EQ(left->members, (std::vector<ErrorCode>{ErrorCode::kNone, ErrorCode::kUnknownMemberId,
                                                   ErrorCode::kNone}));
}

TEST(ClassicGroupLeave, LastOneIsAnsweredOnceTheEmptyGroupIsWritten) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.log().Hold();
  const auto left = group.Leave(member);
  EXPECT_FALSE(left.ready());
  group.log().Release();
  EXPECT_EQ(left->members, std::vector<ErrorCode>{ErrorCode::kNone});
  EXPECT_EQ(group.State(), "Empty");
  EXPECT_EQ(group.Join({})->generation, member.generation + 2);  // Empty was one of its own
}

TEST(ClassicGroupLeave, FailedWriteOfTheEmptyGroupIsTold) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.log().FailAppends(1, Full("disk"));
  const auto left = group.Leave(member);
  EXPECT_EQ(left->error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.State(), "Empty");
}

TEST(ClassicGroupLeave, AnswersWhatTheMemberHadParked) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  group.Join({});
  const auto join = group.Join(group.Rejoin(members[0]));
  group.Leave(members[0]);
  EXPECT_EQ(join->error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(join->member, "");

  GroupHarness other;
  const auto syncing = Completing(other);
  const auto sync = other.Sync(syncing[1]);
  other.Leave(syncing[1]);
  EXPECT_EQ(sync->error, ErrorCode::kUnknownMemberId);
}

TEST(ClassicGroupLeave, CompletesARebalanceThatWaitedForTheMember) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  const auto newcomer = group.Join({});
  group.Join(group.Rejoin(members[0]));
  EXPECT_FALSE(newcomer.ready());
  group.Leave(members[1]);
  EXPECT_EQ(newcomer->generation, members[0].generation + 1);
}

}  // namespace
}  // namespace odradek::group
