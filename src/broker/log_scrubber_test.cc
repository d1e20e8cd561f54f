#include "broker/log_scrubber.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/simulated_machine.h"
#include "broker/partition_manager.h"
#include "protocol/records/batch_builder.h"
#include "storage/local/local_store.h"

namespace odradek::broker {
namespace {

constexpr Millis kHourMs = 3'600'000;
constexpr Millis kDayMs = 24 * kHourMs;
constexpr Millis kTickMs = 50;
constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kPieceSizeBytes = 256 << 10;  // of one read

class LogScrubberTest : public testing::Test {
 protected:
  LogScrubberTest() {
    log_.segment_bytes = kMiB;
    MakeStore();
  }
  ~LogScrubberTest() override { scrubber_->Stop(); }

  // With so many batches of half a megabyte in its second partition.
  void AddTopic(const std::string& name, int batches) {
    auto topic = std::make_shared<metadata::TopicInfo>();
    topic->name = name;
    topic->id = machine_.random.NewUuid();
    topic->partitions.resize(2);
    topics_.push_back(topic);
    for (int i = 0; i < batches; ++i) {
      records::BatchBuilder builder;
      builder.Add(machine_.clock.WallMs(), "key", std::string(kMiB / 2 - 1000, 'v'));
      std::string batch = std::move(builder.Finish()).value();
      EXPECT_EQ((*manager_->Find(*topic, 1))->log().Append({.owner = {}, .batches = batch}).error,
                storage::AppendError::kNone);
    }
  }
  void Run(Millis for_ms) {
    for (Millis passed = 0; passed < for_ms; passed += kTickMs) {
      machine_.workers.RunAll();
      machine_.scheduler.Advance(kTickMs);
    }
    machine_.workers.RunAll();
  }
  void StartFirstPass() {
    scrubber_->Start();
    machine_.scheduler.Advance(kHourMs);
    before_ = Reads();
  }
  int64_t BytesRead() { return (Reads() - before_) * kPieceSizeBytes; }
  int64_t Reads() { return machine_.disk.plan().count(FileCall::kRead); }
  int64_t Reports() {
    const std::string reports = machine_.disk.Content("@damage-reports.jsonl");
    return std::count(reports.begin(), reports.end(), '\n');
  }
  void FlipABit(const std::string& path) {
    std::string content = machine_.disk.Content(path);
    ASSERT_FALSE(content.empty());
    content[content.size() / 2] ^= 1;
    machine_.disk.SetContent(path, content);
  }
  void Restart() {
    ASSERT_TRUE(store_->Close().ok());
    MakeStore();
  }
  void MakeStore() {
    manager_.reset();
    store_ = storage::MakeLocalStore(machine_.env, {});
    manager_ = std::make_unique<PartitionManager>(
        machine_.env, *store_,
        [this](const metadata::TopicInfo&) {
          return PartitionSettings{log_, 1};
        },
        [](const Uuid&) { return true; }, 1000 * kDayMs);
  }

