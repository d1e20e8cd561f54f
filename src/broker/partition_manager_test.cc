#include "broker/partition_manager.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/env/random.h"
#include "base/failure_log.h"
#include "base/log.h"
#include "base/testing/captured_log.h"
#include "base/testing/faulty_files.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_scheduler.h"
#include "protocol/records/batch_builder.h"
#include "storage/local/local_store.h"

namespace odradek::broker {
namespace {

constexpr Millis kIntervalMs = 1000;

class PartitionManagerTest : public testing::Test {
 protected:
  PartitionManagerTest() {
    topic_.name = "t";
    topic_.id = random_.NewUuid();
    topic_.partitions.resize(1);
    settings_.log.segment_bytes = 300;  // a segment for each of the batches below
  }

  metadata::TopicInfo OtherTopic() {
    metadata::TopicInfo other = topic_;
    other.name = "other";
    other.id = random_.NewUuid();
    return other;
  }
  void Append() {
    records::BatchBuilder builder;
    builder.Add(clock_.WallMs(), "key", std::string(150, 'v'));
    std::string batch = std::move(builder.Finish()).value();
    ASSERT_EQ(Log().Append({.owner = {}, .batches = batch}).error, storage::AppendError::kNone);
  }
  storage::PartitionLog& Log() { return (*manager_.Find(topic_, 0))->log(); }

  HeldClock clock_;
  HeldScheduler scheduler_{clock_};
  SeededRandom random_{7};
  std::unique_ptr<Files> memory_ = MakeMemoryFiles();
  FaultyFiles files_{*memory_};
  const Env env_{.clock = &clock_, .random = &random_, .files = &files_, .scheduler = &scheduler_};
  std::unique_ptr<storage::LogStore> store_ = storage::MakeLocalStore(env_, {});
  metadata::TopicInfo topic_;
  PartitionSettings settings_;
  PartitionManager manager_{env_, *store_, [this](const metadata::TopicInfo&) { return settings_; },
                            [](const Uuid&) { return true; }, kIntervalMs};
};

TEST_F(PartitionManagerTest, KeepsLogsWithinTheirSizeAsTheyGrow) {
  settings_.log.retention_bytes = 500;
  Log();  // empty at the first look
  scheduler_.Advance(kIntervalMs);
  for (int i = 0; i < 8; ++i) Append();
  scheduler_.Advance(kIntervalMs);
  EXPECT_GT(Log().offsets().start, 0);
  EXPECT_LE(Log().SizeBytes(), 800);
}

TEST_F(PartitionManagerTest, HeedsARetentionThatWasShortenedMeanwhile) {
  for (int i = 0; i < 3; ++i) Append();
  scheduler_.Advance(10 * kIntervalMs);
  EXPECT_EQ(Log().offsets().start, 0);
  settings_.log.retention_ms = 5;
  manager_.Reconfigure(topic_);
  scheduler_.Advance(kIntervalMs);
  EXPECT_GT(Log().offsets().start, 0);
}

TEST_F(PartitionManagerTest, HoldsUpNobodyWhileALogIsLoaded) {
  const metadata::TopicInfo other = OtherTopic();
  bool found = false;
  files_.plan().Before(FileCall::kList,
                       [&] { std::thread([&] { found = manager_.Find(other, 0).ok(); }).join(); });
  EXPECT_TRUE(manager_.Find(topic_, 0).ok());
  EXPECT_TRUE(found);
}

TEST_F(PartitionManagerTest, ReconfiguresALogThatIsBeingLoadedWithoutWaitingForIt) {
  files_.plan().Before(FileCall::kList, [&] {
    std::thread([&] {
      settings_.log.max_message_bytes = 10;
      manager_.Reconfigure(topic_);
    }).join();
  });
  storage::PartitionLog& log = Log();
  records::BatchBuilder builder;
  builder.Add(clock_.WallMs(), "key", "value");
  std::string batch = std::move(builder.Finish()).value();
  EXPECT_EQ(log.Append({.owner = {}, .batches = batch}).error,
            storage::AppendError::kMessageTooLarge);
  settings_.log.max_message_bytes = 1000;
  manager_.Reconfigure(topic_);
  Append();
}

TEST_F(PartitionManagerTest, TriesAgainToLoadALogThatCouldNotBeLoaded) {
  files_.plan().Fail(FileCall::kList, 0, StatusCode::kFatal);
  EXPECT_FALSE(manager_.Find(topic_, 0).ok());
  EXPECT_TRUE(manager_.Find(topic_, 0).ok());
}

TEST_F(PartitionManagerTest, HasNoTimerWhileNothingIsOpen) {
  EXPECT_EQ(scheduler_.timer_count(), 0U);
  Append();
  EXPECT_EQ(scheduler_.timer_count(), 1U);
  manager_.Delete(topic_);
  scheduler_.Advance(kIntervalMs);
  EXPECT_EQ(scheduler_.timer_count(), 0U);
}

class FailingPartition : public PartitionManagerTest {
 protected:
  CapturedLog captured_;
};

TEST_F(FailingPartition, IsToldOnceAMinuteHoweverOftenItIsAskedFor) {
  files_.plan().Fail(FileCall::kList, 0, StatusCode::kFatal, /*forever=*/true);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(manager_.Find(topic_, 0).ok());
  EXPECT_EQ(captured_.Count("cannot open t-0: FAILED: "), 1U);
  EXPECT_EQ(captured_.Count("error"), 1U) << log::Captured();
  clock_.Advance(FailureLog::kPeriodMs);
  EXPECT_FALSE(manager_.Find(topic_, 0).ok());
  EXPECT_EQ(captured_.Count("cannot open t-0"), 2U);
  EXPECT_EQ(captured_.Count("(4 more failures since the last line)"), 1U);
  files_.plan().Heal();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(manager_.Find(topic_, 0).ok());
  EXPECT_EQ(captured_.Count("t-0 could be opened now"), 1U);
}

TEST_F(FailingPartition, TellsOnceAMinuteOfReadsThatFail) {
  const PartitionRef partition = *manager_.Find(topic_, 0);
  const auto read = [&](int64_t offset, const Status& status) {
    partition->NoteRead(clock_, {.offset = offset, .next_offset = offset + 2}, status);
  };
  for (int i = 0; i < 3; ++i) {
    read(5, Corrupt("damaged"));
    read(7, Status());  // somebody else, behind it
  }
  EXPECT_EQ(captured_.Count("cannot read t-0 at offset 5: CORRUPT: damaged"), 1U);
  EXPECT_EQ(captured_.Count("can be read again"), 0U);
  clock_.Advance(FailureLog::kPeriodMs);
  read(5, Corrupt("damaged"));
  EXPECT_EQ(captured_.Count("CORRUPT: damaged (2 more failures since the last line)"), 1U);
  for (int i = 0; i < 2; ++i) read(4, Status());
  EXPECT_EQ(captured_.Count("t-0 can be read again at offset 5"), 1U);
}

TEST_F(FailingPartition, IsNoneAnyMoreWhenItsRecordsAreDeleted) {
  const PartitionRef partition = *manager_.Find(topic_, 0);
  partition->NoteRead(clock_, {.offset = 5, .next_offset = 5}, Corrupt("damaged"));
  partition->NoteRead(clock_, {.offset = 9, .next_offset = 10, .log_start_offset = 6}, Status());
  EXPECT_EQ(captured_.Count("t-0: what could not be read at offset 5 is deleted"), 1U);
}

}  // namespace
}  // namespace odradek::broker
