// Batches that take long to check or to rewrite: who waits for them, and who does not.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "api/testing/broker_fixture.h"
#include "api/testing/gated_workers.h"
#include "protocol/message/delete_topics.h"

namespace odradek::api {
namespace {

using records::BatchOptions;
using records::Codec;

class ExpensiveBatchTest : public BrokerFixture {
 protected:
  void SetUp() override {
    Start({.workers = [this](Workers& own) {
      auto gate = std::make_unique<GatedWorkers>(own, Workers::Lane::kHeavy);
      gate_ = gate.get();
      return gate;
    }});
    CreateTopic("plain");
    CreateTopic("gzip", 2, {{"compression.type", "gzip"}});
  }
  GatedWorkers& gate() { return *gate_; }
  void AwaitEndOffset(std::string_view topic, int64_t offset) {
    for (int asked = 0; EndOffset(topic, 0) < offset; ++asked) ASSERT_LT(asked, 1'000'000);
    EXPECT_EQ(EndOffset(topic, 0), offset);
  }

  // A few KiB that hold more than a loop decompresses.
  static std::string Bomb(const BatchOptions& options = {.codec = Codec::kZstd}) {
    return Batch(std::string(4 << 20, '\0'), options);
  }
  static BatchOptions Sequenced(Codec codec, int32_t sequence) {
    return {.codec = codec, .producer_id = 7, .producer_epoch = 0, .base_sequence = sequence};
  }
  // The offset that the next Produce on `from` was answered with; -1 for an error.
  int64_t NextOffset(WireClient& from) {
    const auto& answer = Receive<ProduceResponse>(from, 9);
    const auto& partition = Only(Only(answer.responses).partition_responses);
    EXPECT_EQ(partition.error_code, ErrorCode::kNone);
    return partition.base_offset;
  }

