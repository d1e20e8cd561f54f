// What was dropped or deleted goes later, and nothing else does.
#include "storage/local/removal.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/testing/held_scheduler.h"
#include "base/testing/simulated_disk.h"
#include "storage/local/file_names.h"
#include "storage/local/space_reserve.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

constexpr Millis kDelayMs = 5000;

class RemovalTest : public testing::Test {
 protected:
  RemovalTest() {
    config_.segment_bytes = 200;  // one batch each
    config_.retention_ms = 1000;
    config_.file_delete_delay_ms = kDelayMs;
    Start(disk_);
  }

  void Start(Files& files) {
    log_.reset();
    store_.reset();
    store_ = MakeLocalStore({.clock = &clock_,
                             .random = &random_,
                             .files = &files,
                             .scheduler = &scheduler_,
                             .workers = &workers_},
                            {});
    log_ = *store_->Open({"topic", id_, 0}, config_);
  }
  AppendError Append(size_t size = 80) {
    std::string batch = BatchOf(clock_, {std::string(size, 'v')});
    return log_->Append({.owner = {}, .batches = batch}).error;
  }
  void FillAndExpire(int count) {
    for (int i = 0; i < count; ++i) ASSERT_EQ(Append(), AppendError::kNone);
    clock_.Advance(1001);
    log_->Maintain();
    ASSERT_EQ(log_->offsets().start, count);
  }
  void Advance(Millis by) {
    scheduler_.Advance(by);
    workers_.RunAll();
    scheduler_.RunReady();
  }
  size_t Waiting() {
    const Result<std::vector<DirEntry>> entries = disk_.List(std::string(kDeletedFolderName));
    return entries.ok() ? entries->size() : 0;
  }

  HeldClock clock_;
  HeldScheduler scheduler_{clock_};
  HeldWorkers workers_;
  SeededRandom random_{9};
  const Uuid id_ = random_.NewUuid();
  SimulatedDisk disk_;
  LogConfig config_;
  std::unique_ptr<LogStore> store_;
  std::shared_ptr<PartitionLog> log_;
};

TEST_F(RemovalTest, OfSegmentsComesWhenTheirDelayHasPassed) {
  FillAndExpire(3);
  EXPECT_EQ(Waiting(), 3U);
  EXPECT_EQ(workers_.size(), 0U);
  EXPECT_EQ(scheduler_.timer_count(), 1U);
  Advance(kDelayMs - 1);
  EXPECT_EQ(Waiting(), 3U);
  Advance(1);
  EXPECT_EQ(Waiting(), 0U);
  EXPECT_EQ(scheduler_.timer_count(), 0U);
}

TEST_F(RemovalTest, NeverComesWithTheLongestDelay) {
  config_.file_delete_delay_ms = std::numeric_limits<int64_t>::max();
  log_->SetConfig(config_);
  FillAndExpire(3);
  Advance(365LL * 24 * 3600 * 1000);
  EXPECT_EQ(Waiting(), 3U);
}

TEST_F(RemovalTest, FollowsTheConfigOfTheMoment) {
  FillAndExpire(2);
  config_.file_delete_delay_ms = 0;
  log_->SetConfig(config_);
  ASSERT_EQ(Append(), AppendError::kNone);
  clock_.Advance(1001);
  log_->Maintain();
  EXPECT_EQ(Waiting(), 3U);
  workers_.RunAll();
  EXPECT_EQ(Waiting(), 2U);
  Advance(kDelayMs);
  EXPECT_EQ(Waiting(), 0U);
}

TEST_F(RemovalTest, LeavesReadersWhatTheyHold) {
  ASSERT_EQ(Append(), AppendError::kNone);
  ReadResult held;
  ASSERT_TRUE(log_->Read({.offset = 0, .offset_limit = 1, .max_bytes = 1000}, &held).ok());
  const std::string before = StoreHarness::Bytes(held.data);
  clock_.Advance(1001);
  log_->Maintain();
  Advance(kDelayMs);
  ASSERT_EQ(Waiting(), 0U);
  EXPECT_EQ(StoreHarness::Bytes(held.data), before);
}

