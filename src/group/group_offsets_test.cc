// Committed offsets: commit, fetch, delete, expire.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "group/testing/group_harness.h"

namespace odradek::group {
namespace {

const TestMember kNobody = {};  // no member: admin tools, consumers with assign()
const Millis kDay = 86'400'000;

Uuid Id(uint8_t n) {
  Uuid id;
  id.bytes[15] = n;
  return id;
}

// Commits t/0 = 7 for a topic id and with a retention time.
ErrorCode CommitWith(GroupHarness& group, const Uuid& id, std::optional<Millis> retention_ms) {
  const CommitPartition partitions[] = {{.partition = 0, .offset = 7}};
  const CommitTopic topics[] = {{.name = "t", .id = id, .partitions = partitions}};
  const auto answer = group.Commit({.group = "g", .retention_ms = retention_ms, .topics = topics});
  return answer->error;
}

TEST(OffsetCommit, IsFetchedAsCommitted) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  const CommitPartition partitions[] = {
      {.partition = 0, .offset = 5, .leader_epoch = 3, .metadata = "x"},
      {.partition = 2, .offset = 6}};
  const CommitTopic topics[] = {{.name = "t", .partitions = partitions}};
  const auto answer = group.Commit(
      {.group = "g", .member = member.id, .generation = member.generation, .topics = topics});
  EXPECT_EQ(answer->error, ErrorCode::kNone);
  EXPECT_EQ(answer->partitions, (std::vector<ErrorCode>(2, ErrorCode::kNone)));
  const FetchedPartition fetched = group.Fetch("g", "t", 0);
  EXPECT_EQ(fetched.offset, 5);
  EXPECT_EQ(fetched.leader_epoch, 3);
  EXPECT_EQ(fetched.metadata, "x");
  const FetchAnswer all = group.FetchAll("g");
  ASSERT_EQ(all.topics.size(), 1u);
  EXPECT_EQ(all.topics[0].partitions.size(), 2u);
}

TEST(OffsetCommit, IsSeenOnlyOnceItIsWritten) {
  GroupHarness group;
  ASSERT_TRUE(group.List().empty());  // loads
  group.log().Hold();
  const auto answer = group.Commit(kNobody, "t", 0, 5);
  EXPECT_FALSE(answer.ready());
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
  group.log().Release();
  EXPECT_EQ(answer->error, ErrorCode::kNone);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
}

TEST(OffsetCommit, ThatIsNotWrittenIsNotSeen) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  group.log().FailAppends(1, Retriable("no"));
  EXPECT_EQ(group.Commit(kNobody, "t", 0, 6)->error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
}

TEST(OffsetCommit, WithoutAGroupMakesASimpleOne) {
  GroupHarness group;
  EXPECT_EQ(group.Commit(kNobody, "t", 0, 5)->error, ErrorCode::kNone);
  EXPECT_EQ(group.State(), "Empty");
  EXPECT_EQ(group.Describe().protocol_type, "");
}

TEST(OffsetCommit, OfAMemberOfNoGroupIsRefusedAsItsVersionKnows) {
  GroupHarness group;
  const CommitPartition partitions[] = {{.partition = 0, .offset = 1}};
  const CommitTopic topics[] = {{.name = "t", .partitions = partitions}};
  CommitCommand command = {.group = "g", .member = "m", .generation = 1, .topics = topics};
  EXPECT_EQ(group.Commit(command)->error, ErrorCode::kIllegalGeneration);
  command.takes_group_id_not_found = true;
  EXPECT_EQ(group.Commit(command)->error, ErrorCode::kGroupIdNotFound);
  EXPECT_TRUE(group.List().empty());
}

// Mistake: accepting stale generations.
TEST(OffsetCommit, ChecksMemberThenInstanceThenGeneration) {
  GroupHarness group;
  const TestMember member = group.StableMember({.instance = "i"});
  EXPECT_EQ(group.Commit(kNobody, "t", 0, 1)->error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.Commit({.id = "x", .generation = 0}, "t", 0, 1)->error,
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.Commit({.id = "x", .generation = 0, .instance = "i"}, "t", 0, 1)->error,
            ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group.Commit({.id = member.id, .generation = member.generation - 1}, "t", 0, 1)->error,
            ErrorCode::kIllegalGeneration);
  EXPECT_EQ(group.Commit({.id = member.id, .generation = -1}, "t", 0, 1)->error,
            ErrorCode::kIllegalGeneration);
  EXPECT_EQ(group.Commit(member, "t", 0, 1)->error, ErrorCode::kNone);
}

// Mistake: rejecting commits while others join breaks commits on revocation.
TEST(OffsetCommit, IsAcceptedWhileARebalanceIsPreparedAndKeepsTheSession) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.Join({});
  group.Advance(9'000);
  EXPECT_EQ(group.Commit(member, "t", 0, 1)->error, ErrorCode::kNone);
  group.Advance(9'000);
  EXPECT_EQ(group.Heartbeat(member), ErrorCode::kRebalanceInProgress);
}

TEST(OffsetCommit, IsRefusedWhileTheAssignmentIsMade) {
  GroupHarness group;
  const auto join = group.Join({});
  EXPECT_EQ(group.Commit(group.Told(*join), "t", 0, 1)->error, ErrorCode::kRebalanceInProgress);
}

TEST(OffsetCommit, OfAnAdministratorIsAcceptedWhenTheGroupIsEmpty) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.Leave(member);
  EXPECT_EQ(group.Commit(kNobody, "t", 0, 1)->error, ErrorCode::kNone);
  EXPECT_EQ(group.Commit({.id = "x", .generation = 3}, "t", 0, 1)->error,
            ErrorCode::kUnknownMemberId);
}

// Mistake: one over-long metadata fails all partitions.
TEST(OffsetCommit, OverLongMetadataFailsItsPartitionOnly) {
  GroupHarness group;
  const std::string limit(4096, 'x');
  const std::string too_long = limit + "x";
  std::string euros;  // 3 bytes, one unit each
  for (int i = 0; i < 4096; ++i) euros += "\xE2\x82\xAC";
  const CommitPartition partitions[] = {{.partition = 0, .offset = 1, .metadata = too_long},
                                        {.partition = 1, .offset = 2, .metadata = limit},
                                        {.partition = 2, .offset = 3, .metadata = euros}};
  const CommitTopic topics[] = {{.name = "t", .partitions = partitions}};
  const auto answer = group.Commit({.group = "g", .topics = topics});
  EXPECT_EQ(answer->error, ErrorCode::kNone);
  EXPECT_EQ(answer->partitions, (std::vector<ErrorCode>{ErrorCode::kOffsetMetadataTooLarge,
                                                        ErrorCode::kNone, ErrorCode::kNone}));
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
  EXPECT_EQ(group.Fetch("g", "t", 1).metadata, limit);
}

// Mistake: errors for unknown things; clients expect -1 and then reset.
TEST(OffsetFetch, OfUnknownThingsIsMinusOneWithoutError) {
  GroupHarness group;
  const auto expect_none = [](const FetchedPartition& fetched) {
    EXPECT_EQ(fetched.error, ErrorCode::kNone);
    EXPECT_EQ(fetched.offset, -1);
    EXPECT_EQ(fetched.leader_epoch, -1);
    EXPECT_EQ(fetched.metadata, "");
  };
  expect_none(group.Fetch("nothing", "t", 0));
  group.Commit(kNobody, "t", 0, 5);
  expect_none(group.Fetch("g", "other", 0));
  expect_none(group.Fetch("g", "t", 1));
  EXPECT_TRUE(group.FetchAll("nothing").topics.empty());
}

// Mistake: ignoring require_stable.
TEST(OffsetFetch, ThatRequiresStableOffsetsWaitsForCommitsOnTheirWay) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  group.log().Hold();
  group.Commit(kNobody, "t", 0, 6);
  const FetchCommand stable = {.group = "g", .require_stable = true};
  const auto waits = group.Fetch(stable);
  EXPECT_FALSE(waits.ready());
  EXPECT_EQ(group.FetchAll("g").topics[0].partitions[0].offset, 5);
  group.log().Release();
  EXPECT_EQ(waits->topics[0].partitions[0].offset, 6);
}

