#include "protocol/message/produce.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "protocol/message/find_coordinator.h"

namespace odradek::api {
namespace {

using Answer = ProduceResponsePartitionProduceResponse;
using records::BatchOptions;

constexpr BatchOptions kIdempotent = {.producer_id = 7, .producer_epoch = 1, .base_sequence = 0};

class ProduceTest : public BrokerFixture {
 protected:
  const Answer& AnswerTo(const ProduceRequest& request, int16_t version = 9, size_t node = 0) {
    return Only(Only(Call(version, request, node).responses).partition_responses);
  }
  ErrorCode ErrorOf(const ProduceRequest& request, int16_t version = 9, size_t node = 0) {
    const Answer& answer = AnswerTo(request, version, node);
    EXPECT_EQ(answer.base_offset == -1, answer.error_code != ErrorCode::kNone);
    return answer.error_code;
  }
  // Of a batch by `kIdempotent`, but from another epoch or sequence number.
  ErrorCode ErrorFrom(int16_t epoch, int32_t sequence) {
    BatchOptions options = kIdempotent;
    options.producer_epoch = epoch;
    options.base_sequence = sequence;
    return ErrorOf(ProduceOf("t", 0, Batch("x", options)));
  }
};

TEST_F(ProduceTest, AppendsInEveryVersion) {
  CreateTopic("t");
  for (int16_t version = 3; version <= 13; ++version) {
    SCOPED_TRACE(version);
    const ProduceResponse& response = Call(version, ProduceOf("t", 0, Batch("x")));
    const auto& topic = Only(response.responses);
    EXPECT_EQ(topic.name, version < 13 ? "t" : "");
    EXPECT_EQ(topic.topic_id, version < 13 ? Uuid() : TopicId("t"));
    const Answer& answer = Only(topic.partition_responses);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(answer.base_offset, version - 3);
    EXPECT_EQ(answer.log_append_time_ms, -1);
    EXPECT_EQ(answer.log_start_offset, version < 5 ? -1 : 0);
  }
}

TEST_F(ProduceTest, AnnouncesOlderVersionsAndRefusesThem) {
  CreateTopic("t");
  EXPECT_EQ(client().Call(2, ProduceOf("t", 0, Batch("x"))), nullptr);
  EXPECT_TRUE(client().socket().ReadEnd());
}

TEST_F(ProduceTest, WithoutAcknowledgementThereIsNoAnswer) {
  CreateTopic("t");
  client().Send(9, ProduceOf("t", 0, Batch("x"), 0));
  const int32_t next = client().Send(5, ListOffsetsOf("t", 0, -1));
  int32_t answered = 0;
  const auto* answer = client().Receive<ListOffsetsResponse>(5, &answered);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answered, next);
  EXPECT_EQ(Only(Only(answer->topics).partitions).offset, 1) << "it was appended";
}

TEST_F(ProduceTest, WithoutAcknowledgementAnErrorClosesTheConnection) {
  client().Send(9, ProduceOf("missing", 0, Batch("x"), 0));
  EXPECT_TRUE(client().socket().ReadEnd());
}

TEST_F(ProduceTest, RefusesWhatDoesNotExist) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOf(ProduceOf("missing", 0, Batch("x"))), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(ProduceOf("t", 1, Batch("x"))), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(ProduceOf("t", -1, Batch("x"))), ErrorCode::kUnknownTopicOrPartition);
  ProduceRequest by_id = ProduceOf("t", 0, Batch("x"));
  by_id.topic_data[0].topic_id = UnknownId();
  EXPECT_EQ(ErrorOf(by_id, 13), ErrorCode::kUnknownTopicId);
}

TEST_F(ProduceTest, RefusesWhatCannotBeAppended) {
  CreateTopic("t", 1, {{"max.message.bytes", "200"}});
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, Batch("x"), 2)), ErrorCode::kInvalidRequiredAcks);
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, "")), ErrorCode::kInvalidRecord);
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, Batch("x") + Batch("y"))), ErrorCode::kInvalidRecord);
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, Batch(std::string(200, 'x')))), ErrorCode::kMessageTooLarge);
  std::string damaged = Batch("x");
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, damaged)), ErrorCode::kCorruptMessage);
  BatchOptions transactional = kIdempotent;
  transactional.transactional = true;
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, Batch("x", transactional))),
            ErrorCode::kTransactionalIdAuthorizationFailed);
  EXPECT_EQ(EndOffset("t", 0), 0);
}

TEST_F(ProduceTest, TakesZstdFromV7On) {
  CreateTopic("t");
  const std::string batch = Batch("x", {.codec = records::Codec::kZstd});
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, batch), 6), ErrorCode::kUnsupportedCompressionType);
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, batch), 7), ErrorCode::kNone);
}

TEST_F(ProduceTest, KeepsInternalTopicsForItself) {
  FindCoordinatorRequest find;
  find.key = "g";
  Call(0, find);
  EXPECT_EQ(ErrorOf(ProduceOf("__consumer_offsets", 0, Batch("x"))),
            ErrorCode::kInvalidTopicException);
}