TEST_F(RemovalTest, OfATopicLeavesItsNameAtOnce) {
  ASSERT_EQ(Append(), AppendError::kNone);
  ASSERT_TRUE(store_->Delete({"topic", id_, 0}).ok());
  EXPECT_FALSE(disk_.Exists("topic"));
  const Uuid other = random_.NewUuid();
  log_ = *store_->Open({"topic", other, 0}, config_);
  ASSERT_EQ(Append(), AppendError::kNone);
  EXPECT_EQ(log_->offsets().end, 1);
  EXPECT_EQ(Waiting(), 1U);
  Advance(kDelayMs);
  EXPECT_EQ(Waiting(), 0U);
  EXPECT_EQ(log_->offsets().end, 1);
  EXPECT_TRUE(disk_.Exists("topic/0"));
}

TEST_F(RemovalTest, OfAPartitionSurvivesAPowerCutWholeOrNotAtAll) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Append(), AppendError::kNone);
  ASSERT_TRUE(store_->Close().ok());
  for (const char* directory : {"topic/0", "topic", ""}) ASSERT_TRUE(disk_.SyncDir(directory).ok());
  const std::vector<std::string> whole = disk_.AllFiles();
  config_.file_delete_delay_ms = 0;
  Start(disk_);
  ASSERT_TRUE(store_->Delete({"topic", id_, 0}).ok());
  workers_.RunAll();
  ASSERT_EQ(Waiting(), 0U);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto after = disk_.Crash(CrashModel::kAnySubset, seed);
    if (!after->Exists("topic/0")) continue;
    EXPECT_EQ(after->AllFiles(), whole) << "seed " << seed;
  }
}

TEST_F(RemovalTest, OfLeftoversComesAtTheNextStartAndTakesNothingElse) {
  FillAndExpire(3);
  disk_.SetContent("topic/0/notes.txt", "somebody's");
  ASSERT_TRUE(disk_.MakeDirs("unknown/0").ok());
  ASSERT_TRUE(disk_.MakeDirs("@deleted/x-0/deep").ok());
  Start(disk_);
  EXPECT_EQ(Waiting(), 4U) << "not before the broker serves";
  Advance(0);
  EXPECT_EQ(Waiting(), 0U);
  EXPECT_TRUE(disk_.Exists("unknown/0"));
  EXPECT_TRUE(disk_.Exists("topic/0/notes.txt"));
  EXPECT_EQ(log_->offsets().end, 3);
}

// The sweep lists the folder between the new name and what is told of it.
TEST_F(RemovalTest, ThatBeginsDuringTheSweepKeepsItsDelay) {
  ASSERT_EQ(Append(), AppendError::kNone);
  ASSERT_TRUE(disk_.MakeDirs("@deleted/x-0").ok());
  Start(disk_);
  scheduler_.RunReady();
  ASSERT_EQ(workers_.size(), 1U) << "the sweep";
  disk_.set_observer([&](FileCall call, const std::string& path) {
    if (call == FileCall::kRename && path.starts_with("@deleted/")) workers_.RunAll();
  });
  ASSERT_TRUE(store_->Delete({"topic", id_, 0}).ok());
  disk_.set_observer(nullptr);
  EXPECT_FALSE(disk_.Exists("@deleted/x-0"));
  Advance(kDelayMs - 1);
  EXPECT_EQ(Waiting(), 1U);
  Advance(1);
  EXPECT_EQ(Waiting(), 0U);
}

TEST_F(RemovalTest, InPlaceLeavesNothingThatItsSuccessorCouldTakeForItsOwn) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Append(), AppendError::kNone);
  ASSERT_TRUE(store_->Close().ok());
  for (const char* directory : {"topic/0", "topic", ""}) ASSERT_TRUE(disk_.SyncDir(directory).ok());
  Start(disk_);
  std::vector<std::unique_ptr<SimulatedDisk>> left;
  disk_.set_observer([&](FileCall, const std::string&) {
    for (uint64_t seed = 0; seed < 300; ++seed)
      left.push_back(disk_.Crash(CrashModel::kAnySubset, seed));
  });
  disk_.plan().Fail(FileCall::kRename, 0, StatusCode::kFull);
  ASSERT_TRUE(store_->Delete({"topic", id_, 0}).ok());
  disk_.set_observer(nullptr);
  EXPECT_FALSE(disk_.Exists("topic/0"));
  ASSERT_FALSE(left.empty());
  const Uuid successor = random_.NewUuid();
  for (const auto& disk : left) {
    const auto store = MakeLocalStore(
        {.clock = &clock_, .random = &random_, .files = disk.get(), .workers = &workers_}, {});
    const auto log = *store->Open({"topic", successor, 0}, config_);
    EXPECT_EQ(log->offsets().end, 0);
  }
}

