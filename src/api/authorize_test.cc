// What each API says to a client that may not do what it asks for.
#include "api/authorize.h"

#include <gtest/gtest.h>

#include "api/cluster/authorized_operations.h"
#include "api/testing/acl_fixture.h"
#include "protocol/message/create_partitions.h"
#include "protocol/message/create_topics.h"
#include "protocol/message/delete_groups.h"
#include "protocol/message/delete_records.h"
#include "protocol/message/delete_topics.h"
#include "protocol/message/describe_cluster.h"
#include "protocol/message/describe_configs.h"
#include "protocol/message/describe_groups.h"
#include "protocol/message/describe_producers.h"
#include "protocol/message/describe_topic_partitions.h"
#include "protocol/message/find_coordinator.h"
#include "protocol/message/incremental_alter_configs.h"
#include "protocol/message/init_producer_id.h"
#include "protocol/message/leave_group.h"
#include "protocol/message/list_config_resources.h"
#include "protocol/message/list_groups.h"
#include "protocol/message/metadata.h"
#include "protocol/message/offset_delete.h"
#include "protocol/message/offset_for_leader_epoch.h"

namespace odradek::api {
namespace {

constexpr ErrorCode kNoTopic = ErrorCode::kTopicAuthorizationFailed;
constexpr ErrorCode kNoGroup = ErrorCode::kGroupAuthorizationFailed;
constexpr ErrorCode kNoCluster = ErrorCode::kClusterAuthorizationFailed;
constexpr int8_t kTopicConfigs = 2;
constexpr int8_t kBrokerConfigs = 4;
constexpr int8_t kGroupConfigs = 32;

// The topics "t", which exists, and "missing", both denied.
class DeniedTopicTest : public AclFixture, public testing::WithParamInterface<std::string_view> {
 protected:
  void SetUp() override {
    AclFixture::SetUp();
    CreateTopic("t");
    Produce("t", 0, "value");
    Deny(AclResource::kTopic, "t");
    Deny(AclResource::kTopic, "missing");
  }
  std::string_view topic() const { return GetParam(); }
  bool exists() const { return topic() == "t"; }
};

INSTANTIATE_TEST_SUITE_P(ExistingAndMissing, DeniedTopicTest, testing::Values("t", "missing"),
                         [](const auto& suite) { return std::string(suite.param); });

TEST_P(DeniedTopicTest, IsNeitherWrittenNorRead) {
  const auto& produced = Call(9, ProduceOf(topic(), 0, Batch("x")));
  EXPECT_EQ(Only(Only(produced.responses).partition_responses).error_code, kNoTopic);
  const auto& fetched = Only(Only(Call(12, FetchOf(topic(), 0, 0)).responses).partitions);
  EXPECT_EQ(fetched.error_code, kNoTopic);
  EXPECT_EQ(fetched.high_watermark, -1);
  const auto& offset = Only(Only(Call(5, ListOffsetsOf(topic(), 0, -1)).topics).partitions);
  EXPECT_EQ(offset.error_code, kNoTopic);
  EXPECT_EQ(offset.offset, -1);
}

TEST_P(DeniedTopicTest, IsNotWrittenOrReadByItsIdEither) {
  const ErrorCode expected = exists() ? kNoTopic : ErrorCode::kUnknownTopicId;
  ProduceRequest produce = ProduceOf(topic(), 0, Batch("x"));
  FetchRequest fetch = FetchOf(topic(), 0, 0);
  if (!exists()) produce.topic_data[0].topic_id = fetch.topics[0].topic_id = UnknownId();
  const auto& produced = Call(13, produce);
  EXPECT_EQ(Only(Only(produced.responses).partition_responses).error_code, expected);
  EXPECT_EQ(Only(Only(Call(13, fetch).responses).partitions).error_code, expected);
}

TEST_P(DeniedTopicTest, TellsNothingOfItsLog) {
  DeleteRecordsRequest records;
  auto& deleted = records.topics.Add(arena());
  deleted.name = topic();
  deleted.partitions.Add(arena());
  EXPECT_EQ(Only(Only(Call(2, records).topics).partitions).error_code, kNoTopic);
  DescribeProducersRequest producers;
  auto& described = producers.topics.Add(arena());
  described.name = topic();
  described.partition_indexes.Add(arena(), 0);
  EXPECT_EQ(Only(Only(Call(0, producers).topics).partitions).error_code, kNoTopic);
  DenyOnCluster(AclOperation::kClusterAction);
  OffsetForLeaderEpochRequest epochs;
  auto& asked = epochs.topics.Add(arena());
  asked.topic = topic();
  asked.partitions.Add(arena());
  EXPECT_EQ(Only(Only(Call(4, epochs).topics).partitions).error_code, kNoTopic);
}

TEST_P(DeniedTopicTest, IsNotDescribed) {
  MetadataRequest metadata;
  metadata.topics.Add(arena()).name = topic();
  metadata.include_topic_authorized_operations = true;
  const MetadataResponseTopic& by_name = Only(Call(12, metadata).topics);
  EXPECT_EQ(by_name.error_code, kNoTopic);
  EXPECT_EQ(by_name.name, topic());
  EXPECT_EQ(by_name.topic_id, Uuid());
  EXPECT_EQ(by_name.topic_authorized_operations, kOperationsNotAsked);
  EXPECT_TRUE(by_name.partitions.empty());
  EXPECT_FALSE(HasTopic("missing")) << "nor created";
  DescribeTopicPartitionsRequest partitions;
  partitions.topics.Add(arena()).name = topic();
  partitions.response_partition_limit = 10;
  const auto& described = Only(Call(0, partitions).topics);
  EXPECT_EQ(described.error_code, kNoTopic);
  EXPECT_EQ(described.topic_id, Uuid());
}

TEST_P(DeniedTopicTest, IsNotChanged) {
  CreatePartitionsRequest partitions;
  auto& grown = partitions.topics.Add(arena());
  grown.name = topic();
  grown.count = 2;
  grown.assignments = Array<CreatePartitionsRequestAssignment>::Null();
  EXPECT_EQ(Only(Call(3, partitions).results).error_code, kNoTopic);
  DenyOnCluster(AclOperation::kDelete);
  DeleteTopicsRequest deletion;
  deletion.topics.Add(arena()).name = topic();
  const auto& deleted = Only(Call(6, deletion).responses);
  EXPECT_EQ(deleted.error_code, kNoTopic);
  EXPECT_EQ(deleted.topic_id, Uuid());
  IncrementalAlterConfigsRequest configs;
  auto& altered = configs.resources.Add(arena());
  altered.resource_type = kTopicConfigs;
  altered.resource_name = topic();
  EXPECT_EQ(Only(Call(1, configs).responses).error_code, kNoTopic);
  DescribeConfigsRequest describe;
  auto& resource = describe.resources.Add(arena());
  resource.resource_type = kTopicConfigs;
  resource.resource_name = topic();
  EXPECT_EQ(Only(Call(4, describe).results).error_code, kNoTopic);
}

TEST_P(DeniedTopicTest, HasNoOffsetsToSeeOrToCommit) {
  CreateTopic("open");
  Commit("g", "open", 0, 3);
  const auto& committed = Call(8, CommitOf("g", topic(), 0, 5));
  EXPECT_EQ(Only(Only(committed.topics).partitions).error_code, kNoTopic);
  const auto& fetched = Call(5, OffsetFetchOf("g", topic(), 0));
  EXPECT_EQ(Only(Only(fetched.topics).partitions).error_code, kNoTopic);
  OffsetDeleteRequest deletion;
  deletion.group_id = "g";
  auto& asked = deletion.topics.Add(arena());
  asked.name = topic();
  asked.partitions.Add(arena());
  EXPECT_EQ(Only(Only(Call(0, deletion).topics).partitions).error_code, kNoTopic);
}

class AuthorizeTest : public AclFixture {
 protected:
  ErrorCode Create(std::string_view topic, ErrorCode* of_configs = nullptr) {
    CreateTopicsRequest request;
    auto& asked = request.topics.Add(arena());
    asked.name = topic;
    asked.num_partitions = 1;
    asked.replication_factor = 1;
    const auto& created = Only(Call(5, request).topics);
    if (of_configs != nullptr) *of_configs = created.topic_config_error_code;
    return created.error_code;
  }
  DeleteTopicsRequest DeletionOf(const Uuid& id) {
    DeleteTopicsRequest request;
    request.topics.Add(arena()).topic_id = id;
    return request;
  }
};

TEST_F(AuthorizeTest, ListsShowWhatMayBeDescribed) {
  CreateTopic("a");
  CreateTopic("b");
  Commit("g", "a", 0, 1);
  Commit("g", "b", 0, 2);
  Deny(AclResource::kTopic, "b");
  MetadataRequest all;
  all.topics = Array<MetadataRequestTopic>::Null();
  for (const auto& topic : Call(12, all).topics) EXPECT_NE(topic.name, "b");
  for (const auto& topic : Call(0, DescribeTopicPartitionsRequest{}).topics)
    EXPECT_NE(topic.name, "b");
  OffsetFetchRequest offsets;
  offsets.group_id = "g";
  offsets.topics = Array<OffsetFetchRequestTopic>::Null();
  EXPECT_EQ(Only(Call(5, offsets).topics).name, "a");
}

TEST_F(AuthorizeTest, SessionsJudgeEachFetchAnew) {
  CreateTopic("t");
  Produce("t", 0, "value");
  FetchRequest first = FetchOf("t", 0, 0);
  first.session_epoch = 0;
  const FetchResponse& opened = Call(12, first);
  EXPECT_EQ(Only(Only(opened.responses).partitions).error_code, ErrorCode::kNone);
  FetchRequest next;
  next.session_id = opened.session_id;
  next.session_epoch = 1;
  next.max_bytes = first.max_bytes;
  Deny(AclResource::kTopic, "t", AclOperation::kRead);
  EXPECT_EQ(Only(Only(Call(12, next).responses).partitions).error_code, kNoTopic);
}

TEST_F(AuthorizeTest, OperationsAreThoseThatAclsLeave) {
  CreateTopic("t");
  Allow(AclResource::kTopic, "t", AclOperation::kRead);
  MetadataRequest metadata;
  metadata.topics.Add(arena()).name = "t";
  metadata.include_topic_authorized_operations = true;
  metadata.include_cluster_authorized_operations = true;
  const MetadataResponse& answer = Call(8, metadata);
  EXPECT_EQ(Only(answer.topics).topic_authorized_operations, OperationBits({3, 8}));
  EXPECT_EQ(answer.cluster_authorized_operations, kAllClusterOperations);
  MakeStable("g");
  Deny(AclResource::kGroup, "g", AclOperation::kDelete);
  Allow(AclResource::kGroup, "g", AclOperation::kAll);
  DescribeGroupsRequest groups;
  groups.groups = List<std::string_view>({"g"});
  groups.include_authorized_operations = true;
  EXPECT_EQ(Only(Call(5, groups).groups).authorized_operations, OperationBits({3, 8, 10, 11}));
  DenyOnCluster(AclOperation::kDescribe);
  DescribeClusterRequest cluster;
  cluster.include_cluster_authorized_operations = true;
  EXPECT_EQ(Call(1, cluster).cluster_authorized_operations, 0);
}

TEST_F(AuthorizeTest, CreationNeedsTheClusterOrTheTopic) {
  DenyOnCluster(AclOperation::kCreate);
  Allow(AclResource::kTopic, "mine", AclOperation::kCreate);
  Allow(AclResource::kTopic, "seen", AclOperation::kDescribe);
  ErrorCode of_configs = ErrorCode::kNone;
  EXPECT_EQ(Create("mine", &of_configs), ErrorCode::kNone);
  EXPECT_EQ(of_configs, kNoTopic) << "may create it, not see its configs";
  EXPECT_EQ(Create("seen"), kNoTopic);
  MetadataRequest metadata;
  metadata.topics.Add(arena()).name = "seen";
  metadata.allow_auto_topic_creation = true;
  EXPECT_EQ(Only(Call(8, metadata).topics).error_code, kNoTopic);
  EXPECT_FALSE(HasTopic("seen"));
}

TEST_F(AuthorizeTest, DeletionByIdNamesOnlyWhatMayBeDescribed) {
  CreateTopic("hidden");
  CreateTopic("seen");
  DenyOnCluster(AclOperation::kDelete);
  Deny(AclResource::kTopic, "hidden");
  Allow(AclResource::kTopic, "seen", AclOperation::kDescribe);
  const auto& hidden = Only(Call(6, DeletionOf(TopicId("hidden"))).responses);
  EXPECT_EQ(hidden.error_code, kNoTopic);
  EXPECT_EQ(hidden.name, std::nullopt);
  EXPECT_EQ(hidden.topic_id, TopicId("hidden"));
  const auto& seen = Only(Call(6, DeletionOf(TopicId("seen"))).responses);
  EXPECT_EQ(seen.error_code, kNoTopic);
  EXPECT_EQ(seen.name, "seen");
  EXPECT_TRUE(HasTopic("hidden") && HasTopic("seen"));
}

TEST_F(AuthorizeTest, ProducerIdsNeedTheClusterOrSomeTopic) {
  InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  DenyOnCluster(AclOperation::kIdempotentWrite);
  EXPECT_EQ(Call(4, request).error_code, ErrorCode::kNone) << "topics are open";
  Deny(AclResource::kTopic, "*", AclOperation::kWrite);
  EXPECT_EQ(Call(4, request).error_code, kNoCluster);
}

TEST_F(AuthorizeTest, ConfigsOfBrokersAndListsBelongToTheCluster) {
  DenyOnCluster(AclOperation::kDescribeConfigs);
  Deny(AclResource::kCluster, metadata::kClusterName, AclOperation::kAlterConfigs);
  DescribeConfigsRequest describe;
  auto& resource = describe.resources.Add(arena());
  resource.resource_type = kBrokerConfigs;
  resource.resource_name = "1";
  EXPECT_EQ(Only(Call(4, describe).results).error_code, kNoCluster);
  IncrementalAlterConfigsRequest alter;
  auto& altered = alter.resources.Add(arena());
  altered.resource_type = kBrokerConfigs;
  altered.resource_name = "1";
  EXPECT_EQ(Only(Call(1, alter).responses).error_code, kNoCluster);
  EXPECT_EQ(Call(1, ListConfigResourcesRequest()).error_code, kNoCluster);
}

// The group "g", stable, then denied.
class DeniedGroupTest : public AclFixture {
 protected:
  void SetUp() override {
    AclFixture::SetUp();
    CreateTopic("t");
    member_ = MakeStable("g");
    Deny(AclResource::kGroup, "g");
  }
  std::string_view member_;
};

TEST_F(DeniedGroupTest, HasNoMembers) {
  EXPECT_EQ(Call(3, JoinOf("g")).error_code, kNoGroup);
  EXPECT_EQ(Call(3, SyncOf("g", member_, 1)).error_code, kNoGroup);
  EXPECT_EQ(Beat("g", member_, 1), kNoGroup);
  LeaveGroupRequest leave;
  leave.group_id = "g";
  leave.member_id = member_;
  EXPECT_EQ(Call(2, leave).error_code, kNoGroup);
  leave.members.Add(arena()).member_id = member_;
  const LeaveGroupResponse& several = Call(3, leave);
  EXPECT_EQ(several.error_code, kNoGroup);
  EXPECT_TRUE(several.members.empty());
}

TEST_F(DeniedGroupTest, HasNoOffsets) {
  const auto& committed = Call(8, CommitOf("g", "t", 0, 5));
  EXPECT_EQ(Only(Only(committed.topics).partitions).error_code, kNoGroup);
  EXPECT_EQ(Call(5, OffsetFetchOf("g", "t", 0)).error_code, kNoGroup);
  const auto& before_v2 = Call(1, OffsetFetchOf("g", "t", 0));
  EXPECT_EQ(Only(Only(before_v2.topics).partitions).error_code, kNoGroup);
  OffsetDeleteRequest deletion;
  deletion.group_id = "g";
  EXPECT_EQ(Call(0, deletion).error_code, kNoGroup);
}

TEST_F(DeniedGroupTest, IsNotFoundDescribedListedOrDeleted) {
  FindCoordinatorRequest find;
  find.key = "g";
  EXPECT_EQ(Call(3, find).error_code, kNoGroup);
  DescribeGroupsRequest describe;
  describe.groups = List<std::string_view>({"g"});
  EXPECT_EQ(Only(Call(5, describe).groups).error_code, kNoGroup);
  DeleteGroupsRequest deletion;
  deletion.groups_names = List<std::string_view>({"g"});
  EXPECT_EQ(Only(Call(2, deletion).results).error_code, kNoGroup);
  DescribeConfigsRequest configs;
  auto& resource = configs.resources.Add(arena());
  resource.resource_type = kGroupConfigs;
  resource.resource_name = "g";
  EXPECT_EQ(Only(Call(4, configs).results).error_code, kNoGroup);
  EXPECT_EQ(Only(Call(4, ListGroupsRequest()).groups).group_id, "g") << "the cluster is open";
  DenyOnCluster(AclOperation::kDescribe);
  EXPECT_TRUE(Call(4, ListGroupsRequest()).groups.empty());
}

}  // namespace
}  // namespace odradek::api
