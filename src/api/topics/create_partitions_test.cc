#include "protocol/message/create_partitions.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

using Placement = std::vector<std::vector<int32_t>>;

class CreatePartitionsTest : public BrokerFixture {
 protected:
  CreatePartitionsRequest Of(std::string_view topic, int32_t count) {
    CreatePartitionsRequest request;
    auto& asked = request.topics.Add(arena());
    asked.name = topic;
    asked.count = count;
    asked.assignments = Array<CreatePartitionsRequestAssignment>::Null();
    return request;
  }
  ErrorCode ErrorOf(const CreatePartitionsRequest& request, int16_t version = 3) {
    const auto& result = Only(Call(version, request).results);
    EXPECT_NE(result.error_message, "") << "Kafka says why, or null";
    return result.error_code;
  }
  ErrorCode ErrorPlaced(int32_t count, const Placement& placement) {
    CreatePartitionsRequest request = Of("t", count);
    request.topics[0].assignments = {};
    for (const std::vector<int32_t>& brokers : placement) {
      auto& assignment = request.topics[0].assignments.Add(arena());
      for (const int32_t broker : brokers) assignment.broker_ids.Add(arena(), broker);
    }
    return ErrorOf(request);
  }
  metadata::TopicRef Topic(std::string_view name) {
    return broker().cluster().metadata().image()->FindTopic(name);
  }
};

TEST_F(CreatePartitionsTest, AddsPartitionsInEveryVersion) {
  CreateTopic("t");
  for (int16_t version = 0; version <= 3; ++version) {
    EXPECT_EQ(ErrorOf(Of("t", version + 2), version), ErrorCode::kNone) << version;
    Produce("t", version + 1, "usable when the answer is out");
  }
}

TEST_F(CreatePartitionsTest, RefusesToShrinkOrToStay) {
  CreateTopic("t", 2);
  for (const int32_t count : {2, 1, 0, -1}) {
    EXPECT_EQ(ErrorOf(Of("t", count)), ErrorCode::kInvalidPartitions) << count;
  }
  EXPECT_EQ(Topic("t")->partitions.size(), 2U);
}

TEST_F(CreatePartitionsTest, RefusesWhatDoesNotExist) {
  EXPECT_EQ(ErrorOf(Of("missing", 3)), ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(CreatePartitionsTest, RefusesATopicThatComesTwice) {
  CreateTopic("t");
  CreatePartitionsRequest request = Of("t", 2);
  request.topics.Add(arena(), Of("t", 3).topics[0]);
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Topic("t")->partitions.size(), 1U);
}

TEST_F(CreatePartitionsTest, PlacesPartitionsByHand) {
  Start({.nodes = 3});
  PlaceTopic("t", {{1, 2}});
  EXPECT_EQ(ErrorPlaced(2, {{3, 1}}), ErrorCode::kNone);
  EXPECT_EQ(Topic("t")->partitions[1].replicas, (std::vector<int32_t>{3, 1}));
  EXPECT_EQ(ErrorPlaced(3, {{3}}), ErrorCode::kInvalidReplicaAssignment) << "too few replicas";
  EXPECT_EQ(ErrorPlaced(4, {{1, 2}}), ErrorCode::kInvalidReplicaAssignment) << "of one of two";
  EXPECT_EQ(ErrorPlaced(3, {{7, 1}}), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(ErrorPlaced(3, {{}}), ErrorCode::kInvalidReplicaAssignment);
}

TEST_F(CreatePartitionsTest, ValidatesWithoutAdding) {
  CreateTopic("t");
  CreatePartitionsRequest request = Of("t", 3);
  request.validate_only = true;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kNone);
  request.topics[0].count = 1;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(Topic("t")->partitions.size(), 1U);
}

}  // namespace
}  // namespace odradek::api
