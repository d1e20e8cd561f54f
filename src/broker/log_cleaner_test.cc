#include "broker/log_cleaner.h"

#include <gtest/gtest.h>

#include "base/testing/simulated_machine.h"
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
    manager_.set_on_sealed([this] { machine_.scheduler.Post([this] { cleaner_->Wake(); }); });
  }
  ~LogCleanerTest() override { cleaner_->Stop(); }

  metadata::TopicInfo Topic(const std::string& name) {
    metadata::TopicInfo topic;
    topic.name = name;
    topic.id = machine_.random.NewUuid();
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
      builder.Add(machine_.clock.WallMs(), "key", std::string(150, 'v'));
      std::string batch = std::move(builder.Finish()).value();
      ASSERT_EQ(Log(topic).Append({.owner = {}, .batches = batch}).error,
                storage::AppendError::kNone);
    }
  }
  int64_t Size(const metadata::TopicInfo& topic) { return Log(topic).SizeBytes(); }
  // Up to the first step that reads. Returns the size of the log.
  int64_t BeginAPassAtOneBytePerSecond(const metadata::TopicInfo& topic) {
    Fill(topic, 5);
    settings_.bytes_per_second_max = 1;
    machine_.scheduler.Advance(kBackoffMs);
    machine_.RunAll();
    return Size(topic);
  }

  SimulatedMachine machine_;
  std::unique_ptr<storage::LogStore> store_ = storage::MakeLocalStore(machine_.env, {});
  storage::LogConfig log_;
  CleanerSettings settings_;
  PartitionManager manager_{machine_.env, *store_,
                            [this](const metadata::TopicInfo&) {
                              return PartitionSettings{log_, 1};
                            },
                            [](const Uuid&) { return true; }, 1'000'000'000};
  std::shared_ptr<LogCleaner> cleaner_ = std::make_shared<LogCleaner>(
      machine_.env, [this] { return settings_; }, [this] { return manager_.OpenCompacted(); });
};

TEST_F(LogCleanerTest, CleansWhatIsCompactedAfterABackoff) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  const int64_t before = Size(topic);
  machine_.scheduler.Advance(kBackoffMs - 1);
  EXPECT_EQ(machine_.workers.size(), 0U);
  machine_.scheduler.Advance(1);
  machine_.RunAll();
  EXPECT_EQ(Size(topic), before / 5 * 2);  // one record of the sealed segments, the active one
  EXPECT_EQ(Log(topic).offsets().end, 5);
}

TEST_F(LogCleanerTest, HasNoTimerWhileNothingIsCompacted) {
  log_.compact = false;
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  const size_t timers = machine_.scheduler.timer_count();  // of the partition manager
  log_.compact = true;
  manager_.Reconfigure(topic);
  EXPECT_EQ(machine_.scheduler.timer_count(), timers + 1);
  log_.compact = false;
  manager_.Reconfigure(topic);
  machine_.scheduler.Advance(kBackoffMs);
  EXPECT_EQ(machine_.scheduler.timer_count(), timers);
  EXPECT_EQ(machine_.workers.size(), 0U);
}

TEST_F(LogCleanerTest, SleepsWhileAllIsCleanUntilASegmentIsSealed) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 3);
  machine_.scheduler.Advance(kBackoffMs);
  machine_.RunAll();
  machine_.scheduler.Advance(10 * kBackoffMs);
  const size_t timers = machine_.scheduler.timer_count();
  Fill(topic, 2);
  machine_.scheduler.RunReady();
  EXPECT_EQ(machine_.scheduler.timer_count(), timers + 1);
}

