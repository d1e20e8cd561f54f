// Durability kPower: appends count when the device has them, and a failed sync loses nothing that
// counted.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/simulated_disk.h"
#include "base/testing/simulated_machine.h"
#include "storage/local/file_names.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/testing/recording_listener.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class Power : public ::testing::Test {
 protected:
  Power() { store_.hold_flushes = true; }

  LogOffsets offsets() { return store_.log().offsets(); }

  StoreHarness store_{Layer::kPower};
};

TEST_F(Power, AnAppendCountsWhenItIsOnTheDevice) {
  ASSERT_EQ(store_.Append({"a", "b"}).error, AppendError::kNone);
  EXPECT_EQ(offsets().end, 2);
  EXPECT_EQ(offsets().durable_end, 0);
  EXPECT_EQ(offsets().stable, 0);
  store_.workers.RunAll();
  EXPECT_EQ(offsets().durable_end, 2);
  EXPECT_EQ(offsets().stable, 2);
}

TEST_F(Power, AppendsThatWaitShareOneSync) {
  store_.Append({"first"});
  store_.workers.RunAll();
  const int64_t syncs = store_.faults().count(FileCall::kSync);
  for (int i = 0; i < 10; ++i) store_.Append({"more"});
  EXPECT_EQ(store_.workers.size(), 1U);
  store_.workers.RunAll();
  EXPECT_EQ(offsets().durable_end, 11);
  EXPECT_EQ(store_.faults().count(FileCall::kSync) - syncs, 1);
}

TEST_F(Power, ListenersHearOfBytesThatBecameVisible) {
  RecordingListener advances;
  store_.log().SetListener(&advances);
  const std::string batch = store_.Batch({"value"});
  store_.AppendBytes(batch);
  store_.AppendBytes(batch);
  EXPECT_TRUE(advances.ends.empty());
  store_.workers.RunAll();
  EXPECT_EQ(advances.durable_ends, std::vector<int64_t>{2});
  EXPECT_EQ(advances.bytes, 2 * batch.size());
  store_.log().SetListener(nullptr);
}

TEST_F(Power, ASyncCoversAllSegmentsThatAreNew) {
  LogConfig config;
  config.segment_bytes = 200;
  store_.Configure(config);
  for (int i = 0; i < 9; ++i) store_.Append({std::string(80, 'v')});
  store_.workers.RunAll();
  EXPECT_EQ(offsets().durable_end, 9);
  EXPECT_GE(store_.faults().count(FileCall::kSync), 4);
}

TEST_F(Power, AFailedSyncTakesBackWhatDidNotCount) {
  store_.Append({"kept"});
  store_.workers.RunAll();
  RecordingListener advances;
  store_.log().SetListener(&advances);
  store_.Append({"lost"}, {.id = 5, .epoch = 0, .sequence = 0});
  store_.faults().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  store_.workers.RunAll();
  EXPECT_EQ(offsets().end, 1);
  EXPECT_EQ(advances.ends, std::vector<int64_t>{1});
  EXPECT_EQ(store_.Values(), std::vector<std::string>{"kept"});
  EXPECT_TRUE(store_.log().Producers().empty());
  store_.log().SetListener(nullptr);

  const size_t files = store_.FileNames().size();
  EXPECT_EQ(store_.Append({"again"}).base_offset, 1);
  EXPECT_GT(store_.FileNames().size(), files) << "the file that lost a write takes no more";
  store_.workers.RunAll();
  EXPECT_EQ(offsets().durable_end, 2);
  store_.Reopen();
  EXPECT_EQ(store_.Values(), (std::vector<std::string>{"kept", "again"}));
}

// A power cut may bring back any part of what was cut off then.
TEST_F(Power, ATornRestOfWhatWasTakenBackIsInNobodysWay) {
  store_.Append({"kept"});
  store_.workers.RunAll();
  const std::string file = store_.path() + "/00000000000000000000.log";
  store_.Append({"lost"});
  store_.faults().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  store_.workers.RunAll();
  EXPECT_EQ(store_.Append({"again"}).base_offset, 1);
  store_.workers.RunAll();
  ASSERT_EQ(offsets().durable_end, 2);
  store_.Crash();
  const std::string whole = store_.files().ReadAll(file).value();
  ASSERT_TRUE(store_.files().WriteAtomically(file, whole + std::string(80, 'x')).ok());
  store_.Reopen();
  EXPECT_EQ(store_.Values(), (std::vector<std::string>{"kept", "again"}));
}

