#include "broker/log_cleaner.h"

#include <gtest/gtest.h>

#include "base/env/random.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_scheduler.h"
#include "base/testing/held_workers.h"
#include "broker/partition_manager.h"
#include "protocol/records/batch_builder.h"
#include "storage/local/local_store.h"

namespace odradek::broker {
namespace {

constexpr Millis kBackoffMs = 1000;

class LogCleanerTest : public testing::Test {
 protected:
  LogCleanerTest() {
    settings_.backoff_ms = kBackoffMs;
    log_.segment_bytes = 300;  // a segment for each of the batches below
    log_.compact = true;
    log_.delete_retention = false;
    manager_.set_on_compacted([this] { cleaner_->Wake(); });
    manager_.set_on_sealed([this] { scheduler_.Post([this] { cleaner_->Wake(); }); });
  }
  ~LogCleanerTest() override { cleaner_->Stop(); }

  metadata::TopicInfo Topic(const std::string& name) {
    metadata::TopicInfo topic;
    topic.name = name;
    topic.id = random_.NewUuid();
    topic.partitions.resize(1);
    return topic;
  }
  storage::PartitionLog& Log(const metadata::TopicInfo& topic) {
    return (*manager_.Find(topic, 0))->log();
  }
  // Several records of one key, a segment each.
  void Fill(const metadata::TopicInfo& topic, int count) {
    for (int i = 0; i < count; ++i) {
      records::BatchBuilder builder;
      builder.Add(clock_.WallMs(), "key", std::string(150, 'v'));
      std::string batch = std::move(builder.Finish()).value();
      ASSERT_EQ(Log(topic).Append({.owner = {}, .batches = batch}).error,
                storage::AppendError::kNone);
    }
  }
  int64_t Size(const metadata::TopicInfo& topic) { return Log(topic).SizeBytes(); }
  void RunAll() {
    do {
      workers_.RunAll();
      scheduler_.RunReady();
    } while (workers_.size() > 0);
  }

  HeldClock clock_;
  HeldScheduler scheduler_{clock_};
  HeldWorkers workers_;
  SeededRandom random_{7};
  std::unique_ptr<Files> files_ = MakeMemoryFiles();
  const Env env_{.clock = &clock_,
                 .random = &random_,
                 .files = files_.get(),
                 .scheduler = &scheduler_,
                 .workers = &workers_};
  std::unique_ptr<storage::LogStore> store_ = storage::MakeLocalStore(env_, {});
  storage::LogConfig log_;
  CleanerSettings settings_;
  PartitionManager manager_{env_, *store_,
                            [this](const metadata::TopicInfo&) {
                              return PartitionSettings{log_, 1};
                            },
                            [](const Uuid&) { return true; }, 1'000'000'000};
  std::shared_ptr<LogCleaner> cleaner_ = std::make_shared<LogCleaner>(
      env_, [this] { return settings_; }, [this] { return manager_.OpenCompacted(); });
};

TEST_F(LogCleanerTest, CleansWhatIsCompactedAfterABackoff) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  const int64_t before = Size(topic);
  scheduler_.Advance(kBackoffMs - 1);
  EXPECT_EQ(workers_.size(), 0U);
  scheduler_.Advance(1);
  RunAll();
  EXPECT_EQ(Size(topic), before / 5 * 2);  // one record of the sealed segments, the active one
  EXPECT_EQ(Log(topic).offsets().end, 5);
}

TEST_F(LogCleanerTest, HasNoTimerWhileNothingIsCompacted) {
  log_.compact = false;
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  const size_t timers = scheduler_.timer_count();  // of the partition manager
  log_.compact = true;
  manager_.Reconfigure(topic);
  EXPECT_EQ(scheduler_.timer_count(), timers + 1);
  log_.compact = false;
  manager_.Reconfigure(topic);
  scheduler_.Advance(kBackoffMs);
  EXPECT_EQ(scheduler_.timer_count(), timers);
  EXPECT_EQ(workers_.size(), 0U);
}

TEST_F(LogCleanerTest, SleepsWhileAllIsCleanUntilASegmentIsSealed) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 3);
  scheduler_.Advance(kBackoffMs);
  RunAll();
  scheduler_.Advance(10 * kBackoffMs);
  const size_t timers = scheduler_.timer_count();
  Fill(topic, 2);
  scheduler_.RunReady();
  EXPECT_EQ(scheduler_.timer_count(), timers + 1);
}