  SimulatedMachine machine_;
  storage::LogConfig log_;
  std::unique_ptr<storage::LogStore> store_;
  std::unique_ptr<PartitionManager> manager_;
  std::vector<metadata::TopicRef> topics_;
  ScrubberSettings settings_;
  int64_t before_ = 0;
  std::shared_ptr<LogScrubber> scrubber_ = std::make_shared<LogScrubber>(
      machine_.env, [this] { return settings_; },
      ScrubTargets{.topics = [this] { return topics_; },
                   .start =
                       [this](const metadata::TopicInfo& topic, int32_t partition) {
                         return store_->StartScrub({topic.name, topic.id, partition});
                       },
                   .recheck =
                       [this](const metadata::TopicInfo& topic, int32_t partition, int64_t offset) {
                         return (*manager_->Find(topic, partition))->log().Recheck(offset);
                       }});
};

TEST_F(LogScrubberTest, SleepsUntilTheFirstPass) {
  const size_t timers = machine_.scheduler.timer_count();
  scrubber_->Start();
  EXPECT_EQ(machine_.scheduler.timer_count(), timers + 1);
  machine_.scheduler.Advance(kHourMs - 1);
  EXPECT_EQ(machine_.workers.size(), 0U);
  machine_.scheduler.Advance(1);
  EXPECT_EQ(machine_.workers.size(), 1U);
}

TEST_F(LogScrubberTest, FindsDamageThatNobodyReads) {
  AddTopic("a", 2);
  AddTopic("b", 8);
  Restart();
  StartFirstPass();
  Run(10'000);
  EXPECT_EQ(Reports(), 0);
  FlipABit("b/1/00000000000000000002.log");
  Run(kHourMs);
  EXPECT_EQ(Reports(), 0) << "one pass a day";
  machine_.scheduler.Advance(kDayMs);
  Run(10'000);
  EXPECT_EQ(Reports(), 1);
  machine_.scheduler.Advance(kDayMs);
  Run(10'000);
  EXPECT_EQ(Reports(), 1) << "told once";
}

TEST_F(LogScrubberTest, HoldsItsRate) {
  log_.segment_bytes = 1 << 30;  // one segment: the small files beside it are not read in pieces
  AddTopic("t", 8);
  settings_.bytes_per_second_max = kMiB;
  StartFirstPass();
  for (Millis passed = 0; passed < 5000; passed += kTickMs) {
    machine_.workers.RunAll();
    EXPECT_LE(BytesRead(), kMiB * passed / 1000 + kMiB) << passed;
    EXPECT_GE(BytesRead(), std::min(kMiB * passed / 1000, 3 * kMiB)) << passed;
    machine_.scheduler.Advance(kTickMs);
  }
  EXPECT_GE(BytesRead(), 3 * kMiB);
}

TEST_F(LogScrubberTest, SleepsFromPassToPass) {
  AddTopic("t", 4);
  const size_t timers = machine_.scheduler.timer_count();
  StartFirstPass();
  Run(10'000);
  const int64_t read = BytesRead();
  EXPECT_GT(read, 0);
  EXPECT_EQ(machine_.scheduler.timer_count(), timers + 1);
  machine_.scheduler.Advance(kDayMs - 10'000 - 1);
  EXPECT_EQ(machine_.workers.size(), 0U);
  machine_.scheduler.Advance(1);
  Run(10'000);
  EXPECT_EQ(BytesRead(), 2 * read);
}

TEST_F(LogScrubberTest, ReadsNothingAtARateOfZeroUntilItIsChanged) {
  AddTopic("t", 4);
  settings_.bytes_per_second_max = 0;
  StartFirstPass();
  Run(10'000);
  EXPECT_EQ(BytesRead(), 0);
  settings_ = {.bytes_per_second_max = kMiB, .interval_ms = kHourMs};
  scrubber_->OnSettingsChanged();
  machine_.scheduler.Advance(kHourMs - 10'000);
  Run(10'000);
  EXPECT_GT(BytesRead(), 0);
}

TEST_F(LogScrubberTest, HeedsSettingsThatChangeWhileItReads) {
  AddTopic("t", 4);
  StartFirstPass();
  int changes = 0;
  machine_.disk.plan().Before(FileCall::kRead, [&] {
    settings_ = {.bytes_per_second_max = 64 << 10, .interval_ms = 2 * kHourMs};
    scrubber_->OnSettingsChanged();
    ++changes;
  });
  Run(kTickMs);
  ASSERT_EQ(changes, 1);
  const int64_t read = BytesRead();
  Run(2000);
  EXPECT_LE(BytesRead(), read) << "the first step has to be paid for at the new rate";
  machine_.scheduler.Advance(kHourMs);
  Run(kHourMs / 2);
  EXPECT_EQ(machine_.workers.size(), 0U);
  const int64_t first_pass = BytesRead();
  machine_.scheduler.Advance(kHourMs / 2);
  Run(kTickMs);
  EXPECT_GT(BytesRead(), first_pass) << "two hours after the first";
}

TEST_F(LogScrubberTest, PassesOverEmptyPartitionsManyAtATime) {
  auto topic = std::make_shared<metadata::TopicInfo>();
  topic->name = "empty";
  topic->partitions.resize(5 * LogScrubber::kPartitionsPerStep);
  topics_.push_back(topic);
  StartFirstPass();
  int steps = 0;
  while (machine_.workers.RunOne()) ++steps;
  EXPECT_EQ(steps, 6);
}

TEST_F(LogScrubberTest, StopsInTheMiddle) {
  AddTopic("t", 8);
  StartFirstPass();
  machine_.workers.RunOne();
  const int64_t read = BytesRead();
  EXPECT_GT(read, 0);
  scrubber_->Stop();
  Run(10'000);
  EXPECT_EQ(BytesRead(), read);
}

TEST_F(LogScrubberTest, DoesNothingInMemory) {
  const std::unique_ptr<Files> memory = MakeMemoryFiles();
  Env env = machine_.env;
  env.files = memory.get();
  const auto scrubber = std::make_shared<LogScrubber>(
      env, [] { return ScrubberSettings(); }, ScrubTargets());
  const size_t timers = machine_.scheduler.timer_count();
  scrubber->Start();
  EXPECT_EQ(machine_.scheduler.timer_count(), timers);
}

}  // namespace
}  // namespace odradek::broker
