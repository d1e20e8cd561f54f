#include "broker/log_scrubber.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/env/random.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_scheduler.h"
#include "base/testing/held_workers.h"
#include "base/testing/simulated_disk.h"
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
    topic->id = random_.NewUuid();
    topic->partitions.resize(2);
    topics_.push_back(topic);
    for (int i = 0; i < batches; ++i) {
      records::BatchBuilder builder;
      builder.Add(clock_.WallMs(), "key", std::string(kMiB / 2 - 1000, 'v'));
      std::string batch = std::move(builder.Finish()).value();
      EXPECT_EQ((*manager_->Find(*topic, 1))->log().Append({.owner = {}, .batches = batch}).error,
                storage::AppendError::kNone);
    }
  }
  void Run(Millis for_ms) {
    for (Millis passed = 0; passed < for_ms; passed += kTickMs) {
      workers_.RunAll();
      scheduler_.Advance(kTickMs);
    }
    workers_.RunAll();
  }
  void StartFirstPass() {
    scrubber_->Start();
    scheduler_.Advance(kHourMs);
    before_ = Reads();
  }
  int64_t BytesRead() { return (Reads() - before_) * kPieceSizeBytes; }
  int64_t Reads() { return disk_.plan().count(FileCall::kRead); }
  int64_t Reports() {
    const std::string reports = disk_.Content("@damage-reports.jsonl");
    return std::count(reports.begin(), reports.end(), '\n');
  }
  void FlipABit(const std::string& path) {
    std::string content = disk_.Content(path);
    ASSERT_FALSE(content.empty());
    content[content.size() / 2] ^= 1;
    disk_.SetContent(path, content);
  }
  void Restart() {
    ASSERT_TRUE(store_->Close().ok());
    MakeStore();
  }
  void MakeStore() {
    manager_.reset();
    store_ = storage::MakeLocalStore(env_, {});
    manager_ = std::make_unique<PartitionManager>(
        env_, *store_,
        [this](const metadata::TopicInfo&) {
          return PartitionSettings{log_, 1};
        },
        [](const Uuid&) { return true; }, 1000 * kDayMs);
  }

  HeldClock clock_;
  HeldScheduler scheduler_{clock_};
  HeldWorkers workers_;
  SeededRandom random_{7};
  SimulatedDisk disk_;
  const Env env_{.clock = &clock_,
                 .random = &random_,
                 .files = &disk_,
                 .scheduler = &scheduler_,
                 .workers = &workers_};
  storage::LogConfig log_;
  std::unique_ptr<storage::LogStore> store_;
  std::unique_ptr<PartitionManager> manager_;
  std::vector<metadata::TopicRef> topics_;
  ScrubberSettings settings_;
  int64_t before_ = 0;
  std::shared_ptr<LogScrubber> scrubber_ = std::make_shared<LogScrubber>(
      env_, [this] { return settings_; },
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
  const size_t timers = scheduler_.timer_count();
  scrubber_->Start();
  EXPECT_EQ(scheduler_.timer_count(), timers + 1);
  scheduler_.Advance(kHourMs - 1);
  EXPECT_EQ(workers_.size(), 0U);
  scheduler_.Advance(1);
  EXPECT_EQ(workers_.size(), 1U);
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
  scheduler_.Advance(kDayMs);
  Run(10'000);
  EXPECT_EQ(Reports(), 1);
  scheduler_.Advance(kDayMs);
  Run(10'000);
  EXPECT_EQ(Reports(), 1) << "told once";
}

TEST_F(LogScrubberTest, HoldsItsRate) {
  AddTopic("t", 8);
  settings_.bytes_per_second_max = kMiB;
  StartFirstPass();
  for (Millis passed = 0; passed < 5000; passed += kTickMs) {
    workers_.RunAll();
    EXPECT_LE(BytesRead(), kMiB * passed / 1000 + kMiB) << passed;
    EXPECT_GE(BytesRead(), std::min(kMiB * passed / 1000, 3 * kMiB)) << passed;
    scheduler_.Advance(kTickMs);
  }
  EXPECT_GE(BytesRead(), 3 * kMiB);
}

TEST_F(LogScrubberTest, SleepsFromPassToPass) {
  AddTopic("t", 4);
  const size_t timers = scheduler_.timer_count();
  StartFirstPass();
  Run(10'000);
  const int64_t read = BytesRead();
  EXPECT_GT(read, 0);
  EXPECT_EQ(scheduler_.timer_count(), timers + 1);
  scheduler_.Advance(kDayMs - 10'000 - 1);
  EXPECT_EQ(workers_.size(), 0U);
  scheduler_.Advance(1);
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
  scheduler_.Advance(kHourMs - 10'000);
  Run(10'000);
  EXPECT_GT(BytesRead(), 0);
}

TEST_F(LogScrubberTest, HeedsSettingsThatChangeWhileItReads) {
  AddTopic("t", 4);
  StartFirstPass();
  int changes = 0;
  disk_.plan().Before(FileCall::kRead, [&] {
    settings_ = {.bytes_per_second_max = 64 << 10, .interval_ms = 2 * kHourMs};
    scrubber_->OnSettingsChanged();
    ++changes;
  });
  Run(kTickMs);
  ASSERT_EQ(changes, 1);
  const int64_t read = BytesRead();
  Run(2000);
  EXPECT_LE(BytesRead(), read) << "the first step has to be paid for at the new rate";
  scheduler_.Advance(kHourMs);
  Run(kHourMs / 2);
  EXPECT_EQ(workers_.size(), 0U);
  const int64_t first_pass = BytesRead();
  scheduler_.Advance(kHourMs / 2);
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
  while (workers_.RunOne()) ++steps;
  EXPECT_EQ(steps, 6);
}

TEST_F(LogScrubberTest, StopsInTheMiddle) {
  AddTopic("t", 8);
  StartFirstPass();
  workers_.RunOne();
  const int64_t read = BytesRead();
  EXPECT_GT(read, 0);
  scrubber_->Stop();
  Run(10'000);
  EXPECT_EQ(BytesRead(), read);
}

TEST_F(LogScrubberTest, DoesNothingInMemory) {
  const std::unique_ptr<Files> memory = MakeMemoryFiles();
  Env env = env_;
  env.files = memory.get();
  const auto scrubber = std::make_shared<LogScrubber>(
      env, [] { return ScrubberSettings(); }, ScrubTargets());
  const size_t timers = scheduler_.timer_count();
  scrubber->Start();
  EXPECT_EQ(scheduler_.timer_count(), timers);
}

}  // namespace
}  // namespace odradek::broker
