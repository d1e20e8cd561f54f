#include "protocol/message/describe_topic_partitions.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

class DescribeTopicPartitionsTest : public BrokerFixture {
 protected:
  DescribeTopicPartitionsRequest Of(std::initializer_list<std::string_view> names,
                                    int32_t limit = 2000) {
    DescribeTopicPartitionsRequest request;
    for (const std::string_view name : names) request.topics.Add(arena()).name = name;
    request.response_partition_limit = limit;
    return request;
  }
  DescribeTopicPartitionsRequest From(std::string_view topic, int32_t partition,
                                      DescribeTopicPartitionsRequest request) {
    request.cursor.emplace();
    request.cursor->topic_name = topic;
    request.cursor->partition_index = partition;
    return request;
  }
};

TEST_F(DescribeTopicPartitionsTest, TellsTopicsInOrderOfTheirNames) {
  CreateTopic("b");
  CreateTopic("a", 2);
  const auto& response = Call(0, Of({"b", "a"}));
  ASSERT_EQ(response.topics.size(), 2U);
  EXPECT_EQ(response.topics[0].name, "a");
  EXPECT_EQ(response.topics[0].topic_id, TopicId("a"));
  EXPECT_EQ(response.topics[0].topic_authorized_operations, 3576);
  ASSERT_EQ(response.topics[0].partitions.size(), 2U);
  const auto& partition = response.topics[0].partitions[1];
  EXPECT_EQ(partition.partition_index, 1);
  EXPECT_EQ(partition.leader_id, 1);
  EXPECT_EQ(partition.leader_epoch, 0);
  EXPECT_EQ(Only(partition.replica_nodes), 1);
  EXPECT_EQ(Only(partition.isr_nodes), 1);
  EXPECT_FALSE(partition.eligible_leader_replicas.is_null());
  EXPECT_FALSE(partition.last_known_elr.is_null());
  EXPECT_EQ(response.topics[1].name, "b");
  EXPECT_FALSE(response.next_cursor.has_value());
}

TEST_F(DescribeTopicPartitionsTest, TellsOfALeaderThatTheClientCannotReach) {
  Start({.nodes = 2, .hidden_nodes = 1});
  PlaceTopic("t", {{2, 1}});
  const auto& partition = Only(Only(Call(0, Of({"t"})).topics).partitions);
  EXPECT_EQ(partition.leader_id, -1);
  EXPECT_EQ(partition.replica_nodes, List<int32_t>({2, 1}));
  EXPECT_EQ(partition.offline_replicas, List<int32_t>({2}));
}

TEST_F(DescribeTopicPartitionsTest, AnEmptyListAsksForAll) {
  CreateTopic("a");
  CreateTopic("b");
  EXPECT_EQ(Call(0, Of({})).topics.size(), 2U);
}

TEST_F(DescribeTopicPartitionsTest, GoesOnWhereTheCursorSays) {
  CreateTopic("a", 3);
  CreateTopic("b", 2);
  const auto& first = Call(0, Of({"a", "b"}, 2));
  EXPECT_EQ(Only(first.topics).partitions.size(), 2U);
  ASSERT_TRUE(first.next_cursor.has_value());
  EXPECT_EQ(first.next_cursor->topic_name, "a");
  EXPECT_EQ(first.next_cursor->partition_index, 2);

  const auto& second = Call(0, From("a", 2, Of({"a", "b"}, 2)));
  ASSERT_EQ(second.topics.size(), 2U);
  EXPECT_EQ(Only(second.topics[0].partitions).partition_index, 2);
  EXPECT_EQ(Only(second.topics[1].partitions).partition_index, 0);
  ASSERT_TRUE(second.next_cursor.has_value());
  EXPECT_EQ(second.next_cursor->topic_name, "b");
  EXPECT_EQ(second.next_cursor->partition_index, 1);

  const auto& third = Call(0, From("b", 1, Of({"a", "b"}, 2)));
  EXPECT_EQ(Only(Only(third.topics).partitions).partition_index, 1);
  EXPECT_FALSE(third.next_cursor.has_value());
}

TEST_F(DescribeTopicPartitionsTest, GetsOnWithALimitOfZeroAndWithTheBrokersLimit) {
  Start({.settings = {"max.request.partition.size.limit=2"}});
  CreateTopic("a", 3);
  EXPECT_EQ(Only(Call(0, Of({"a"}, 0)).topics).partitions.size(), 1U);
  EXPECT_EQ(Only(Call(0, Of({"a"}, 100)).topics).partitions.size(), 2U);
}

TEST_F(DescribeTopicPartitionsTest, RefusesACursorThatPointsElsewhere) {
  CreateTopic("a");
  CreateTopic("b");
  EXPECT_EQ(Only(Call(0, From("b", 0, Of({"a"}))).topics).error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(Only(Call(0, From("a", -1, Of({"a"}))).topics).error_code, ErrorCode::kInvalidRequest);
}

TEST_F(DescribeTopicPartitionsTest, TellsWhatDoesNotExist) {
  const auto& response = Call(0, Of({"missing", "a b"}));
  ASSERT_EQ(response.topics.size(), 2U);
  EXPECT_EQ(response.topics[0].name, "a b");
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(response.topics[1].error_code, ErrorCode::kUnknownTopicOrPartition);
}

}  // namespace
}  // namespace odradek::api
