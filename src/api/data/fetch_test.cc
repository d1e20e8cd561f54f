#include "protocol/message/fetch.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "protocol/message/delete_topics.h"

namespace odradek::api {
namespace {

using Answer = FetchResponsePartitionData;

constexpr int32_t kLongWaitMs = 60'000;  // no test waits that long

class FetchTest : public BrokerFixture {
 protected:
  static const Answer& Partition(const FetchResponse& response) {
    return Only(Only(response.responses).partitions);
  }
  const Answer& AnswerTo(const FetchRequest& request, int16_t version = 12, size_t node = 0) {
    return Partition(Call(version, request, node));
  }
  ErrorCode ErrorOf(const FetchRequest& request, int16_t version = 12, size_t node = 0) {
    const Answer& answer = AnswerTo(request, version, node);
    EXPECT_EQ(answer.high_watermark, -1);
    EXPECT_EQ(answer.records.size(), 0U);
    return answer.error_code;
  }
  FetchRequest InSession(FetchRequest request, int32_t id, int32_t epoch) {
    request.session_id = id;
    request.session_epoch = epoch;
    return request;
  }
  // Adds partition 1 to a request for partition 0.
  FetchRequest& WithSecond(FetchRequest& request) {
    const FetchRequestPartition first = request.topics[0].partitions[0];
    request.topics[0].partitions.Add(arena(), first);
    request.topics[0].partitions.back().partition = 1;
    return request;
  }
};

TEST_F(FetchTest, ReadsRecordsInEveryVersion) {
  CreateTopic("t");
  Produce("t", 0, "a");
  Produce("t", 0, "b");
  const std::string batch = Batch("b", {.base_offset = 1, .leader_epoch = 0});
  for (int16_t version = 4; version <= 18; ++version) {
    SCOPED_TRACE(version);
    const FetchResponse& response = Call(version, FetchOf("t", 0, 1));
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_EQ(Only(response.responses).topic, version < 13 ? "t" : "");
    EXPECT_EQ(Only(response.responses).topic_id, version < 13 ? Uuid() : TopicId("t"));
    const Answer& answer = Partition(response);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(answer.high_watermark, 2);
    EXPECT_EQ(answer.last_stable_offset, 2);
    EXPECT_EQ(answer.log_start_offset, version < 5 ? -1 : 0);
    EXPECT_EQ(answer.preferred_read_replica, -1);
    EXPECT_EQ(answer.records.memory(), batch);
  }
}

TEST_F(FetchTest, AtTheEndThereIsNothingAndNoError) {
  CreateTopic("t");
  const Answer& answer = AnswerTo(FetchOf("t", 0, 0), 4);
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_FALSE(answer.records.is_null());
  EXPECT_EQ(answer.records.size(), 0U);
}

TEST_F(FetchTest, WaitsForWhatIsAppended) {
  CreateTopic("t", 2);
  FetchRequest request = FetchOf("t", 0, 0, kLongWaitMs);
  WireClient waiting(broker().port());
  waiting.Send(12, WithSecond(request));
  Settle();
  EXPECT_FALSE(waiting.socket().HasInput());
  Produce("t", 1, "x");
  const auto& partitions = Only(Receive<FetchResponse>(waiting, 12).responses).partitions;
  ASSERT_EQ(partitions.size(), 2U);
  EXPECT_EQ(partitions[0].records.size(), 0U);
  EXPECT_EQ(partitions[1].high_watermark, 1);
  EXPECT_GT(partitions[1].records.size(), 0U);
}

TEST_F(FetchTest, WaitsForMinBytes) {
  CreateTopic("t");
  FetchRequest request = FetchOf("t", 0, 0, kLongWaitMs);
  request.min_bytes = 200;
  WireClient waiting(broker().port());
  waiting.Send(12, request);
  Settle();
  Produce("t", 0, "too little");
  Settle();
  EXPECT_FALSE(waiting.socket().HasInput());
  Produce("t", 0, std::string(200, 'x'));
  EXPECT_EQ(Partition(Receive<FetchResponse>(waiting, 12)).high_watermark, 2);
}

TEST_F(FetchTest, TheWaitEnds) {
  CreateTopic("t");
  EXPECT_EQ(AnswerTo(FetchOf("t", 0, 0, 1)).error_code, ErrorCode::kNone);
  FetchRequest at_once = FetchOf("t", 0, 0, kLongWaitMs);
  at_once.min_bytes = 0;
  EXPECT_EQ(AnswerTo(at_once).error_code, ErrorCode::kNone);
  FetchRequest of_nothing = FetchOf("t", 0, 0, kLongWaitMs);
  of_nothing.topics = {};
  EXPECT_TRUE(Call(12, of_nothing).responses.empty());
}

TEST_F(FetchTest, DeletingTheTopicEndsTheWait) {
  CreateTopic("t");
  WireClient waiting(broker().port());
  waiting.Send(13, FetchOf("t", 0, 0, kLongWaitMs));
  Settle();
  DeleteTopicsRequest deletion;
  deletion.topics.Add(arena()).name = "t";
  Call(6, deletion);
  EXPECT_EQ(Partition(Receive<FetchResponse>(waiting, 13)).error_code,
            ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(FetchTest, TellsWhatCannotBeReadWithoutWaiting) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOf(FetchOf("missing", 0, 0, kLongWaitMs)), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(FetchOf("t", 7, 0, kLongWaitMs)), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(FetchOf("missing", 0, 0, kLongWaitMs), 13), ErrorCode::kUnknownTopicId);
  EXPECT_EQ(ErrorOf(FetchOf("t", 0, 1, kLongWaitMs)), ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(ErrorOf(FetchOf("t", 0, -1, kLongWaitMs), 4), ErrorCode::kOffsetOutOfRange);
}

TEST_F(FetchTest, ChecksTheEpochsThatTheClientKnows) {
  CreateTopic("t");
  Produce("t", 0, "a");
  FetchRequest request = FetchOf("t", 0, 0);
  auto& asked = request.topics[0].partitions[0];
  asked.current_leader_epoch = 1;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kUnknownLeaderEpoch);
  asked.current_leader_epoch = 0;
  EXPECT_EQ(AnswerTo(request).error_code, ErrorCode::kNone);
  asked.last_fetched_epoch = 0;
  EXPECT_EQ(AnswerTo(request).diverging_epoch.epoch, -1);
  asked.fetch_offset = 5;
  const Answer& diverging = AnswerTo(request);
  EXPECT_EQ(diverging.error_code, ErrorCode::kNone);
  EXPECT_EQ(diverging.diverging_epoch.epoch, 0);
  EXPECT_EQ(diverging.diverging_epoch.end_offset, 1);
  EXPECT_EQ(diverging.records.size(), 0U);
}

TEST_F(FetchTest, TheFirstBatchComesWholeWhateverTheLimits) {
  CreateTopic("t", 2);
  Produce("t", 0, std::string(5000, 'x'));
  Produce("t", 1, std::string(5000, 'x'));
  FetchRequest request = FetchOf("t", 0, 0);
  WithSecond(request).max_bytes = 1;
  request.topics[0].partitions[0].partition_max_bytes = 0;
  const auto& partitions = Only(Call(12, request).responses).partitions;
  ASSERT_EQ(partitions.size(), 2U);
  EXPECT_GT(partitions[0].records.size(), 5000U);
  EXPECT_EQ(partitions[1].records.size(), 0U) << "something was found before";
  EXPECT_EQ(partitions[1].high_watermark, 1);
}

TEST_F(FetchTest, TheBrokersLimitHoldsWhateverIsAskedFor) {
  Start({.settings = {"fetch.max.bytes=4000"}});
  CreateTopic("t", 2);
  Produce("t", 0, std::string(3000, 'x'));
  Produce("t", 1, std::string(3000, 'x'));
  FetchRequest request = FetchOf("t", 0, 0);
  const auto& partitions = Only(Call(12, WithSecond(request)).responses).partitions;
  ASSERT_EQ(partitions.size(), 2U);
  EXPECT_GT(partitions[0].records.size(), 3000U);
  EXPECT_EQ(partitions[1].records.size(), 0U);
}

TEST_F(FetchTest, OfAPartitionThatComesTwiceTheLastCounts) {
  CreateTopic("t");
  Produce("t", 0, "a");
  FetchRequest request = FetchOf("t", 0, 5);
  auto& asked = request.topics[0].partitions;
  const FetchRequestPartition first = asked[0];
  asked.Add(arena(), first);
  asked.back().fetch_offset = 0;
  EXPECT_EQ(AnswerTo(request).error_code, ErrorCode::kNone);
  EXPECT_GT(AnswerTo(request).records.size(), 0U);
}

TEST_F(FetchTest, ReadCommittedListsAbortedTransactions) {
  CreateTopic("t");
  Produce("t", 0, "a");
  FetchRequest request = FetchOf("t", 0, 0);
  EXPECT_TRUE(AnswerTo(request).aborted_transactions.is_null());
  request.isolation_level = 1;
  const Answer& committed = AnswerTo(request);
  EXPECT_FALSE(committed.aborted_transactions.is_null());
  EXPECT_TRUE(committed.aborted_transactions.empty());
  EXPECT_GT(committed.records.size(), 0U);
}

TEST_F(FetchTest, ASessionTellsWhatIsNew) {
  CreateTopic("t", 2);
  FetchRequest request = FetchOf("t", 0, 0);
  const FetchResponse& full = Call(12, InSession(WithSecond(request), 0, 0));
  EXPECT_NE(full.session_id, 0);
  EXPECT_EQ(Only(full.responses).partitions.size(), 2U);
  const int32_t id = full.session_id;
  request.topics = {};
  const FetchResponse& nothing_new = Call(12, InSession(request, id, 1));
  EXPECT_EQ(nothing_new.session_id, id);
  EXPECT_TRUE(nothing_new.responses.empty());
  Produce("t", 1, "x");
  EXPECT_EQ(Partition(Call(12, InSession(request, id, 2))).partition_index, 1);
  auto& forgotten = request.forgotten_topics_data.Add(arena());
  forgotten.topic = "t";
  forgotten.partitions = List<int32_t>({1});
  EXPECT_TRUE(Call(12, InSession(request, id, 3)).responses.empty());
  forgotten.partitions = List<int32_t>({0});
  EXPECT_EQ(Call(12, InSession(request, id, 4)).session_id, 0) << "nothing is left of it";
  EXPECT_EQ(Call(12, InSession(request, id, 5)).error_code, ErrorCode::kFetchSessionIdNotFound);
}

TEST_F(FetchTest, ASessionHasAnIdAndAnEpochAndOneWayToNameTopics) {
  CreateTopic("t");
  const FetchRequest request = FetchOf("t", 0, 0);
  const auto error_of = [&](int32_t id, int32_t epoch, int16_t version = 12) {
    const FetchResponse& response = Call(version, InSession(request, id, epoch));
    EXPECT_EQ(response.session_id, 0);
    EXPECT_TRUE(response.responses.empty());
    return response.error_code;
  };
  EXPECT_EQ(error_of(12345, 1), ErrorCode::kFetchSessionIdNotFound);
  const int32_t id = Call(12, InSession(request, 0, 0)).session_id;
  EXPECT_EQ(error_of(id, 2), ErrorCode::kInvalidFetchSessionEpoch);
  EXPECT_EQ(error_of(id, 1, 13), ErrorCode::kFetchSessionTopicIdError);
  EXPECT_EQ(Call(12, InSession(request, id, -1)).session_id, 0) << "closed";
  EXPECT_EQ(error_of(id, 1), ErrorCode::kFetchSessionIdNotFound);
}

TEST_F(FetchTest, AFollowerServesConsumersAndOthersPointToTheLeader) {
  Start({.nodes = 3, .racks = true});
  PlaceTopic("t", {{2, 1}});
  EXPECT_EQ(AnswerTo(FetchOf("t", 0, 0)).error_code, ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(FetchOf("t", 0, 0), 10), ErrorCode::kNotLeaderOrFollower) << "since v11";
  const Answer& v15 = AnswerTo(FetchOf("t", 0, 0), 15, 2);
  EXPECT_EQ(v15.error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(v15.current_leader.leader_id, -1) << "told since v16";
  const FetchResponse& v16 = Call(16, FetchOf("t", 0, 0), 2);
  EXPECT_EQ(Partition(v16).error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(Partition(v16).current_leader.leader_id, 2);
  EXPECT_EQ(Partition(v16).current_leader.leader_epoch, 0);
  EXPECT_EQ(Only(v16.node_endpoints).node_id, 2);
  EXPECT_EQ(Only(v16.node_endpoints).port, broker().port(1));
}

TEST_F(FetchTest, TheLeaderSendsConsumersToTheReplicaOfTheirRack) {
  Start({.nodes = 2,
         .racks = true,
         .settings = {"replica.selector.class="
                      "org.apache.kafka.common.replica.RackAwareReplicaSelector"}});
  PlaceTopic("t", {{1, 2}});
  Produce("t", 0, "x");
  FetchRequest request = FetchOf("t", 0, 0, kLongWaitMs);
  request.rack_id = "rack2";
  const Answer& from_leader = AnswerTo(request);
  EXPECT_EQ(from_leader.preferred_read_replica, 2);
  EXPECT_EQ(from_leader.records.size(), 0U);
  const Answer& from_follower = AnswerTo(request, 12, 1);
  EXPECT_EQ(from_follower.preferred_read_replica, -1);
  EXPECT_GT(from_follower.records.size(), 0U);
  request.rack_id = "elsewhere";
  EXPECT_GT(AnswerTo(request).records.size(), 0U);
  request.rack_id = "rack2";
  request.replica_id = request.replica_state.replica_id = -2;  // a debugger, not a consumer
  EXPECT_GT(AnswerTo(request, 14).records.size(), 0U);
  EXPECT_GT(AnswerTo(request, 15).records.size(), 0U);
}

}  // namespace
}  // namespace odradek::api
