#include "broker/coordinator_log.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/testing/simulated_machine.h"
#include "config/server_config.h"
#include "storage/local/local_store.h"

namespace odradek::broker {
namespace {

using coordinator::Await;
using coordinator::InternalTopic;

// Over a store whose records count when they are on the device.
class CoordinatorLogTest : public testing::Test {
 protected:
  CoordinatorLogTest() { CHECK_GT(log_.EnsurePartitions(kTopic), 0); }

  // What `done` was told; nothing if it has not run.
  std::shared_ptr<std::vector<Status>> Append(const std::string& key, Await await) {
    records_.push_back({{.key = key, .value = "v", .timestamp_ms = 0}});
    auto told = std::make_shared<std::vector<Status>>();
    log_.Append(kTopic, 0, records_.back(), await,
                [told](Status status) { told->push_back(std::move(status)); });
    return told;
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    log_.Load(
        kTopic, 0, [&](const coordinator::RecordView& record) { keys.emplace_back(record.key); },
        [](const Status& status) { EXPECT_TRUE(status.ok()) << status.ToString(); });
    return keys;
  }

  static storage::StoreOptions PowerSafe() {
    storage::StoreOptions options;
    options.durability = storage::Durability::kPower;
    return options;
  }

  static constexpr InternalTopic kTopic = InternalTopic::kConsumerOffsets;
  SimulatedMachine machine_;
  const config::ServerConfig server_ = config::ServerConfig::Builder().Build().value();
  const std::unique_ptr<metadata::MetadataStore> metadata_ =
      metadata::MetadataStore::Open(
          machine_.env, {.cluster_id = {}, .brokers = {{.id = 0, .rack = {}}}, .config = &server_})
          .value();
  const std::unique_ptr<storage::LogStore> store_ =
      storage::MakeLocalStore(machine_.env, PowerSafe());
  PartitionManager partitions_{machine_.env, *store_,
                               [](const metadata::TopicInfo&) { return PartitionSettings(); },
                               [](const Uuid&) { return true; }, 300'000};
  CoordinatorLog log_{machine_.env, *metadata_, partitions_};
  std::deque<std::vector<coordinator::Record>> records_;
};

TEST_F(CoordinatorLogTest, SaysThatRecordsAreCommittedOnceTheyAreOnTheDevice) {
  const auto told = Append("offset", Await::kDurable);
  machine_.scheduler.RunReady();
  EXPECT_TRUE(told->empty());
  EXPECT_TRUE(Keys().empty());
  machine_.RunAll();
  ASSERT_EQ(told->size(), 1u);
  EXPECT_TRUE(told->front().ok());
  EXPECT_EQ(Keys(), std::vector<std::string>{"offset"});
}

TEST_F(CoordinatorLogTest, WaitsForNoDeviceIfItNeedNot) {
  const auto told = Append("assignment", Await::kAppended);
  ASSERT_EQ(told->size(), 1u);
  EXPECT_TRUE(told->front().ok());
  machine_.RunAll();
  EXPECT_TRUE(Keys().empty());
  machine_.scheduler.Advance(10'000);
  machine_.RunAll();
  EXPECT_EQ(told->size(), 1u);
  EXPECT_EQ(Keys(), std::vector<std::string>{"assignment"});
  machine_.scheduler.Advance(10'000);
  EXPECT_EQ(machine_.workers.size(), 0u) << "nothing is new";
}

TEST_F(CoordinatorLogTest, ARecordThatWaitsPutsThoseBeforeItOnTheDevice) {
  Append("assignment", Await::kAppended);
  const auto told = Append("offset", Await::kDurable);
  EXPECT_TRUE(told->empty());
  machine_.RunAll();
  EXPECT_EQ(told->size(), 1u);
  EXPECT_EQ(Keys(), (std::vector<std::string>{"assignment", "offset"}));
}

TEST_F(CoordinatorLogTest, GoesOnBehindARecordThatAFailedSyncTook) {
  Append("kept", Await::kDurable);
  machine_.RunAll();
  EXPECT_TRUE(Append("taken", Await::kAppended)->front().ok());
  machine_.disk.plan().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  const auto failed = Append("offset", Await::kDurable);
  machine_.RunAll();
  ASSERT_EQ(failed->size(), 1u);
  EXPECT_FALSE(failed->front().ok());
  const auto after = Append("after", Await::kDurable);
  machine_.RunAll();
  ASSERT_EQ(after->size(), 1u);
  EXPECT_TRUE(after->front().ok());
  EXPECT_EQ(Keys(), (std::vector<std::string>{"kept", "after"}));
}

}  // namespace
}  // namespace odradek::broker
