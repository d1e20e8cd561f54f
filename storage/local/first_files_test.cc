// The files that tell whose a new log is and how much of it the device has: on the device before
// anything relies on them, whatever becomes of the state that has written them.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/simulated_disk.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class FirstFiles {
 public:
  FirstFiles() {
    LogConfig config;
    config.segment_bytes = 100;  // one batch
    store.Configure(config);
    store.hold_flushes = true;
  }

  // Two segments that no flush has seen: without a checkpoint the second counts alone.
  void ExpectNoGapAfterAPowerCut() {
    ASSERT_EQ(store.Append({"first"}).base_offset, 0);
    ASSERT_EQ(store.Append({"second"}).base_offset, 1);
    const std::vector<std::string> all = {"first", "second"};
    for (uint64_t seed = 0; seed < 300; ++seed) {
      StoreHarness after(Layer::kPower, {}, disk.Crash(CrashModel::kAnySubset, seed));
      ASSERT_EQ(after.log().offsets().start, 0) << seed;
      const std::vector<std::string> left = after.Values();
      ASSERT_LE(left.size(), all.size());
      ASSERT_TRUE(std::equal(left.begin(), left.end(), all.begin())) << seed;
    }
  }

 private:
  std::unique_ptr<SimulatedDisk> made_ = std::make_unique<SimulatedDisk>();

 public:
  SimulatedDisk& disk = *made_;
  StoreHarness store{Layer::kPower, {}, std::move(made_)};
};

TEST(FirstFilesOfALog, AreOnTheDeviceBeforeASecondSegment) {
  FirstFiles files;
  files.ExpectNoGapAfterAPowerCut();
}

// What a failed sync has dropped counts as synced.
TEST(FirstFilesOfALog, AreWrittenAgainAfterAFailedFirstSync) {
  for (int nth = 0; nth < 3; ++nth) {
    SCOPED_TRACE(nth);
    FirstFiles files;
    files.disk.set_after_failed_sync(AfterFailedSync::kDropped);
    ASSERT_EQ(files.store.Append({"lost"}).error, AppendError::kNone);
    files.disk.plan().Fail(FileCall::kSync, nth, StatusCode::kFatal);
    files.store.workers.RunAll();
    ASSERT_EQ(files.store.log().offsets().end, 0);
    files.ExpectNoGapAfterAPowerCut();
  }
}

TEST(FirstFilesOfALog, AreSyncedByTheStartAfterAKill) {
  FirstFiles files;
  // The metadata, the checkpoint, the batch.
  files.store.faults().Fail(FileCall::kWrite, 2, StatusCode::kFull);
  ASSERT_EQ(files.store.Append({"lost"}).error, AppendError::kStorage);
  files.store.Reopen();
  ASSERT_EQ(files.store.log().offsets().end, 0);
  files.ExpectNoGapAfterAPowerCut();
}

}  // namespace
}  // namespace odradek::storage
