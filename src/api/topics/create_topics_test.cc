#include "protocol/message/create_topics.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

using Asked = CreateTopicsRequestCreatableTopic;
using Created = CreateTopicsResponseCreatableTopicResult;

class CreateTopicsTest : public BrokerFixture {
 protected:
  CreateTopicsRequest Of(std::initializer_list<std::string_view> names, int32_t partitions = 1,
                         int16_t replicas = 1) {
    CreateTopicsRequest request;
    for (const std::string_view name : names) {
      Asked& topic = request.topics.Add(arena());
      topic.name = name;
      topic.num_partitions = partitions;
      topic.replication_factor = replicas;
    }
    return request;
  }
  ErrorCode ErrorOf(const CreateTopicsRequest& request) {
    const Created& created = Only(Call(7, request).topics);
    EXPECT_NE(created.error_message, "") << "Kafka says why, or null";
    return created.error_code;
  }
  ErrorCode ErrorWith(std::string_view key, std::optional<std::string_view> value) {
    CreateTopicsRequest request = Of({"t"});
    auto& config = request.topics[0].configs.Add(arena());
    config.name = key;
    config.value = value;
    return ErrorOf(request);
  }
  ErrorCode ErrorPlaced(std::string_view name,
                        const std::vector<std::pair<int32_t, std::vector<int32_t>>>& assignments) {
    CreateTopicsRequest request = Of({name}, -1, -1);
    for (const auto& [partition, brokers] : assignments) {
      auto& assignment = request.topics[0].assignments.Add(arena());
      assignment.partition_index = partition;
      for (const int32_t broker : brokers) assignment.broker_ids.Add(arena(), broker);
    }
    return ErrorOf(request);
  }
};

TEST_F(CreateTopicsTest, MakesTopicsInEveryVersion) {
  for (int16_t version = 2; version <= 7; ++version) {
    SCOPED_TRACE(version);
    const std::string name = "v" + std::to_string(version);
    const Created& created = Only(Call(version, Of({name}, 2)).topics);
    EXPECT_EQ(created.name, name);
    EXPECT_EQ(created.error_code, ErrorCode::kNone);
    EXPECT_EQ(created.error_message, std::nullopt);
    EXPECT_EQ(created.num_partitions, version < 5 ? -1 : 2);
    EXPECT_EQ(created.replication_factor, version < 5 ? -1 : 1);
    EXPECT_EQ(created.configs.size(), version < 5 ? 0U : 33U);
    EXPECT_EQ(created.topic_id, version < 7 ? Uuid() : TopicId(name));
    Produce(name, 1, "usable when the answer is out");
  }
}

TEST_F(CreateTopicsTest, TellsWhichConfigsAreTheTopicsOwn) {
  CreateTopicsRequest request = Of({"t"});
  auto& config = request.topics[0].configs.Add(arena());
  config.name = "retention.ms";
  config.value = "1000";
  const Created& created = Only(Call(7, request).topics);
  const auto named = [](std::string_view name) {
    return [name](const CreateTopicsResponseCreatableTopicConfigs& c) { return c.name == name; };
  };
  const auto& own = Find(created.configs, named("retention.ms"));
  EXPECT_EQ(own.value, "1000");
  EXPECT_EQ(own.config_source, 1);
  const auto& other = Find(created.configs, named("cleanup.policy"));
  EXPECT_EQ(other.value, "delete");
  EXPECT_EQ(other.config_source, 5);
}

TEST_F(CreateTopicsTest, MinusOneAsksForTheBrokersDefaults) {
  Start({.nodes = 2, .settings = {"num.partitions=4", "default.replication.factor=2"}});
  const Created& created = Only(Call(5, Of({"t"}, -1, -1)).topics);
  EXPECT_EQ(created.num_partitions, 4);
  EXPECT_EQ(created.replication_factor, 2);
}

