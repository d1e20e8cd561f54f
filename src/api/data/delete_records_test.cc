#include "protocol/message/delete_records.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "protocol/message/find_coordinator.h"

namespace odradek::api {
namespace {

using Answer = DeleteRecordsResponsePartitionResult;

class DeleteRecordsTest : public BrokerFixture {
 protected:
  DeleteRecordsRequest Of(std::string_view topic, int32_t partition, int64_t offset) {
    DeleteRecordsRequest request;
    auto& asked = request.topics.Add(arena());
    asked.name = topic;
    auto& asked_partition = asked.partitions.Add(arena());
    asked_partition.partition_index = partition;
    asked_partition.offset = offset;
    return request;
  }
  ErrorCode ErrorOf(const DeleteRecordsRequest& request, size_t node = 0) {
    const Answer& answer = Only(Only(Call(2, request, node).topics).partitions);
    EXPECT_EQ(answer.low_watermark, -1);
    return answer.error_code;
  }
  int64_t StartOffset() {
    return Only(Only(Call(5, ListOffsetsOf("t", 0, -2)).topics).partitions).offset;
  }
};

TEST_F(DeleteRecordsTest, MovesTheStartInEveryVersion) {
  CreateTopic("t");
  for (int16_t version = 0; version <= 2; ++version) {
    SCOPED_TRACE(version);
    Produce("t", 0, "x");
    const auto& topic = Only(Call(version, Of("t", 0, version + 1)).topics);
    EXPECT_EQ(topic.name, "t");
    EXPECT_EQ(Only(topic.partitions).error_code, ErrorCode::kNone);
    EXPECT_EQ(Only(topic.partitions).low_watermark, version + 1);
    EXPECT_EQ(StartOffset(), version + 1);
  }
  const auto& fetched = Call(4, FetchOf("t", 0, 0));
  EXPECT_EQ(Only(Only(fetched.responses).partitions).error_code, ErrorCode::kOffsetOutOfRange);
}

TEST_F(DeleteRecordsTest, MinusOneStandsForEverything) {
  CreateTopic("t");
  Produce("t", 0, "x");
  Produce("t", 0, "y");
  EXPECT_EQ(Only(Only(Call(2, Of("t", 0, -1)).topics).partitions).low_watermark, 2);
  EXPECT_EQ(EndOffset("t", 0), 2);
}

TEST_F(DeleteRecordsTest, BelowTheStartThereIsNothingToDo) {
  CreateTopic("t");
  Produce("t", 0, "x");
  Call(2, Of("t", 0, 1));
  const Answer& answer = Only(Only(Call(2, Of("t", 0, 0)).topics).partitions);
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_EQ(answer.low_watermark, 1);
}

TEST_F(DeleteRecordsTest, RefusesOffsetsThatAreNone) {
  CreateTopic("t");
  Produce("t", 0, "x");
  EXPECT_EQ(ErrorOf(Of("t", 0, 2)), ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(ErrorOf(Of("t", 0, -2)), ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(StartOffset(), 0);
}

TEST_F(DeleteRecordsTest, RefusesWhatDoesNotExist) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOf(Of("missing", 0, 0)), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(Of("t", 5, 0)), ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(DeleteRecordsTest, KeepsWhatIsOnlyCompactedAndWhatIsInternal) {
  CreateTopic("t", 1, {{"cleanup.policy", "compact"}});
  EXPECT_EQ(ErrorOf(Of("t", 0, 0)), ErrorCode::kPolicyViolation);
  CreateTopic("u", 1, {{"cleanup.policy", "compact,delete"}});
  EXPECT_EQ(Only(Only(Call(2, Of("u", 0, 0)).topics).partitions).error_code, ErrorCode::kNone);
  FindCoordinatorRequest find;
  find.key = "g";
  Call(0, find);
  EXPECT_EQ(ErrorOf(Of("__consumer_offsets", 0, 0)), ErrorCode::kInvalidTopicException);
}

TEST_F(DeleteRecordsTest, IsForTheLeader) {
  Start({.nodes = 2});
  PlaceTopic("t", {{2, 1}});
  EXPECT_EQ(ErrorOf(Of("t", 0, 0)), ErrorCode::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace odradek::api