TEST(OffsetFetch, HidesOffsetsOfADeletedNamesake) {
  GroupHarness group;
  ASSERT_EQ(CommitWith(group, Id(1), std::nullopt), ErrorCode::kNone);
  EXPECT_EQ(group.Fetch("g", "t", 0, Id(1)).offset, 7);
  EXPECT_EQ(group.Fetch("g", "t", 0, Id(2)).offset, -1);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 7);  // who does not know ids
}

TEST(OffsetDelete, ChecksTheGroup) {
  GroupHarness group;
  EXPECT_EQ(group.DeleteOffsets("", "t", 0)->error, ErrorCode::kInvalidGroupId);
  EXPECT_EQ(group.DeleteOffsets("nothing", "t", 0)->error, ErrorCode::kGroupIdNotFound);
  group.StableMember({.group = "connect", .protocol_type = "connect"});
  EXPECT_EQ(group.DeleteOffsets("connect", "t", 0)->error, ErrorCode::kNonEmptyGroup);
}

TEST(OffsetDelete, SparesTopicsThatAreSubscribed) {
  GroupHarness group;
  const TestMember member =
      group.StableMember({.protocols = {{"range", group.Subscription({"t"})}}});
  group.Commit(member, "t", 0, 5);
  group.Commit(member, "old", 0, 6);
  EXPECT_EQ(group.DeleteOffsets("g", "t", 0)->partitions[0], ErrorCode::kGroupSubscribedToTopic);
  EXPECT_EQ(group.DeleteOffsets("g", "old", 0)->partitions[0], ErrorCode::kNone);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
  EXPECT_EQ(group.Fetch("g", "old", 0).offset, -1);
}

