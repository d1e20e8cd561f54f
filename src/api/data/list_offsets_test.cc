#include "protocol/message/list_offsets.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

using Answer = ListOffsetsResponsePartitionResponse;

constexpr int64_t kLatest = -1;
constexpr int64_t kEarliest = -2;
constexpr int64_t kMaxTimestamp = -3;
constexpr int64_t kEarliestLocal = -4;
constexpr int64_t kLatestTiered = -5;
constexpr int64_t kEarliestPendingUpload = -6;

class ListOffsetsTest : public BrokerFixture {
 protected:
  // Offsets 0, 1 and 2 at the times 1000, 3000 and 2000.
  void MakeRecords() {
    CreateTopic("t", 2);
    Produce("t", 0, "a", 1000);
    Produce("t", 0, "b", 3000);
    Produce("t", 0, "c", 2000);
  }
  const Answer& At(int64_t timestamp, int16_t version = 11) {
    return AnswerTo(ListOffsetsOf("t", 0, timestamp), version);
  }
  const Answer& AnswerTo(const ListOffsetsRequest& request, int16_t version = 11) {
    return Only(Only(Call(version, request).topics).partitions);
  }
  ErrorCode ErrorOf(const ListOffsetsRequest& request, int16_t version = 11, size_t node = 0) {
    const Answer& answer = Only(Only(Call(version, request, node).topics).partitions);
    EXPECT_EQ(answer.offset, -1);
    return answer.error_code;
  }
};

TEST_F(ListOffsetsTest, TellsTheEndsInEveryVersion) {
  MakeRecords();
  for (int16_t version = 1; version <= 11; ++version) {
    SCOPED_TRACE(version);
    const Answer& latest = At(kLatest, version);
    EXPECT_EQ(latest.error_code, ErrorCode::kNone);
    EXPECT_EQ(latest.offset, 3);
    EXPECT_EQ(latest.timestamp, -1);
    EXPECT_EQ(latest.leader_epoch, version < 4 ? -1 : 0);
    EXPECT_EQ(At(kEarliest, version).offset, 0);
  }
}

TEST_F(ListOffsetsTest, FindsTheFirstRecordThatIsNotOlder) {
  MakeRecords();
  EXPECT_EQ(At(0).offset, 0);
  EXPECT_EQ(At(0).timestamp, 1000);
  EXPECT_EQ(At(1001).offset, 1);
  EXPECT_EQ(At(1001).timestamp, 3000);
  EXPECT_EQ(At(3000).offset, 1);
  EXPECT_EQ(At(3001).offset, -1);
  EXPECT_EQ(At(3001).error_code, ErrorCode::kNone);
}

TEST_F(ListOffsetsTest, KnowsTheSpecialTimesOfItsVersion) {
  MakeRecords();
  EXPECT_EQ(At(kMaxTimestamp, 7).offset, 1);
  EXPECT_EQ(At(kMaxTimestamp, 7).timestamp, 3000);
  EXPECT_EQ(At(kEarliestLocal, 8).offset, 0);
  for (const auto& [timestamp, version] :
       {std::pair(kLatestTiered, 9), std::pair(kEarliestPendingUpload, 11)}) {
    const Answer& answer = At(timestamp, static_cast<int16_t>(version));
    EXPECT_EQ(answer.error_code, ErrorCode::kNone) << timestamp;
    EXPECT_EQ(answer.offset, -1) << "nothing is tiered";
  }
  EXPECT_EQ(At(kMaxTimestamp, 6).error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(At(kEarliestLocal, 7).error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(At(kLatestTiered, 8).error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(At(kEarliestPendingUpload, 10).error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(At(-7, 11).error_code, ErrorCode::kUnsupportedVersion);
}

TEST_F(ListOffsetsTest, ReadCommittedSeesTheSameEndWithoutTransactions) {
  MakeRecords();
  ListOffsetsRequest request = ListOffsetsOf("t", 0, kLatest);
  request.isolation_level = 1;
  EXPECT_EQ(AnswerTo(request, 2).offset, 3);
}

TEST_F(ListOffsetsTest, RefusesAPartitionThatComesTwiceAndServesTheOthers) {
  CreateTopic("t", 2);
  ListOffsetsRequest request = ListOffsetsOf("t", 0, kLatest);
  request.topics[0].partitions.Add(arena(), request.topics[0].partitions[0]);
  request.topics[0].partitions.Add(arena()).partition_index = 1;
  for (const Answer& answer : Only(Call(5, request).topics).partitions) {
    EXPECT_EQ(answer.error_code,
              answer.partition_index == 0 ? ErrorCode::kInvalidRequest : ErrorCode::kNone);
  }
}

TEST_F(ListOffsetsTest, RefusesWhatDoesNotExist) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOf(ListOffsetsOf("missing", 0, kLatest)), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(ListOffsetsOf("t", 1, kLatest)), ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(ListOffsetsTest, ChecksTheEpochThatTheClientKnows) {
  CreateTopic("t");
  ListOffsetsRequest request = ListOffsetsOf("t", 0, kLatest);
  request.topics[0].partitions[0].current_leader_epoch = 0;
  EXPECT_EQ(AnswerTo(request).offset, 0);
  request.topics[0].partitions[0].current_leader_epoch = 5;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kUnknownLeaderEpoch);
}

TEST_F(ListOffsetsTest, IsForTheLeader) {
  Start({.nodes = 2});
  PlaceTopic("t", {{2, 1}});
  EXPECT_EQ(ErrorOf(ListOffsetsOf("t", 0, kLatest), 5), ErrorCode::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace odradek::api
