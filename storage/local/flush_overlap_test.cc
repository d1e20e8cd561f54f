// What becomes of a log while one of its flushes waits for the device.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/testing/simulated_disk.h"
#include "storage/local/testing/recording_listener.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class FlushOverlap : public ::testing::Test {
 protected:
  FlushOverlap() { store_.hold_flushes = true; }

  // Runs `what` at the next call for a file whose name has that part.
  void AtNextCallFor(const std::string& part, std::function<void()> what) {
    disk_.set_observer([=, this](FileCall, const std::string& path) {
      if (path.find(part) == std::string::npos) return;
      const std::function<void()> now = what;
      disk_.set_observer(nullptr);
      now();
    });
  }

 private:
  std::unique_ptr<SimulatedDisk> made_ = std::make_unique<SimulatedDisk>();

 protected:
  SimulatedDisk& disk_ = *made_;
  StoreHarness store_{Layer::kPower, {}, std::move(made_)};
};

TEST_F(FlushOverlap, WithRetentionOfAllCountsNoByteTwice) {
  store_.Configure({.retention_ms = 1000});
  store_.Append({"first"});
  store_.workers.RunAll();
  RecordingListener told;
  store_.log().SetListener(&told);
  store_.Append({"old"});
  AtNextCallFor(".log", [this] {
    store_.clock.Advance(5000);
    store_.log().Maintain();
  });
  store_.workers.RunAll();
  ASSERT_EQ(store_.log().offsets().start, 2);
  told.bytes = 0;
  const std::string batch = store_.Batch({"new"});
  store_.AppendBytes(batch);
  store_.workers.RunAll();
  EXPECT_EQ(store_.log().offsets().durable_end, 3);
  EXPECT_EQ(told.bytes, batch.size());
  store_.log().SetListener(nullptr);
}

// The state that the checkpoint was made of has given way to another.
TEST_F(FlushOverlap, WithAReloadSavesNoCheckpointOfBefore) {
  for (int i = 0; i < 5; ++i) store_.Append({"kept"});
  store_.workers.RunAll();
  store_.Append({"last"});
  store_.clock.Advance(5000);
  AtNextCallFor("checkpoint.flush", [this] {
    store_.Append({"lost"});
    store_.faults().Fail(FileCall::kSync, 0, StatusCode::kFatal);
    store_.workers.RunAll();
    ASSERT_TRUE(store_.log().TrimPrefix(store_.owner, 3).ok());
  });
  store_.workers.RunAll();
  ASSERT_EQ(store_.log().offsets().start, 3);
  store_.Reopen();
  EXPECT_EQ(store_.log().offsets().start, 3);
  EXPECT_EQ(store_.log().offsets().end, 6);
}

}  // namespace
}  // namespace odradek::storage