TEST_F(Power, AFailedFirstSyncLeavesAnEmptyLog) {
  store_.Append({"lost"});
  store_.faults().Fail(FileCall::kSync, 0, StatusCode::kFull);
  store_.workers.RunAll();
  EXPECT_EQ(offsets().end, 0);
  EXPECT_EQ(store_.Append({"kept"}).base_offset, 0);
  store_.workers.RunAll();
  EXPECT_EQ(offsets().durable_end, 1);
  store_.Reopen();
  EXPECT_EQ(store_.Values(), std::vector<std::string>{"kept"});
}

TEST_F(Power, ADeviceThatNeverSyncsAcknowledgesNothingAndServesTheRest) {
  store_.Append({"kept"});
  store_.workers.RunAll();
  store_.faults().Fail(FileCall::kSync, 0, StatusCode::kFatal, /*forever=*/true);
  for (int i = 0; i < 3; ++i) {
    store_.Append({"lost"});
    store_.workers.RunAll();
    EXPECT_EQ(offsets().end, 1) << i;
    EXPECT_EQ(store_.Values(), std::vector<std::string>{"kept"});
  }
  store_.faults().Heal();
  store_.Reopen();
  EXPECT_EQ(store_.Values(), std::vector<std::string>{"kept"});
}

TEST_F(Power, RecoveredRecordsAreSyncedBeforeTheyAreShown) {
  store_.Append({"written, not synced"});
  store_.Reopen();
  const int64_t syncs = store_.faults().count(FileCall::kSync);
  EXPECT_EQ(offsets().durable_end, 1);
  EXPECT_GT(store_.faults().count(FileCall::kSync), syncs);
}

TEST_F(Power, TheCheckpointOfALogAtRestCatchesUp) {
  const auto vouched_for = [&] {
    const auto text = store_.files().ReadAll(store_.path() + "/" + std::string(kCheckpointName));
    return LogCheckpoint::Decode(*text)->synced_position;
  };
  for (int i = 0; i < 3; ++i) {
    store_.Append({"value"});
    store_.workers.RunAll();
  }
  EXPECT_LT(vouched_for(), store_.log().SizeBytes());
  store_.clock.Advance(1000);
  store_.log().Maintain();
  store_.workers.RunAll();
  EXPECT_EQ(vouched_for(), store_.log().SizeBytes());
  store_.clock.Advance(1000);
  store_.log().Maintain();
  EXPECT_EQ(store_.workers.size(), 0U) << "nothing has changed";
}

