// flush.messages, flush.ms and preallocate: what the configs of a topic ask of the device.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/testing/simulated_machine.h"
#include "storage/local/space_reserve.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class FlushConfig : public testing::Test {
 protected:
  void Open() {
    log_ = *store_->Open({"topic", id_, 0}, config_);
    ASSERT_EQ(Append(), AppendError::kNone);
    machine_.workers.RunAll();
    syncs_ = Syncs();
  }
  AppendError Append() {
    std::string batch = BatchOf(machine_.clock, {std::string(80, 'v')});
    return log_->Append({.owner = {}, .batches = batch}).error;
  }
  int64_t Syncs() { return machine_.disk.plan().count(FileCall::kSync); }
  int64_t NewSyncs() {
    machine_.workers.RunAll();
    return Syncs() - syncs_;
  }

  SimulatedMachine machine_;
  const Uuid id_ = machine_.random.NewUuid();
  LogConfig config_;
  std::unique_ptr<LogStore> store_ = MakeLocalStore(machine_.env, {});
  std::shared_ptr<PartitionLog> log_;
  int64_t syncs_ = 0;
};

TEST_F(FlushConfig, NothingIsSyncedByDefault) {
  Open();
  for (int i = 0; i < 100; ++i) Append();
  machine_.scheduler.Advance(3'600'000);
  EXPECT_EQ(NewSyncs(), 0);
}

TEST_F(FlushConfig, SyncsAfterSoManyMessages) {
  config_.flush_messages = 3;
  Open();
  Append();
  EXPECT_EQ(NewSyncs(), 0);
  Append();
  EXPECT_EQ(NewSyncs(), 2) << "the segment and partition.metadata";
  Append();
  Append();
  EXPECT_EQ(NewSyncs(), 2);
  Append();
  EXPECT_EQ(NewSyncs(), 3);
  const auto after = machine_.disk.Crash(CrashModel::kLoseAll, 1);
  EXPECT_EQ(after->Content("topic/0/00000000000000000000.log"),
            machine_.disk.Content("topic/0/00000000000000000000.log"));
}

TEST_F(FlushConfig, SyncsWhenARecordIsSoOld) {
  config_.flush_ms = 1000;
  Open();
  machine_.scheduler.Advance(1000);
  syncs_ += NewSyncs();
  EXPECT_EQ(machine_.scheduler.timer_count(), 0U) << "nothing to wait for";
  Append();
  machine_.scheduler.Advance(600);
  Append();
  machine_.scheduler.Advance(399);
  EXPECT_EQ(NewSyncs(), 0);
  machine_.scheduler.Advance(1);
  EXPECT_EQ(NewSyncs(), 1);
  machine_.scheduler.Advance(10'000);
  EXPECT_EQ(NewSyncs(), 1);
  EXPECT_EQ(machine_.scheduler.timer_count(), 0U);
}

TEST_F(FlushConfig, FollowsAChangeOfTheConfig) {
  Open();
  Append();
  config_.flush_messages = 1;
  log_->SetConfig(config_);
  Append();
  EXPECT_EQ(NewSyncs(), 2) << "the segment and partition.metadata";
  config_.flush_messages = INT64_MAX;
  log_->SetConfig(config_);
  Append();
  EXPECT_EQ(NewSyncs(), 2);
}

TEST_F(FlushConfig, AFailedSyncTakesNothingBackAndTakesNothingIn) {
  config_.flush_messages = 1;
  Open();
  machine_.disk.plan().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  Append();
  machine_.workers.RunAll();
  EXPECT_EQ(log_->offsets().end, 2);
  EXPECT_EQ(log_->offsets().durable_end, 2);
  EXPECT_EQ(Append(), AppendError::kStorage);
  ReadResult read;
  EXPECT_TRUE(log_->Read({.offset = 1, .offset_limit = 2, .max_bytes = 1000}, &read).ok());
  EXPECT_GT(read.data.size(), 0U);
}

TEST_F(FlushConfig, PreallocatesNewSegmentsAndGivesBackWhatTheyDoNotNeed) {
  Open();
  const int64_t used = machine_.disk.used_bytes();
  config_.preallocate = true;
  config_.segment_bytes = 100'000;
  config_.segment_ms = 1000;
  log_->SetConfig(config_);
  machine_.clock.Advance(1001);
  log_->Maintain();
  EXPECT_GE(machine_.disk.used_bytes(), used + 100'000);
  Append();
  const int64_t with_one = machine_.disk.used_bytes();
  Append();
  EXPECT_EQ(machine_.disk.used_bytes(), with_one) << "there was room for it";
  config_.preallocate = false;
  log_->SetConfig(config_);
  machine_.clock.Advance(1001);
  log_->Maintain();
  EXPECT_LT(machine_.disk.used_bytes(), used + 20'000) << "after the segment was closed";
}

TEST_F(FlushConfig, GivesBackPreallocatedRoomWhenTheStoreIsClosed) {
  config_.preallocate = true;
  config_.segment_bytes = 100'000;
  Open();
  EXPECT_GE(machine_.disk.used_bytes(), SpaceReserve::kSizeBytes + 100'000);
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_LT(machine_.disk.used_bytes(), SpaceReserve::kSizeBytes + 20'000);
}

TEST_F(FlushConfig, GivesBackPreallocatedRoomAfterAKill) {
  config_.preallocate = true;
  config_.segment_bytes = 100'000;
  Open();
  const auto left = machine_.disk.Crash(CrashModel::kKill, 1);
  ASSERT_GE(left->used_bytes(), SpaceReserve::kSizeBytes + 100'000);
  const auto store = MakeLocalStore({.clock = &machine_.clock,
                                     .random = &machine_.random,
                                     .files = left.get(),
                                     .workers = &machine_.workers},
                                    {});
  EXPECT_EQ((*store->Open({"topic", id_, 0}, {}))->offsets().end, 1);
  EXPECT_LT(left->used_bytes(), SpaceReserve::kSizeBytes + 20'000);
}

}  // namespace
}  // namespace odradek::storage