TEST_F(LogCleanerTest, TakesTheFilthiestFirstAndTheNextWhenThatIsDone) {
  const metadata::TopicInfo clean = Topic("clean");
  Fill(clean, 9);
  scheduler_.Advance(kBackoffMs);
  RunAll();
  Fill(clean, 4);
  const metadata::TopicInfo dirty = Topic("dirty");
  Fill(dirty, 4);
  log_.min_cleanable_dirty_ratio = 0.1;
  manager_.Reconfigure(clean);
  const int64_t dirty_size = Size(dirty);
  const int64_t clean_size = Size(clean);
  scheduler_.Advance(kBackoffMs);
  workers_.RunAll();  // the first pass only: the next begins on the scheduler
  EXPECT_LT(Size(dirty), dirty_size);
  EXPECT_EQ(Size(clean), clean_size);
  RunAll();
  EXPECT_LT(Size(clean), clean_size);
}

TEST_F(LogCleanerTest, RunsNoMorePassesAtOnceThanAllowed) {
  const metadata::TopicInfo topics[] = {Topic("a"), Topic("b"), Topic("c")};
  for (const metadata::TopicInfo& topic : topics) Fill(topic, 4);
  settings_.passes_max = 2;
  scheduler_.Advance(kBackoffMs);
  EXPECT_EQ(workers_.size(), 2U);
  scheduler_.Advance(5 * kBackoffMs);
  EXPECT_EQ(workers_.size(), 2U);
}

TEST_F(LogCleanerTest, ADisabledCleanerLeavesLogsAlone) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  settings_.enabled = false;
  scheduler_.Advance(10 * kBackoffMs);
  EXPECT_EQ(workers_.size(), 0U);
}

TEST_F(LogCleanerTest, GoesNoFasterThanItMay) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  const int64_t before = Size(topic);
  settings_.bytes_per_second_max = 1;
  scheduler_.Advance(kBackoffMs);
  RunAll();  // up to the first step that reads
  EXPECT_EQ(Size(topic), before);
  scheduler_.Advance(30'000);
  RunAll();
  EXPECT_EQ(Size(topic), before);
  for (int i = 0; i < 100; ++i) {
    scheduler_.Advance(60'000);
    RunAll();
  }
  EXPECT_LT(Size(topic), before);
}

TEST_F(LogCleanerTest, HeedsARateThatChangesDuringAPass) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  const int64_t before = Size(topic);
  settings_.bytes_per_second_max = 1;
  scheduler_.Advance(kBackoffMs);
  RunAll();  // up to the first step that reads
  settings_.bytes_per_second_max = 1e9;
  scheduler_.Advance(60'000);  // the next was put off at the old rate
  RunAll();
  EXPECT_LT(Size(topic), before);
}

TEST_F(LogCleanerTest, HeedsABackoffThatBecomesShorter) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  settings_.backoff_ms = kBackoffMs / 10;
  cleaner_->OnSettingsChanged();
  scheduler_.Advance(kBackoffMs / 10);
  EXPECT_EQ(workers_.size(), 1U);
}

TEST_F(LogCleanerTest, ADeletedTopicEndsItsPass) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  scheduler_.Advance(kBackoffMs);
  ASSERT_TRUE(workers_.RunOne());
  manager_.Delete(topic);
  RunAll();
  EXPECT_FALSE(files_->Exists("t"));
}

TEST_F(LogCleanerTest, NothingRunsOnceItIsStopped) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  const int64_t before = Size(topic);
  scheduler_.Advance(kBackoffMs);
  ASSERT_TRUE(workers_.RunOne());
  cleaner_->Stop();
  RunAll();
  scheduler_.Advance(10 * kBackoffMs);
  EXPECT_EQ(workers_.size(), 0U);
  EXPECT_EQ(Size(topic), before);
}

TEST_F(LogCleanerTest, LooksHoweverOftenSettingsChange) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  for (Millis passed = 0; passed < kBackoffMs; passed += kBackoffMs / 10) {
    cleaner_->OnSettingsChanged();
    scheduler_.Advance(kBackoffMs / 10);
  }
  EXPECT_EQ(workers_.size(), 1U);
}

}  // namespace
}  // namespace odradek::broker