TEST(PowerAtRest, TheCheckpointCatchesUpByItselfOnce) {
  SimulatedMachine machine;
  StoreOptions options;
  options.durability = Durability::kPower;
  const auto store = MakeLocalStore(machine.env, options);
  const auto log = *store->Open({"topic", machine.random.NewUuid(), 0}, {});
  for (int i = 0; i < 3; ++i) {
    std::string batch = BatchOf(machine.clock, {"value"});
    ASSERT_EQ(log->Append({.owner = {}, .batches = batch}).error, AppendError::kNone);
    machine.RunAll();
  }
  const auto vouched_for = [&] {
    return LogCheckpoint::Decode(machine.disk.Content("topic/0/" + std::string(kCheckpointName)))
        ->synced_position;
  };
  EXPECT_LT(vouched_for(), log->SizeBytes());
  machine.scheduler.Advance(10'000);
  machine.RunAll();
  EXPECT_EQ(vouched_for(), log->SizeBytes());
  machine.scheduler.Advance(3'600'000);
  EXPECT_EQ(machine.workers.size(), 0U) << "nothing has changed";
}

TEST_F(Power, ATrimmedStartIsOnTheDeviceBeforeItIsAnswered) {
  for (int i = 0; i < 5; ++i) store_.Append({"v"});
  store_.workers.RunAll();
  store_.faults().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  EXPECT_FALSE(store_.log().TrimPrefix(store_.owner, 2).ok());
  EXPECT_TRUE(store_.log().TrimPrefix(store_.owner, 3).ok());
  store_.Reopen();
  EXPECT_EQ(offsets().start, 3);
}

TEST_F(Power, WhatRetentionSyncsIsToldThoughItsStartCannotBeKept) {
  store_.Configure({.retention_ms = 1000});
  store_.Append({"first"});
  store_.workers.RunAll();
  RecordingListener told;
  store_.log().SetListener(&told);
  const std::string batch = store_.Batch({"old"});
  store_.AppendBytes(batch);
  store_.clock.Advance(5000);
  store_.faults().Fail(FileCall::kRename, 0, StatusCode::kFatal, /*forever=*/true);
  store_.log().Maintain();
  EXPECT_EQ(told.durable_ends, std::vector<int64_t>{2});
  EXPECT_EQ(told.bytes, batch.size());
  store_.workers.RunAll();
  EXPECT_EQ(offsets().start, 0);
  EXPECT_EQ(offsets().durable_end, 2);
  EXPECT_EQ(told.durable_ends, std::vector<int64_t>{2});
  EXPECT_EQ(told.bytes, batch.size());
  store_.log().SetListener(nullptr);
}

TEST_F(Power, AFailedSyncOfRetentionTakesBackWhatDidNotCount) {
  store_.Configure({.retention_ms = 1000});
  store_.Append({"first"});
  store_.workers.RunAll();
  store_.Append({"lost"});
  store_.clock.Advance(5000);
  store_.faults().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  store_.log().Maintain();
  store_.workers.RunAll();
  EXPECT_EQ(offsets().end, 1) << "a second sync of the same data may lie";
  EXPECT_EQ(offsets().durable_end, 1);
  EXPECT_EQ(store_.Append({"again"}).base_offset, 1);
  store_.workers.RunAll();
  EXPECT_EQ(offsets().durable_end, 2);
}

TEST_F(Power, NothingBehindTheDurablePointCanBeTrimmed) {
  store_.Append({"a"});
  EXPECT_EQ(store_.log().TrimPrefix(store_.owner, 1).code(), StatusCode::kInvalid);
}

TEST_F(Power, TheEndSurvivesTheLossOfAllSegments) {
  store_.Configure({.retention_ms = 1000});
  for (int i = 0; i < 4; ++i) store_.Append({"v"});
  store_.workers.RunAll();
  store_.clock.Advance(5000);
  store_.log().Maintain();
  EXPECT_EQ(offsets().start, 4);
  for (const std::string& name : store_.FileNames()) {
    if (!name.ends_with(".log")) continue;
    ASSERT_TRUE(store_.files().Remove(store_.path() + "/" + name).ok());
  }
  store_.Reopen();
  EXPECT_EQ(offsets().end, 4);
}

TEST(PowerReserve, BlocksAreReservedAheadOfLargeSyncsOnly) {
  constexpr int64_t kSmallReserveSizeBytes = 4 << 20;
  auto made = std::make_unique<SimulatedDisk>();
  const SimulatedDisk& disk = *made;
  StoreHarness store(Layer::kPower, {}, std::move(made));
  const std::string value(10'000, 'v');
  while (store.log().SizeBytes() < 400'000) store.Append({value});
  EXPECT_LT(disk.used_bytes(), kSmallReserveSizeBytes);
  store.hold_flushes = true;
  for (int i = 0; i < 7; ++i) store.Append({value});
  EXPECT_GE(disk.used_bytes(), kSmallReserveSizeBytes);
}

TEST(PowerRecovery, ReadsOnlyWhatTheLastCheckpointDoesNotVouchFor) {
  StoreHarness synced(Layer::kPower);
  StoreHarness unsynced(Layer::kProcess);
  int64_t reads[2];
  for (StoreHarness* store : {&synced, &unsynced}) {
    for (int i = 0; i < 600; ++i) store->Append({std::string(16'000, 'v')});
    store->Reopen();
    int64_t& needed = reads[store == &unsynced];
    needed = -store->faults().count(FileCall::kRead);
    EXPECT_EQ(store->log().offsets().end, 600);
    needed += store->faults().count(FileCall::kRead);
  }
  EXPECT_LT(reads[0] + 300, reads[1]);
}

}  // namespace
}  // namespace odradek::storage
