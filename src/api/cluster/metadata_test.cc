#include "protocol/message/metadata.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "protocol/message/delete_topics.h"

namespace odradek::api {
namespace {

class MetadataTest : public BrokerFixture {
 protected:
  MetadataRequest Named(std::initializer_list<std::string_view> names, bool may_create = false) {
    MetadataRequest request;
    request.allow_auto_topic_creation = may_create;
    for (const std::string_view name : names) request.topics.Add(arena()).name = name;
    return request;
  }
  MetadataRequest WithId(const Uuid& id, std::optional<std::string_view> name = std::nullopt) {
    MetadataRequest request;
    auto& topic = request.topics.Add(arena());
    topic.topic_id = id;
    topic.name = name;
    return request;
  }
  ErrorCode ErrorOf(int16_t version, const MetadataRequest& request) {
    return Only(Call(version, request).topics).error_code;
  }
};

TEST_F(MetadataTest, NamesBrokersAndPartitionsInEveryVersion) {
  CreateTopic("t", 2);
  for (int16_t version = 0; version <= 13; ++version) {
    SCOPED_TRACE(version);
    const MetadataResponse& response = Call(version, Named({"t"}));
    EXPECT_EQ(Only(response.brokers).node_id, 1);
    EXPECT_EQ(Only(response.brokers).host, "127.0.0.1");
    EXPECT_EQ(Only(response.brokers).port, broker().port());
    const MetadataResponseTopic& topic = Only(response.topics);
    EXPECT_EQ(topic.name, "t");
    EXPECT_FALSE(topic.is_internal);
    ASSERT_EQ(topic.partitions.size(), 2U);
    const MetadataResponsePartition& partition = topic.partitions[1];
    EXPECT_EQ(partition.error_code, ErrorCode::kNone);
    EXPECT_EQ(partition.partition_index, 1);
    EXPECT_EQ(partition.leader_id, 1);
    EXPECT_EQ(Only(partition.replica_nodes), 1);
    EXPECT_EQ(Only(partition.isr_nodes), 1);
    EXPECT_EQ(partition.leader_epoch, version < 7 ? -1 : 0);
    EXPECT_EQ(response.controller_id, version < 1 ? -1 : 1);
    EXPECT_EQ(response.cluster_id.has_value(), version >= 2);
    EXPECT_EQ(topic.topic_id, version < 10 ? Uuid() : TopicId("t"));
  }
}

TEST_F(MetadataTest, AnEmptyListAsksForAllInV0AndForNoneLater) {
  CreateTopic("a");
  CreateTopic("b");
  EXPECT_EQ(Call(0, Named({})).topics.size(), 2U);
  EXPECT_EQ(Call(1, Named({})).topics.size(), 0U);
  MetadataRequest all;
  all.topics = Array<MetadataRequestTopic>::Null();
  EXPECT_EQ(Call(1, all).topics.size(), 2U);
  EXPECT_EQ(Call(13, all).topics.size(), 2U);
}

TEST_F(MetadataTest, AnswersATopicThatIsNamedTwiceOnce) {
  CreateTopic("t");
  EXPECT_EQ(Only(Call(4, Named({"t", "t"})).topics).name, "t");
}

TEST_F(MetadataTest, TellsWhatDoesNotExist) {
  EXPECT_EQ(ErrorOf(4, Named({"missing"})), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(13, Named({"missing"})), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(4, Named({"a b"})), ErrorCode::kInvalidTopicException);
  EXPECT_FALSE(HasTopic("missing"));
}

TEST_F(MetadataTest, CreatesATopicIfBothSidesAllowIt) {
  Start({.settings = {"num.partitions=3"}});
  const auto& created = Only(Call(4, Named({"made"}, true)).topics);
  EXPECT_EQ(created.error_code, ErrorCode::kNone);
  ASSERT_EQ(created.partitions.size(), 3U);
  EXPECT_EQ(created.partitions[2].leader_id, 1);
  EXPECT_EQ(ErrorOf(3, Named({"before_v4"})), ErrorCode::kNone) << "the field came with v4";
  EXPECT_EQ(ErrorOf(4, Named({"a b"}, true)), ErrorCode::kInvalidTopicException);
}

TEST_F(MetadataTest, CreatesNoTopicIfTheBrokerForbidsIt) {
  Start({.settings = {"auto.create.topics.enable=false"}});
  EXPECT_EQ(ErrorOf(4, Named({"t"}, true)), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_FALSE(HasTopic("t"));
}

TEST_F(MetadataTest, FindsTopicsByIdFromV12On) {
  CreateTopic("t");
  const Uuid id = TopicId("t");
  EXPECT_EQ(Only(Call(12, WithId(id)).topics).name, "t");
  EXPECT_EQ(ErrorOf(11, WithId(id, "t")), ErrorCode::kInvalidRequest);
  EXPECT_EQ(ErrorOf(10, WithId(id)), ErrorCode::kInvalidRequest);
  DeleteTopicsRequest deletion;
  deletion.topics.Add(arena()).name = "t";
  Call(6, deletion);
  const auto& gone = Only(Call(12, WithId(id)).topics);
  EXPECT_EQ(gone.error_code, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(gone.name, std::nullopt);
  EXPECT_EQ(gone.topic_id, id);
}

TEST_F(MetadataTest, WantsANameOrAnId) {
  EXPECT_EQ(ErrorOf(12, WithId(Uuid())), ErrorCode::kUnknownServerError) << "as Kafka";
  CreateTopic("t");
  MetadataRequest request = WithId(TopicId("t"));
  request.topics.Add(arena()).name = "u";
  EXPECT_EQ(Only(Call(12, request).topics).name, "t") << "beside ids names count for nothing";
}

TEST_F(MetadataTest, TellsOfALeaderThatTheClientCannotReach) {
  Start({.nodes = 2, .hidden_nodes = 1});
  PlaceTopic("t", {{2, 1}});
  const auto partition_in = [&](int16_t version) {
    return Only(Only(Call(version, Named({"t"})).topics).partitions);
  };
  EXPECT_EQ(partition_in(5).error_code, ErrorCode::kLeaderNotAvailable);
  const MetadataResponsePartition partition = partition_in(6);
  EXPECT_EQ(partition.error_code, ErrorCode::kListenerNotFound);
  EXPECT_EQ(partition.leader_id, -1);
  EXPECT_EQ(partition.offline_replicas, List<int32_t>({2}));
  EXPECT_EQ(Only(Call(6, Named({"t"})).brokers).node_id, 1);
}

TEST_F(MetadataTest, TellsAllowedOperationsIfAsked) {
  CreateTopic("t");
  MetadataRequest request = Named({"t"});
  const MetadataResponse& plain = Call(8, request);
  EXPECT_EQ(plain.cluster_authorized_operations, INT32_MIN);
  EXPECT_EQ(Only(plain.topics).topic_authorized_operations, INT32_MIN);
  request.include_cluster_authorized_operations = true;
  request.include_topic_authorized_operations = true;
  EXPECT_EQ(Call(8, request).cluster_authorized_operations, 8096);
  EXPECT_EQ(Only(Call(8, request).topics).topic_authorized_operations, 3576);
  EXPECT_EQ(Only(Call(13, request).topics).topic_authorized_operations, 3576);
}

TEST_F(MetadataTest, NamesEveryBrokerAndWhereEachPartitionIs) {
  Start({.nodes = 3, .racks = true});
  PlaceTopic("t", {{2, 3}});
  const MetadataResponse& response = Call(9, Named({"t"}), 2);
  ASSERT_EQ(response.brokers.size(), 3U);
  EXPECT_EQ(response.brokers[1].node_id, 2);
  EXPECT_EQ(response.brokers[1].port, broker().port(1));
  EXPECT_EQ(response.brokers[1].rack, "rack2");
  const auto& partition = Only(Only(response.topics).partitions);
  EXPECT_EQ(partition.leader_id, 2);
  EXPECT_EQ(partition.replica_nodes, List<int32_t>({2, 3}));
  EXPECT_EQ(partition.isr_nodes, List<int32_t>({2, 3}));
  EXPECT_TRUE(partition.offline_replicas.empty());
}

}  // namespace
}  // namespace odradek::api