TEST_F(ProduceTest, APartitionFailsAlone) {
  CreateTopic("t", 2);
  ProduceRequest request = ProduceOf("t", 0, "no batch at all");
  request.topic_data[0].partition_data.Add(
      arena(), ProduceOf("t", 1, Batch("x")).topic_data[0].partition_data[0]);
  const auto& answers = Only(Call(9, request).responses).partition_responses;
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_NE(answers[0].error_code, ErrorCode::kNone);
  EXPECT_EQ(answers[1].error_code, ErrorCode::kNone);
  EXPECT_EQ(EndOffset("t", 1), 1);
}

TEST_F(ProduceTest, OfAPartitionThatComesTwiceTheLastCounts) {
  CreateTopic("t");
  ProduceRequest request = ProduceOf("t", 0, Batch("first"));
  request.topic_data[0].partition_data.Add(
      arena(), ProduceOf("t", 0, Batch("last")).topic_data[0].partition_data[0]);
  EXPECT_EQ(ErrorOf(request), ErrorCode::kNone);
  const auto& fetched = Call(12, FetchOf("t", 0, 0));
  EXPECT_EQ(Only(Only(fetched.responses).partitions).records.memory(),
            Batch("last", {.leader_epoch = 0}));
}

TEST_F(ProduceTest, NothingIsAnsweredWithNothing) {
  CreateTopic("t");
  ProduceRequest request = ProduceOf("t", 0, "");
  request.topic_data[0].partition_data = {};
  EXPECT_TRUE(Call(9, request).responses.empty());
}

TEST_F(ProduceTest, TellsTheStartOfTheLogUnlessTheBatchAsAWholeIsWrong) {
  CreateTopic("t", 1, {{"max.message.bytes", "200"}});
  EXPECT_EQ(AnswerTo(ProduceOf("t", 0, Batch(std::string(200, 'x')))).log_start_offset, -1);
  const std::string at_offset_5 = Batch("x", {.base_offset = 5});
  EXPECT_EQ(ErrorOf(ProduceOf("t", 0, at_offset_5)), ErrorCode::kInvalidRecord);
  EXPECT_EQ(AnswerTo(ProduceOf("t", 0, at_offset_5)).log_start_offset, 0);
}

TEST_F(ProduceTest, TellsWhichRecordsAreWrongFromV8On) {
  CreateTopic("t", 1, {{"cleanup.policy", "compact"}});
  records::BatchBuilder builder;
  builder.Add(1000, "key", "value");
  builder.Add(1000, std::nullopt, "value");
  const ProduceRequest request = ProduceOf("t", 0, builder.Finish().value());
  const Answer& v8 = AnswerTo(request, 8);
  EXPECT_EQ(v8.error_code, ErrorCode::kInvalidRecord);
  EXPECT_EQ(Only(v8.record_errors).batch_index, 1);
  EXPECT_TRUE(v8.error_message.has_value());
  const Answer& v7 = AnswerTo(request, 7);
  EXPECT_EQ(v7.error_code, ErrorCode::kInvalidRecord);
  EXPECT_TRUE(v7.record_errors.empty());
}

TEST_F(ProduceTest, TellsTheTimeThatTheTopicStamps) {
  CreateTopic("t", 1, {{"message.timestamp.type", "LogAppendTime"}});
  const Answer& answer = AnswerTo(ProduceOf("t", 0, Batch("x")));
  EXPECT_GT(answer.log_append_time_ms, 1000) << "not the client's";
  const auto& listed = Call(7, ListOffsetsOf("t", 0, -3));
  EXPECT_EQ(Only(Only(listed.topics).partitions).timestamp, answer.log_append_time_ms);
}

TEST_F(ProduceTest, AppendsABatchOfAnIdempotentProducerOnce) {
  CreateTopic("t");
  EXPECT_EQ(AnswerTo(ProduceOf("t", 0, Batch("x", kIdempotent))).base_offset, 0);
  const Answer& again = AnswerTo(ProduceOf("t", 0, Batch("x", kIdempotent)));
  EXPECT_EQ(again.error_code, ErrorCode::kNone);
  EXPECT_EQ(again.base_offset, 0);
  EXPECT_EQ(ErrorFrom(1, 2), ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(ErrorFrom(0, 1), ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(ErrorFrom(1, 1), ErrorCode::kNone);
  EXPECT_EQ(EndOffset("t", 0), 2);
}

TEST_F(ProduceTest, PointsToTheLeaderFromV10On) {
  Start({.nodes = 2, .racks = true});
  PlaceTopic("t", {{2, 1}});
  const ProduceRequest request = ProduceOf("t", 0, Batch("x"));
  EXPECT_EQ(ErrorOf(request, 9), ErrorCode::kNotLeaderOrFollower);
  const ProduceResponse& response = Call(10, request);
  const Answer& answer = Only(Only(response.responses).partition_responses);
  EXPECT_EQ(answer.error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(answer.current_leader.leader_id, 2);
  EXPECT_EQ(answer.current_leader.leader_epoch, 0);
  EXPECT_EQ(Only(response.node_endpoints).node_id, 2);
  EXPECT_EQ(Only(response.node_endpoints).port, broker().port(1));
  EXPECT_EQ(Only(response.node_endpoints).rack, "rack2");
  EXPECT_EQ(ErrorOf(request, 10, 1), ErrorCode::kNone);
}

}  // namespace
}  // namespace odradek::api
