// What a client costs that does not keep pace, seen through a whole broker.
#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "protocol/message/metadata.h"

namespace odradek::api {
namespace {

constexpr size_t kRecordBytes = 1'000'000;

class BackPressureTest : public BrokerFixture {
 protected:
  void StartWithALargeRecord(const net::NetLimits& limits) {
    Start({.limits = limits});
    CreateTopic("t");
    Produce("t", 0, std::string(kRecordBytes, 'x'));
  }
  std::string FetchFrame() {
    std::string bytes;
    const ByteChain chain = wire::EncodeRequest(12, 1, "test", FetchOf("t", 0, 0));
    for (const Slice& slice : chain.slices()) bytes.append(slice.view());
    return bytes;
  }
};

TEST_F(BackPressureTest, AFetcherThatNeverReadsIsClosedAndOthersAreServed) {
  StartWithALargeRecord({.unsent_bytes_max = 64 * 1024, .stalled_output_ms_max = 50});
  net::BlockingClient never_reads(broker().port(), "127.0.0.1", 4096);
  const std::string frame = FetchFrame();
  while (never_reads.SendRaw(frame)) {
  }
  const FetchResponse& served = Call(12, FetchOf("t", 0, 0));
  EXPECT_GT(Only(Only(served.responses).partitions).records.size(), kRecordBytes);
  EXPECT_EQ(broker().net().open_connections(), 1) << "the one that reads";
}

TEST_F(BackPressureTest, AFetcherThatReadsSlowlyGetsEveryAnswer) {
  StartWithALargeRecord({.unsent_bytes_max = 64 * 1024});
  net::BlockingClient slow(broker().port(), "127.0.0.1", 4096);
  constexpr int kFetches = 20;
  for (int i = 0; i < kFetches; ++i) ASSERT_TRUE(slow.SendRaw(FetchFrame()));
  const FetchResponse& served = Call(12, FetchOf("t", 0, 0));
  EXPECT_EQ(served.error_code, ErrorCode::kNone) << "before the slow one has read a byte";
  for (int i = 0; i < kFetches; ++i) {
    const std::optional<std::string> answer = slow.ReadFrame();
    ASSERT_TRUE(answer.has_value()) << i;
    EXPECT_GT(answer->size(), kRecordBytes);
  }
}

TEST_F(BackPressureTest, ARequestMayComeByteByByte) {
  MetadataRequest request;
  request.topics = {};
  std::string bytes;
  const ByteChain chain = wire::EncodeRequest(9, 1, "test", request);
  for (const Slice& slice : chain.slices()) bytes.append(slice.view());
  for (const char& byte : bytes) ASSERT_TRUE(client().socket().SendRaw({&byte, 1}));
  EXPECT_EQ(Only(Receive<MetadataResponse>(client(), 9).brokers).node_id, 1);
}

TEST_F(BackPressureTest, AppendsBeyondTheRequestMemoryTakeTurns) {
  Start({.limits = {.request_bytes_max = 256 * 1024}});
  CreateTopic("t");
  const ProduceRequest request = ProduceOf("t", 0, Batch(std::string(200'000, 'x')));
  std::vector<std::unique_ptr<WireClient>> producers;
  for (int i = 0; i < 8; ++i) {
    producers.push_back(std::make_unique<WireClient>(broker().port()));
    producers.back()->Send(9, request);
  }
  for (const auto& producer : producers) {
    const auto& answer = Receive<ProduceResponse>(*producer, 9);
    EXPECT_EQ(Only(Only(answer.responses).partition_responses).error_code, ErrorCode::kNone);
  }
  EXPECT_EQ(EndOffset("t", 0), 8);
}

}  // namespace
}  // namespace odradek::api