TEST_F(LogCleanerTest, TakesTheFilthiestFirstAndTheNextWhenThatIsDone) {
  const metadata::TopicInfo clean = Topic("clean");
  Fill(clean, 9);
  machine_.scheduler.Advance(kBackoffMs);
  machine_.RunAll();
  Fill(clean, 4);
  const metadata::TopicInfo dirty = Topic("dirty");
  Fill(dirty, 4);
  log_.min_cleanable_dirty_ratio = 0.1;
  manager_.Reconfigure(clean);
  const int64_t dirty_size = Size(dirty);
  const int64_t clean_size = Size(clean);
  machine_.scheduler.Advance(kBackoffMs);
  machine_.workers.RunAll();  // the first pass only: the next begins on the scheduler
  EXPECT_LT(Size(dirty), dirty_size);
  EXPECT_EQ(Size(clean), clean_size);
  machine_.RunAll();
  EXPECT_LT(Size(clean), clean_size);
}

TEST_F(LogCleanerTest, RunsNoMorePassesAtOnceThanAllowed) {
  const metadata::TopicInfo topics[] = {Topic("a"), Topic("b"), Topic("c")};
  for (const metadata::TopicInfo& topic : topics) Fill(topic, 4);
  settings_.passes_max = 2;
  machine_.scheduler.Advance(kBackoffMs);
  EXPECT_EQ(machine_.workers.size(), 2U);
  machine_.scheduler.Advance(5 * kBackoffMs);
  EXPECT_EQ(machine_.workers.size(), 2U);
}

TEST_F(LogCleanerTest, ADisabledCleanerLeavesLogsAlone) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  settings_.enabled = false;
  machine_.scheduler.Advance(10 * kBackoffMs);
  EXPECT_EQ(machine_.workers.size(), 0U);
}

TEST_F(LogCleanerTest, GoesNoFasterThanItMay) {
  const metadata::TopicInfo topic = Topic("t");
  const int64_t before = BeginAPassAtOneBytePerSecond(topic);
  EXPECT_EQ(Size(topic), before);
  machine_.scheduler.Advance(30'000);
  machine_.RunAll();
  EXPECT_EQ(Size(topic), before);
  for (int i = 0; i < 100; ++i) {
    machine_.scheduler.Advance(60'000);
    machine_.RunAll();
  }
  EXPECT_LT(Size(topic), before);
}

TEST_F(LogCleanerTest, HeedsARateThatChangesDuringAPass) {
  const metadata::TopicInfo topic = Topic("t");
  const int64_t before = BeginAPassAtOneBytePerSecond(topic);
  settings_.bytes_per_second_max = 1e9;
  machine_.scheduler.Advance(60'000);  // the next was put off at the old rate
  machine_.RunAll();
  EXPECT_LT(Size(topic), before);
}

TEST_F(LogCleanerTest, HeedsABackoffThatBecomesShorter) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  settings_.backoff_ms = kBackoffMs / 10;
  cleaner_->OnSettingsChanged();
  machine_.scheduler.Advance(kBackoffMs / 10);
  EXPECT_EQ(machine_.workers.size(), 1U);
}

TEST_F(LogCleanerTest, ADeletedTopicEndsItsPass) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  machine_.scheduler.Advance(kBackoffMs);
  ASSERT_TRUE(machine_.workers.RunOne());
  manager_.Delete(topic);
  machine_.RunAll();
  EXPECT_FALSE(machine_.disk.Exists("t"));
}

TEST_F(LogCleanerTest, NothingRunsOnceItIsStopped) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  const int64_t before = Size(topic);
  machine_.scheduler.Advance(kBackoffMs);
  ASSERT_TRUE(machine_.workers.RunOne());
  cleaner_->Stop();
  machine_.RunAll();
  machine_.scheduler.Advance(10 * kBackoffMs);
  EXPECT_EQ(machine_.workers.size(), 0U);
  EXPECT_EQ(Size(topic), before);
}

TEST_F(LogCleanerTest, LooksHoweverOftenSettingsChange) {
  const metadata::TopicInfo topic = Topic("t");
  Fill(topic, 5);
  for (Millis passed = 0; passed < kBackoffMs; passed += kBackoffMs / 10) {
    cleaner_->OnSettingsChanged();
    machine_.scheduler.Advance(kBackoffMs / 10);
  }
  EXPECT_EQ(machine_.workers.size(), 1U);
}

}  // namespace
}  // namespace odradek::broker
