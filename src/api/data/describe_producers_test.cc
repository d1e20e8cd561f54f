#include "protocol/message/describe_producers.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

class DescribeProducersTest : public BrokerFixture {
 protected:
  const DescribeProducersResponsePartitionResponse& Describe(std::string_view topic,
                                                             int32_t partition, size_t node = 0) {
    DescribeProducersRequest request;
    auto& asked = request.topics.Add(arena());
    asked.name = topic;
    asked.partition_indexes.Add(arena(), partition);
    return Only(Only(Call(0, request, node).topics).partitions);
  }
};

TEST_F(DescribeProducersTest, TellsTheLastBatchOfEachProducer) {
  CreateTopic("t");
  Produce("t", 0, "of nobody");
  EXPECT_TRUE(Describe("t", 0).active_producers.empty());
  for (const int32_t sequence : {0, 1}) {
    const std::string batch =
        Batch("x", {.producer_id = 77, .producer_epoch = 3, .base_sequence = sequence}, 5000);
    Call(9, ProduceOf("t", 0, batch));
  }
  const auto& producer = Only(Describe("t", 0).active_producers);
  EXPECT_EQ(producer.producer_id, 77);
  EXPECT_EQ(producer.producer_epoch, 3);
  EXPECT_EQ(producer.last_sequence, 1);
  EXPECT_EQ(producer.last_timestamp, 5000);
  EXPECT_EQ(producer.current_txn_start_offset, -1);
}

TEST_F(DescribeProducersTest, AnswersOnReplicasOnly) {
  Start({.nodes = 3});
  PlaceTopic("t", {{1, 2}});
  EXPECT_EQ(Describe("t", 0, 0).error_code, ErrorCode::kNone);
  EXPECT_EQ(Describe("t", 0, 1).error_code, ErrorCode::kNone);
  EXPECT_EQ(Describe("t", 0, 2).error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(Describe("t", 9).error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(Describe("missing", 0).error_code, ErrorCode::kUnknownTopicOrPartition);
}

}  // namespace
}  // namespace odradek::api