 private:
  GatedWorkers* gate_ = nullptr;
};

TEST_F(ExpensiveBatchTest, OthersAreServedWhileItIsUnderWay) {
  for (const auto& [topic, batch] :
       {std::pair("plain", Bomb()), std::pair("gzip", Batch("x", {.codec = Codec::kNone}))}) {
    WireClient slow(broker().port());
    slow.Send(9, ProduceOf(topic, 0, batch));
    gate().WaitFor(1);
    EXPECT_EQ(EndOffset(topic, 0), 0) << "over another connection";
    gate().LetOneThrough();
    EXPECT_EQ(NextOffset(slow), 0);
  }
}

TEST_F(ExpensiveBatchTest, WhatIsCheckedSoonIsNotHandedOver) {
  const std::string text = "so small that it does not pay to compress it";
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    client().Send(9, ProduceOf("plain", 0, Batch(text, {.codec = codec})));
    EXPECT_GE(NextOffset(client()), 0) << CodecName(codec);
  }
  client().Send(9, ProduceOf("plain", 0, Batch(std::string(900'000, 'x'))));
  EXPECT_EQ(NextOffset(client()), 5) << "of any size if nothing compressed it";
  client().Send(9, ProduceOf("gzip", 0, Batch(text, {.codec = Codec::kGzip})));
  EXPECT_EQ(NextOffset(client()), 0) << "it has the topic's codec already";
  EXPECT_EQ(gate().held(), 0U);
}

TEST_F(ExpensiveBatchTest, LaterRequestsOfItsConnectionWait) {
  client().Send(9, ProduceOf("plain", 0, Bomb()));
  client().Send(9, ProduceOf("gzip", 1, Batch("y", {.codec = Codec::kGzip})));
  gate().WaitFor(1);
  Settle();
  WireClient other(broker().port());
  const auto* ends = other.Call(5, ListOffsetsOf("gzip", 1, -1));
  ASSERT_NE(ends, nullptr);
  EXPECT_EQ(Only(Only(ends->topics).partitions).offset, 0) << "it has not begun";
  gate().Open();
  EXPECT_EQ(NextOffset(client()), 0);
  EXPECT_EQ(NextOffset(client()), 0);
  EXPECT_EQ(EndOffset("gzip", 1), 1);
}

TEST_F(ExpensiveBatchTest, BatchesOfAProducerKeepTheirOrder) {
  gate().Open();
  constexpr int32_t kBatches = 40;
  for (int32_t i = 0; i < kBatches; ++i) {
    const std::string batch =
        i % 3 == 0 ? Bomb(Sequenced(Codec::kZstd, i)) : Batch("x", Sequenced(Codec::kNone, i));
    client().Send(9, ProduceOf("plain", 0, batch));
  }
  for (int32_t i = 0; i < kBatches; ++i) EXPECT_EQ(NextOffset(client()), i);
}

TEST_F(ExpensiveBatchTest, ARequestGoesThroughItsPartitionsOneByOne) {
  ProduceRequest request = ProduceOf("gzip", 0, Bomb());
  for (const auto& [partition, batch] : {std::pair(1, Bomb()), std::pair(5, Bomb())}) {
    auto& data = request.topic_data[0].partition_data.Add(arena());
    data.index = partition;
    data.records = arena().Copy(batch);
  }
  auto& plain = request.topic_data.Add(arena());
  plain = ProduceOf("plain", 0, Batch("x")).topic_data[0];
  client().Send(9, request);
  gate().WaitFor(1);
  gate().LetOneThrough();
  gate().WaitFor(1);
  gate().LetOneThrough();
  const auto& answer = Receive<ProduceResponse>(client(), 9);
  ASSERT_EQ(answer.responses.size(), 2U);
  const auto& of_gzip = answer.responses[0].partition_responses;
  ASSERT_EQ(of_gzip.size(), 3U);
  EXPECT_EQ(of_gzip[0].base_offset, 0);
  EXPECT_EQ(of_gzip[1].base_offset, 0);
  EXPECT_EQ(of_gzip[2].error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(Only(answer.responses[1].partition_responses).base_offset, 0);
  EXPECT_EQ(gate().held(), 0U);
}

TEST_F(ExpensiveBatchTest, WhatIsWrongWithItIsToldAsElsewhere) {
  gate().Open();
  CreateTopic("small", 1, {{"compression.type", "uncompressed"}});
  client().Send(9, ProduceOf("small", 0, Bomb()));
  const auto& large =
      Only(Only(Receive<ProduceResponse>(client(), 9).responses).partition_responses);
  EXPECT_EQ(large.error_code, ErrorCode::kMessageTooLarge);
  records::BatchBuilder two({.codec = Codec::kZstd});
  two.Add(1000, std::nullopt, std::string(4 << 20, '\0'));
  two.Add(1000, std::nullopt, "x");
  std::string batch = two.Finish().value();
  StoreBig(batch.data() + records::field::kCount, int32_t{1});
  StoreBig(batch.data() + records::field::kLastOffsetDelta, int32_t{0});
  records::StampCrc(batch.data());
  client().Send(9, ProduceOf("plain", 0, batch));
  const auto& wrong =
      Only(Only(Receive<ProduceResponse>(client(), 9).responses).partition_responses);
  EXPECT_EQ(wrong.error_code, ErrorCode::kInvalidRecord);
}

TEST_F(ExpensiveBatchTest, WithoutAcknowledgementItIsAppendedAndNotAnswered) {
  client().Send(9, ProduceOf("plain", 0, Bomb(), 0));
  const int32_t next = client().Send(5, ListOffsetsOf("plain", 0, -1));
  gate().WaitFor(1);
  gate().Open();
  int32_t answered = 0;
  const auto* answer = client().Receive<ListOffsetsResponse>(5, &answered);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answered, next);
  EXPECT_EQ(Only(Only(answer->topics).partitions).offset, 1);
}

TEST_F(ExpensiveBatchTest, AClientThatGoesAwayTakesNothingWithIt) {
  {
    WireClient gone(broker().port());
    gone.Send(9, ProduceOf("plain", 0, Bomb()));
    gate().WaitFor(1);
  }
  Settle();
  gate().Open();
  AwaitEndOffset("plain", 1);
}

// It is not read while it is held.
TEST_F(ExpensiveBatchTest, NorWhatItHasSentBefore) {
  {
    WireClient gone(broker().port());
    gone.Send(9, ProduceOf("plain", 0, Bomb(), 0));
    gone.Send(9, ProduceOf("plain", 0, Batch("y"), 0));
    gate().WaitFor(1);
  }
  Settle();
  gate().Open();
  AwaitEndOffset("plain", 2);
}

TEST_F(ExpensiveBatchTest, ItsTopicMayBeDeletedWhileItWaits) {
  client().Send(9, ProduceOf("plain", 0, Bomb()));
  gate().WaitFor(1);
  WireClient other(broker().port());
  DeleteTopicsRequest deletion;
  deletion.topic_names.Add(arena()) = "plain";
  deletion.timeout_ms = 1000;
  const auto* deleted = other.Call(4, deletion);
  ASSERT_NE(deleted, nullptr);
  EXPECT_EQ(Only(deleted->responses).error_code, ErrorCode::kNone);
  gate().Open();
  const auto& answer = Receive<ProduceResponse>(client(), 9);
  EXPECT_EQ(Only(Only(answer.responses).partition_responses).error_code,
            ErrorCode::kKafkaStorageError);
}

TEST_F(ExpensiveBatchTest, ABrokerMayEndWhileItWaits) {
  client().Send(9, ProduceOf("plain", 0, Bomb()));
  gate().WaitFor(1);
}

TEST_F(ExpensiveBatchTest, ABrokerMayEndWhileItIsAppended) {
  client().Send(9, ProduceOf("plain", 0, Bomb()));
  gate().WaitFor(1);
  gate().LetOneThrough();
}

}  // namespace
}  // namespace odradek::api