TEST(OffsetDelete, SparesAllTopicsIfTheSubscriptionCannotBeRead) {
  GroupHarness group;
  const TestMember member = group.StableMember();  // its metadata is no subscription
  group.Commit(member, "t", 0, 5);
  EXPECT_EQ(group.DeleteOffsets("g", "t", 0)->partitions[0], ErrorCode::kGroupSubscribedToTopic);
}

TEST(OffsetDelete, OfWhatIsNotThereSucceedsAndWritesNothing) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  const size_t appends = group.log().append_count();
  EXPECT_EQ(group.DeleteOffsets("g", "t", 1)->partitions[0], ErrorCode::kNone);
  EXPECT_EQ(group.log().append_count(), appends);
}

TEST(OffsetDelete, CoversCommitsOnTheirWay) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  group.log().Hold();
  group.Commit(kNobody, "t", 1, 5);
  const auto deleted = group.DeleteOffsets("g", "t", 1);
  group.log().Release();
  EXPECT_EQ(deleted->partitions[0], ErrorCode::kNone);
  EXPECT_EQ(group.Fetch("g", "t", 1).offset, -1);
}

TEST(TopicDeletion, RemovesItsOffsetsInAllGroups) {
  GroupHarness group;
  ASSERT_EQ(CommitWith(group, Id(1), std::nullopt), ErrorCode::kNone);
  for (const char* other : {"a", "b", "c"}) group.Commit({.group = other}, "t", 3, 1);
  group.Commit({.group = "a"}, "u", 0, 1);
  const DeletedTopic namesake[] = {{"t", Id(2)}};
  group.groups().OnTopicsDeleted(namesake);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 7);   // another topic's
  EXPECT_EQ(group.Fetch("a", "t", 3).offset, -1);  // committed without an id
  const DeletedTopic deleted[] = {{"t", Id(1)}};
  group.groups().OnTopicsDeleted(deleted);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
  EXPECT_EQ(group.Fetch("a", "u", 0).offset, 1);
}

TEST(OffsetExpiry, OfASimpleGroupCountsFromTheCommit) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  group.Advance(6 * kDay);
  group.Commit(kNobody, "t", 1, 5);
  group.Advance(kDay - 1);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
  group.Advance(600'000);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
  EXPECT_EQ(group.Fetch("g", "t", 1).offset, 5);
  group.Advance(7 * kDay);
  EXPECT_TRUE(group.List().empty());  // with its last offset the group goes, too
  EXPECT_TRUE(group.log().Compacted().empty());
  EXPECT_EQ(group.scheduler().timer_count(), 0u);
}

TEST(OffsetExpiry, CountsFromWhenTheGroupBecameEmpty) {
  GroupHarness group;
  const TestMember member = group.StableMember({.session_timeout_ms = 1'800'000});
  group.Commit(member, "t", 0, 5);
  for (int i = 0; i < 8 * 48; ++i) {
    group.Advance(1'799'999);
    ASSERT_EQ(group.Heartbeat(member), ErrorCode::kNone);
  }
  group.Leave(member);
  group.Advance(6 * kDay);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
  group.Advance(kDay + 600'000);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
  EXPECT_EQ(group.State(), "Dead");
}

TEST(OffsetExpiry, SparesWhatAStableGroupSubscribes) {
  GroupHarness group;
  const TestJoin join = {.protocols = {{"range", GroupHarness::Subscription({"t"})}},
                         .session_timeout_ms = 1'800'000};
  const TestMember member = group.StableMember(join);
  group.Commit(member, "t", 0, 5);
  group.Commit(member, "old", 0, 5);
  for (int i = 0; i < 8 * 48; ++i) {
    group.Advance(1'799'999);
    ASSERT_EQ(group.Heartbeat(member), ErrorCode::kNone);
  }
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
  EXPECT_EQ(group.Fetch("g", "old", 0).offset, -1);
}

TEST(OffsetExpiry, RetentionOfTheCommitWins) {
  GroupHarness group;
  ASSERT_EQ(CommitWith(group, Uuid(), 3'600'000), ErrorCode::kNone);
  group.Advance(3'600'000 - 1);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 7);
  group.Advance(600'001);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);

  GroupHarness longer;
  ASSERT_EQ(CommitWith(longer, Uuid(), 30 * kDay), ErrorCode::kNone);
  longer.Advance(29 * kDay);
  EXPECT_EQ(longer.Fetch("g", "t", 0).offset, 7);
}

TEST(OffsetExpiry, IsNotBroughtAboutByAClockThatJumps) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  for (int i = 0; i < 10; ++i) {
    group.JumpWallClock(3650 * kDay);
    group.Advance(600'000);  // a look at what has expired
    EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
    group.JumpWallClock(-3650 * kDay);
    group.Advance(600'000);
    EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
  }
  group.JumpWallClock(3650 * kDay);
  group.Advance(1'200'000);  // it was meant
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
}

TEST(OffsetExpiry, KeepsWhatIsBeingCommitted) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  group.Advance(7 * kDay - 600'000);
  group.log().Hold();
  group.Commit(kNobody, "t", 0, 6);
  group.Advance(1'200'000);
  group.log().Release();
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 6);
}

}  // namespace
}  // namespace odradek::group
