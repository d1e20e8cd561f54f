// Routing, loading, lists, descriptions and deletion of groups; what a restart brings back.
#include "group/group_coordinator.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "group/group_records.h"
#include "group/testing/group_harness.h"

namespace odradek::group {
namespace {

using coordinator::PartitionFor;

constexpr int32_t kPartitions = 3;
const TestMember kNobody = {};

std::vector<std::string> Ids(const ListAnswer& answer) {
  std::vector<std::string> ids;
  for (const ListedGroup& group : answer.groups) ids.push_back(group.id);
  return ids;
}

// ---- routing and loading

TEST(GroupRouting, FindsTheLeaderOfTheGroupsPartition) {
  GroupHarness group;
  const int32_t partition = PartitionFor("g", kPartitions);
  group.log().SetLeader(partition, 7);
  EXPECT_EQ(group.groups().Find("g").node, 7);
  EXPECT_EQ(group.groups().Find("g").error, ErrorCode::kNone);
  group.log().SetLeader(partition, coordinator::PartitionWriter::kNoNode);
  EXPECT_EQ(group.groups().Find("g").error, ErrorCode::kCoordinatorNotAvailable);
}

TEST(GroupRouting, FindingMakesTheTopic) {
  GroupHarness group;
  group.log().Unmake(false);
  EXPECT_EQ(group.groups().Find("g").error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(group.groups().Find("g").node, -1);
  group.log().Unmake(true);
  EXPECT_EQ(group.Join({})->error, ErrorCode::kNotCoordinator);  // joining does not
  EXPECT_EQ(group.groups().Find("g").error, ErrorCode::kNone);
  EXPECT_EQ(group.Join({})->error, ErrorCode::kNone);
}

TEST(GroupRouting, OtherNodesAreNotTheCoordinator) {
  GroupHarness group;
  group.StableMember();
  group.log().SetLeader(PartitionFor("g", kPartitions), 1);
  EXPECT_EQ(group.Join({})->error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.Sync({.id = "m"})->error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.Heartbeat({.id = "m"}), ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.Leave("g", {{.member = "m"}})->error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.Commit(kNobody, "t", 0, 1)->error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.FetchAll("g").error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.DeleteOffsets("g", "t", 0)->error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.Describe().error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.Describe().state, "");
  EXPECT_EQ(*group.DeleteGroup("g"), ErrorCode::kNotCoordinator);
  EXPECT_TRUE(group.List().empty());
  EXPECT_EQ(Ids(group.groups().List(1, {}, {})), std::vector<std::string>{"g"});
}

TEST(GroupRouting, GroupsThatAreLoadedSaySo) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.groups().Stop();
  group.log().Hold();
  group.Restart();
  EXPECT_EQ(group.Join({})->error, ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_EQ(group.FetchAll("g").error, ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_EQ(group.groups().List(0, {}, {}).error, ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_EQ(group.Heartbeat(member), ErrorCode::kNone);  // nothing can be said
  group.log().Release();
  EXPECT_EQ(group.Heartbeat(member), ErrorCode::kNone);
  EXPECT_EQ(group.List().size(), 1u);
}

TEST(GroupRouting, UnreadableLogIsNotOurs) {
  GroupHarness group;
  group.log().FailLoads(1, Corrupt("bad block"));
  EXPECT_EQ(group.Join({})->error, ErrorCode::kNotCoordinator);
  group.Advance(coordinator::CoordinatorRuntime::kReloadPauseMs);
  EXPECT_EQ(group.Join({})->error, ErrorCode::kNone);
}

// ---- list and describe

TEST(ListGroups, FiltersByStateAndTypeIgnoringCase) {
  GroupHarness group;
  group.StableMember({.group = "a"});
  group.StableMember({.group = "b", .protocol_type = "connect"});
  group.Commit({.group = "c"}, "t", 0, 1);
  EXPECT_EQ(Ids(group.groups().List(0, {}, {})), (std::vector<std::string>{"a", "b", "c"}));
  const std::string_view stable[] = {"stable"};
  const std::string_view unknown[] = {"nonsense"};
  const std::string_view classic[] = {"Classic"};
  EXPECT_EQ(Ids(group.groups().List(0, stable, {})), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(Ids(group.groups().List(0, unknown, {})).empty());
  EXPECT_EQ(Ids(group.groups().List(0, {}, classic)).size(), 3u);
  EXPECT_TRUE(Ids(group.groups().List(0, {}, unknown)).empty());
  const ListedGroup listed = group.groups().List(0, {}, {}).groups[1];
  EXPECT_EQ(listed.protocol_type, "connect");
  EXPECT_EQ(listed.state, "Stable");  // Java parses the name as it is written
  EXPECT_EQ(listed.type, "classic");
}

TEST(DescribeGroups, ShowsMembersAndTheirMetadataWhileStable) {
  GroupHarness group;
  const TestMember member = group.StableMember({.instance = "i"});
  const DescribeAnswer stable = group.Describe();
  EXPECT_EQ(stable.error, ErrorCode::kNone);
  EXPECT_EQ(stable.state, "Stable");
  EXPECT_EQ(stable.protocol_type, "consumer");
  EXPECT_EQ(stable.protocol, "range");
  ASSERT_EQ(stable.members.size(), 1u);
  EXPECT_EQ(stable.members[0].id, member.id);
  EXPECT_EQ(stable.members[0].instance, "i");
  EXPECT_EQ(stable.members[0].client_id, "client");
  EXPECT_EQ(stable.members[0].client_host, "/127.0.0.1");
  EXPECT_EQ(stable.members[0].metadata, "range-metadata");
  EXPECT_EQ(stable.members[0].assignment, "for " + member.id);
  group.Join({});
  const DescribeAnswer preparing = group.Describe();
  EXPECT_EQ(preparing.state, "PreparingRebalance");
  EXPECT_EQ(preparing.protocol, "");
  EXPECT_EQ(preparing.members.size(), 2u);
  EXPECT_EQ(preparing.members[0].metadata, "");
}

TEST(DescribeGroups, UnknownGroupsAreDead) {
  GroupHarness group;
  const DescribeAnswer answer = group.Describe("nothing");
  EXPECT_EQ(answer.error, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(answer.message, "Group nothing not found.");
  EXPECT_EQ(answer.state, "Dead");
}

// ---- deletion

TEST(DeleteGroups, RemovesAnEmptyGroupWithItsOffsets) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.Commit(member, "t", 0, 5);
  EXPECT_EQ(*group.DeleteGroup("g"), ErrorCode::kNonEmptyGroup);
  group.Leave(member);
  EXPECT_EQ(*group.DeleteGroup("g"), ErrorCode::kNone);
  EXPECT_EQ(group.State(), "Dead");
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
  EXPECT_TRUE(group.log().Compacted().empty());
  EXPECT_EQ(*group.DeleteGroup("g"), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(group.Join({})->generation, 1);  // another group of that name
}

TEST(DeleteGroups, CoversCommitsOnTheirWay) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  group.log().Hold();
  group.Commit(kNobody, "t", 1, 5);
  const auto deleted = group.DeleteGroup("g");
  EXPECT_FALSE(deleted.ready());
  group.log().Release();
  EXPECT_EQ(*deleted, ErrorCode::kNone);
  EXPECT_TRUE(group.log().Compacted().empty());
}

TEST(DeleteGroups, LetsNobodyInWhileTheGroupIsDeleted) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  group.log().Hold();
  const auto deleted = group.DeleteGroup("g");
  EXPECT_EQ(group.Join({})->error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(group.Commit(kNobody, "t", 0, 6)->error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(*group.DeleteGroup("g"), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
  group.log().Release();
  EXPECT_EQ(group.Join({})->error, ErrorCode::kNone);
}

TEST(DeleteGroups, KeepsTheGroupIfItsTombstoneIsNotWritten) {
  GroupHarness group;
  group.Commit(kNobody, "t", 0, 5);
  group.log().FailAppends(1, Full("disk"));
  EXPECT_EQ(*group.DeleteGroup("g"), ErrorCode::kNotCoordinator);
  EXPECT_EQ(group.State(), "Empty");
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, 5);
}

TEST(DeleteGroups, UnusedGroupsGoByThemselves) {
  GroupHarness group;
  group.Join({.needs_known_member_id = true});
  const TestMember member = group.StableMember({.group = "h"});
  group.Leave(member);
  EXPECT_EQ(group.List().size(), 2u);
  group.Advance(1'200'000);
  EXPECT_TRUE(group.List().empty());
  EXPECT_TRUE(group.log().Compacted().empty());
  EXPECT_EQ(group.scheduler().timer_count(), 0u);
}

// ---- restart

TEST(GroupRestart, MembersGoOnWithFreshSessions) {
  GroupHarness group;
  const auto members = group.StableGroup(2);
  group.Commit(members[0], "t", 0, 5, "meta");
  group.Advance(9'000);
  group.Restart();
  group.Advance(9'000);
  EXPECT_EQ(group.State(), "Stable");
  EXPECT_EQ(group.Heartbeat(members[0]), ErrorCode::kNone);
  EXPECT_EQ(group.Fetch("g", "t", 0).metadata, "meta");
  EXPECT_EQ(group.Commit(members[0], "t", 0, 6)->error, ErrorCode::kNone);
  EXPECT_EQ(group.Sync(members[1])->assignment, "for " + members[1].id);
  group.Advance(1'000);  // members[1] never came back
  EXPECT_EQ(group.Heartbeat(members[0]), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(group.Join(group.Rejoin(members[0]))->generation, members[0].generation + 1);
}

TEST(GroupRestart, LoadsWithoutBeingAsked) {
  GroupHarness group;
  group.StableMember();
  group.Restart();
  group.Advance(10'000);
  EXPECT_EQ(group.State(), "Empty");
}

TEST(GroupRestart, RebalanceThatWasUnderWayIsForgotten) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.Join({});
  group.Restart();
  EXPECT_EQ(group.State(), "Stable");
  EXPECT_EQ(group.Heartbeat(member), ErrorCode::kNone);
}

TEST(GroupRestart, StaticMembersAreKnownAgain) {
  GroupHarness group;
  const TestMember member = group.StableMember({.instance = "i"});
  group.Restart();
  const auto back = group.Join({.instance = "i"});
  EXPECT_EQ(back->generation, member.generation);
  EXPECT_EQ(group.Heartbeat(member), ErrorCode::kFencedInstanceId);
}

TEST(GroupRestart, EmptyGroupsKeepTheirGeneration) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  group.Leave(member);
  group.Restart();
  EXPECT_EQ(group.State(), "Empty");
  EXPECT_EQ(group.Describe().protocol_type, "consumer");
  EXPECT_EQ(group.Join({})->generation, member.generation + 2);
}

TEST(GroupRestart, GroupsOverTheirLimitRejoin) {
  GroupHarness group;
  const auto members = group.StableGroup(3);
  group.config().max_size = 2;
  group.Restart();
  EXPECT_EQ(group.State(), "PreparingRebalance");
  EXPECT_EQ(group.Commit(members[0], "t", 0, 5)->error, ErrorCode::kNone);
}

TEST(GroupRestart, SkipsRecordsThatItCannotRead) {
  GroupHarness group;
  const int32_t partition = PartitionFor("g", kPartitions);
  auto append = [&](coordinator::Record record) {
    const std::vector<coordinator::Record> records = {std::move(record)};
    group.log().Append(coordinator::InternalTopic::kConsumerOffsets, partition, records,
                       coordinator::Await::kDurable, [](Status) {});
  };
  append({std::string("\0\1", 2), "x"});       // a cut key
  append({"", "x"});                           // none at all
  append({std::string("\0\7later", 7), "x"});  // a kind of a later time
  coordinator::Record offset = OffsetRecord("g", "t", 0, {.offset = 5});
  offset.value = std::string("\0\x63", 2) + *offset.value;  // a version of a later time
  append(offset);
  append(OffsetRecord("g", "t", 1, {.offset = 6}));
  EXPECT_EQ(group.Fetch("g", "t", 0).offset, -1);
  EXPECT_EQ(group.Fetch("g", "t", 1).offset, 6);
}

// Members of a generation that a power cut took are told so and join again.
TEST(GroupRecords, AssignmentsOfDynamicMembersWaitForNoDevice) {
  GroupHarness group;
  const TestMember member = group.StableMember();
  EXPECT_EQ(group.log().entries().back().await, coordinator::Await::kAppended);
  group.Commit(member, "t", 0, 5);
  EXPECT_EQ(group.log().entries().back().await, coordinator::Await::kDurable);
}

// By the id that it had before it would be fenced, and would give up.
TEST(GroupRecords, AssignmentsOfStaticMembersDo) {
  GroupHarness group;
  group.StableMember({.instance = "i0"});
  EXPECT_EQ(group.log().entries().back().await, coordinator::Await::kDurable);
}

TEST(GroupRecords, AreInKafkasFormat) {
  const coordinator::Record record = OffsetRecord("g", "t", 3, {.offset = 5, .commit_ms = 7});
  EXPECT_EQ(record.key, std::string("\0\1\0\1g\0\1t\0\0\0\3", 12));
  EXPECT_EQ(record.value->substr(0, 2), std::string("\0\4", 2));
  const auto parsed = ParseOffset(*record.value);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->offset, 5);
  EXPECT_EQ(parsed->expire_ms, -1);
  const coordinator::Record expiring = OffsetRecord("g", "t", 3, {.offset = 5, .expire_ms = 9});
  EXPECT_EQ(expiring.value->substr(0, 2), std::string("\0\1", 2));
  EXPECT_EQ(ParseOffset(*expiring.value)->expire_ms, 9);
  EXPECT_EQ(GroupTombstone("g", 0).key, std::string("\0\2\0\1g", 5));
  EXPECT_EQ(ParseKey(std::string("\0\0\0\1g\0\1t\0\0\0\3", 12))->kind, KeyKind::kOffset);
}

}  // namespace
}  // namespace odradek::group