TEST_F(RemovalTest, ThatCannotBeSyncedIsLeftToTheNextStart) {
  ASSERT_EQ(Append(), AppendError::kNone);
  disk_.plan().Fail(FileCall::kSyncDir, 0, StatusCode::kFatal);
  ASSERT_TRUE(store_->Delete({"topic", id_, 0}).ok());
  Advance(kDelayMs);
  EXPECT_EQ(Waiting(), 1U);
  EXPECT_EQ(scheduler_.timer_count(), 0U);
  Start(disk_);
  Advance(0);
  EXPECT_EQ(Waiting(), 0U);
}

TEST_F(RemovalTest, WaitsForNothingWhenTheDeviceIsFull) {
  FillAndExpire(20);
  disk_.set_capacity_bytes(0);
  EXPECT_EQ(Append(), AppendError::kStorage);
  disk_.set_capacity_bytes(SpaceReserve::kSizeBytes + 2500);
  EXPECT_EQ(Append(), AppendError::kStorage) << "what waits holds it all";
  workers_.RunAll();
  EXPECT_EQ(Waiting(), 0U);
  EXPECT_EQ(Append(), AppendError::kNone);
}

// Who has the reserve released is about to free more than it: what waits, and what comes.
TEST_F(RemovalTest, ComesAtOnceWhileTheReserveIsReleased) {
  FillAndExpire(20);
  ASSERT_EQ(Append(), AppendError::kNone);
  disk_.set_capacity_bytes(disk_.used_bytes());
  EXPECT_TRUE(store_->ReleaseReserve());
  EXPECT_FALSE(store_->ReleaseReserve()) << "there is but one";
  workers_.RunAll();
  EXPECT_EQ(Waiting(), 0U);
  clock_.Advance(1001);
  log_->Maintain();
  ASSERT_EQ(log_->offsets().start, 21);
  workers_.RunAll();
  EXPECT_EQ(Waiting(), 0U) << "of segments";
  ASSERT_TRUE(store_->Delete({"topic", id_, 0}).ok());
  workers_.RunAll();
  EXPECT_EQ(Waiting(), 0U) << "of partitions";
}

TEST_F(RemovalTest, WaitsAgainWhenThereIsRoom) {
  ASSERT_EQ(Append(), AppendError::kNone);
  disk_.set_capacity_bytes(disk_.used_bytes());
  ASSERT_TRUE(store_->ReleaseReserve());
  disk_.set_capacity_bytes(disk_.used_bytes() + SpaceReserve::kSizeBytes +
                           SpaceReserve::kHeadroomBytes);
  ASSERT_TRUE(store_->Delete({"topic", id_, 0}).ok());
  workers_.RunAll();
  EXPECT_EQ(Waiting(), 1U);
  EXPECT_TRUE(disk_.Exists(std::string(kReserveName)));
}

TEST_F(RemovalTest, DoesNotOutliveTheStore) {
  FillAndExpire(2);
  scheduler_.Advance(kDelayMs);
  ASSERT_EQ(workers_.size(), 1U);
  log_.reset();
  store_.reset();
  workers_.RunAll();
  EXPECT_EQ(Waiting(), 2U);
  EXPECT_EQ(scheduler_.timer_count(), 0U);
}

TEST_F(RemovalTest, ComesAtOnceInMemory) {
  const std::unique_ptr<Files> memory = MakeMemoryFiles();
  Start(*memory);
  FillAndExpire(3);
  EXPECT_EQ(scheduler_.timer_count(), 0U);
  EXPECT_FALSE(memory->Exists(std::string(kDeletedFolderName)));
  ASSERT_TRUE(store_->Delete({"topic", id_, 0}).ok());
  EXPECT_FALSE(memory->Exists("topic"));
  EXPECT_FALSE(memory->Exists(std::string(kDeletedFolderName)));
  log_.reset();
  store_.reset();
}

}  // namespace
}  // namespace odradek::storage