TEST_F(CreateTopicsTest, RefusesNamesThatAreTakenOrIllegal) {
  CreateTopic("a.b");
  EXPECT_EQ(ErrorOf(Of({"a.b"})), ErrorCode::kTopicAlreadyExists);
  EXPECT_EQ(ErrorOf(Of({"a_b"})), ErrorCode::kInvalidTopicException) << "metrics would clash";
  for (const std::string& name :
       {std::string(), std::string("."), std::string("a b"), std::string(250, 'x')}) {
    EXPECT_EQ(ErrorOf(Of({name})), ErrorCode::kInvalidTopicException) << name;
  }
  EXPECT_EQ(ErrorOf(Of({std::string(249, 'x')})), ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(Of({"__cluster_metadata"})), ErrorCode::kInvalidRequest);
}

TEST_F(CreateTopicsTest, RefusesANameThatComesTwiceAndMakesTheOthers) {
  const CreateTopicsResponse& response = Call(7, Of({"t", "u", "t"}));
  ASSERT_EQ(response.topics.size(), 2U);
  for (const Created& created : response.topics) {
    EXPECT_EQ(created.error_code,
              created.name == "t" ? ErrorCode::kInvalidRequest : ErrorCode::kNone);
  }
  EXPECT_FALSE(HasTopic("t"));
  EXPECT_TRUE(HasTopic("u"));
}

TEST_F(CreateTopicsTest, RefusesNumbersThatNoTopicHas) {
  EXPECT_EQ(ErrorOf(Of({"t"}, 0)), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(ErrorOf(Of({"t"}, -2)), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(ErrorOf(Of({"t"}, 1, 0)), ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(ErrorOf(Of({"t"}, 1, 2)), ErrorCode::kInvalidReplicationFactor);
  EXPECT_FALSE(HasTopic("t"));
}

TEST_F(CreateTopicsTest, RefusesConfigsThatAreNone) {
  EXPECT_EQ(ErrorWith("no.such.config", "1"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(ErrorWith("retention.ms", "soon"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(ErrorWith("cleanup.policy", "shred"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(ErrorWith("retention.ms", std::nullopt), ErrorCode::kInvalidConfig);
  EXPECT_FALSE(HasTopic("t"));
}

TEST_F(CreateTopicsTest, PlacesPartitionsByHand) {
  Start({.nodes = 2});
  EXPECT_EQ(ErrorPlaced("t", {{0, {2, 1}}, {1, {1}}}), ErrorCode::kInvalidReplicaAssignment)
      << "of unequal length";
  EXPECT_EQ(ErrorPlaced("t", {{0, {2, 1}}, {1, {1, 2}}}), ErrorCode::kNone);
  EXPECT_EQ(broker().cluster().metadata().image()->FindTopic("t")->partitions[0].leader, 2);
  EXPECT_EQ(ErrorPlaced("u", {{0, {1}}, {2, {1}}}), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(ErrorPlaced("u", {{0, {9}}}), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(ErrorPlaced("u", {{0, {1, 1}}}), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(ErrorPlaced("u", {{0, {}}}), ErrorCode::kInvalidReplicaAssignment);
  CreateTopicsRequest both = Of({"u"}, 1, 1);
  both.topics[0].assignments.Add(arena()).broker_ids.Add(arena(), 1);
  EXPECT_EQ(ErrorOf(both), ErrorCode::kInvalidRequest);
}

TEST_F(CreateTopicsTest, ValidatesWithoutMaking) {
  CreateTopic("there");
  CreateTopicsRequest request = Of({"there", "t"}, 3);
  request.validate_only = true;
  const CreateTopicsResponse& response = Call(7, request);
  ASSERT_EQ(response.topics.size(), 2U);
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::kTopicAlreadyExists);
  EXPECT_EQ(response.topics[1].error_code, ErrorCode::kNone);
  EXPECT_EQ(response.topics[1].num_partitions, 3);
  EXPECT_FALSE(HasTopic("t"));
}

}  // namespace
}  // namespace odradek::api
