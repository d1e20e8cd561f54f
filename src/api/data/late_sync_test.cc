// Produce with acks=all where the device takes its time.
#include <gtest/gtest.h>

#include <memory>

#include "api/testing/broker_fixture.h"
#include "api/testing/gated_workers.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::api {
namespace {

constexpr int32_t kPartitions = 9;

class LateSyncTest : public BrokerFixture {
 protected:
  void SetUp() override {
    RunningBrokerOptions options;
    options.files = MakePosixFiles(directory_.path());
    options.store.durability = storage::Durability::kPower;
    options.workers = [this](Workers& own) {
      auto gate = std::make_unique<GatedWorkers>(own, Workers::Lane::kUrgent);
      gate_ = gate.get();
      return gate;
    };
    Start(options);
    CreateTopic("t", kPartitions);
  }
  void TearDown() override {
    gate_->Open();
    Start({});  // the broker ends before its directory
  }

 private:
  const storage::TemporaryDirectory directory_;
  GatedWorkers* gate_ = nullptr;
};

TEST_F(LateSyncTest, TellsOfEveryPartitionThatIsNotOnTheDeviceInTime) {
  ProduceRequest request = ProduceOf("t", 0, Batch("x"));
  for (int32_t partition = 1; partition < kPartitions; ++partition) {
    auto& data = request.topic_data[0].partition_data.Add(arena());
    data = request.topic_data[0].partition_data[0];
    data.index = partition;
  }
  request.topic_data.Add(arena(), request.topic_data[0]);  // shares the answer
  request.timeout_ms = 10;
  const auto& answers = Only(Call(9, request).responses).partition_responses;
  ASSERT_EQ(answers.size(), 2U * kPartitions);
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.error_code, ErrorCode::kRequestTimedOut) << answer.index;
  }
}

}  // namespace
}  // namespace odradek::api
