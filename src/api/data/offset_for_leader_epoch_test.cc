#include "protocol/message/offset_for_leader_epoch.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

using Answer = OffsetForLeaderEpochResponseEpochEndOffset;

class OffsetForLeaderEpochTest : public BrokerFixture {
 protected:
  OffsetForLeaderEpochRequest Of(std::string_view topic, int32_t partition, int32_t epoch,
                                 int32_t current_epoch = -1) {
    OffsetForLeaderEpochRequest request;
    auto& asked = request.topics.Add(arena());
    asked.topic = topic;
    auto& asked_partition = asked.partitions.Add(arena());
    asked_partition.partition = partition;
    asked_partition.leader_epoch = epoch;
    asked_partition.current_leader_epoch = current_epoch;
    return request;
  }
  const Answer& AnswerTo(const OffsetForLeaderEpochRequest& request, int16_t version = 4,
                         size_t node = 0) {
    return Only(Only(Call(version, request, node).topics).partitions);
  }
  ErrorCode ErrorOf(const OffsetForLeaderEpochRequest& request) {
    const Answer& answer = AnswerTo(request);
    EXPECT_EQ(answer.leader_epoch, -1);
    EXPECT_EQ(answer.end_offset, -1);
    return answer.error_code;
  }
};

TEST_F(OffsetForLeaderEpochTest, TheCurrentEpochEndsWithTheLog) {
  CreateTopic("t", 2);
  Produce("t", 1, "a");
  Produce("t", 1, "b");
  for (int16_t version = 2; version <= 4; ++version) {
    SCOPED_TRACE(version);
    const Answer& answer = AnswerTo(Of("t", 1, 0), version);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(answer.partition, 1);
    EXPECT_EQ(answer.leader_epoch, 0);
    EXPECT_EQ(answer.end_offset, 2);
  }
}

TEST_F(OffsetForLeaderEpochTest, AnEpochToComeOrBelowTheFirstHasNoEnd) {
  CreateTopic("t");
  Produce("t", 0, "a");
  EXPECT_EQ(ErrorOf(Of("t", 0, -1)), ErrorCode::kNone);
  const Answer& to_come = AnswerTo(Of("t", 0, 5));
  EXPECT_EQ(to_come.error_code, ErrorCode::kNone);
  EXPECT_EQ(to_come.end_offset, -1);
}

TEST_F(OffsetForLeaderEpochTest, ChecksTheEpochThatTheClientKnows) {
  CreateTopic("t");
  EXPECT_EQ(AnswerTo(Of("t", 0, 0, 0)).error_code, ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(Of("t", 0, 0, 3)), ErrorCode::kUnknownLeaderEpoch);
}

TEST_F(OffsetForLeaderEpochTest, RefusesWhatDoesNotExist) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOf(Of("missing", 0, 0)), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(Of("t", 3, 0)), ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(OffsetForLeaderEpochTest, IsForTheLeader) {
  Start({.nodes = 2});
  PlaceTopic("t", {{2, 1}});
  EXPECT_EQ(ErrorOf(Of("t", 0, 0)), ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(AnswerTo(Of("t", 0, 0), 4, 1).error_code, ErrorCode::kNone);
}

}  // namespace
}  // namespace odradek::api
