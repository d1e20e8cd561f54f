// Every call to the files fails once, one after the other: what was acknowledged stays, what was
// refused never shows up, and the log heals or says that it cannot.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/failure_log.h"
#include "base/testing/captured_log.h"
#include "base/testing/simulated_disk.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

struct Fault {
  FileCall call;
  StatusCode code;
};

class Faults : public ::testing::TestWithParam<std::tuple<Layer, Fault>> {};

std::string NameOf(const ::testing::TestParamInfo<std::tuple<Layer, Fault>>& instance) {
  const Fault fault = std::get<1>(instance.param);
  constexpr const char* kCalls[] = {"Open",   "Read",   "Write",    "Sync", "Truncate",
                                    "Rename", "Remove", "MakeDirs", "List"};
  return LayerName(std::get<0>(instance.param)) + kCalls[static_cast<int>(fault.call)] +
         (fault.code == StatusCode::kFull ? "Full" : "Fatal");
}

INSTANTIATE_TEST_SUITE_P(
    All, Faults,
    ::testing::Combine(::testing::ValuesIn(kLayers),
                       ::testing::Values(Fault{FileCall::kOpen, StatusCode::kFatal},
                                         Fault{FileCall::kWrite, StatusCode::kFull},
                                         Fault{FileCall::kWrite, StatusCode::kFatal},
                                         Fault{FileCall::kTruncate, StatusCode::kFatal},
                                         Fault{FileCall::kRename, StatusCode::kFatal},
                                         Fault{FileCall::kRead, StatusCode::kFatal},
                                         Fault{FileCall::kRemove, StatusCode::kFatal},
                                         Fault{FileCall::kMakeDirs, StatusCode::kFull},
                                         Fault{FileCall::kSync, StatusCode::kFatal})),
    NameOf);

// Appends, rolls, trims and restarts; returns what was acknowledged.
std::vector<std::string> Work(StoreHarness& store) {
  std::vector<std::string> acknowledged;
  LogConfig config;
  config.segment_bytes = 400;
  store.Configure(config);
  for (int i = 0; i < 12; ++i) {
    const std::string value = "value " + std::to_string(i);
    const AppendResult result = store.Append({value});
    if (result.error == AppendError::kNone) {
      EXPECT_EQ(result.base_offset, static_cast<int64_t>(acknowledged.size()));
      acknowledged.push_back(value);
    } else {
      EXPECT_EQ(result.error, AppendError::kStorage);
      EXPECT_EQ(result.base_offset, -1);
    }
    ReadResult read;
    (void)store.log().Read({.offset = 0, .offset_limit = INT64_MAX, .max_bytes = 1 << 20}, &read);
    if (i == 6) store.Reopen();
  }
  return acknowledged;
}

TEST_P(Faults, OnceAtEveryCall) {
  const auto [layer, fault] = GetParam();
  int64_t calls = 0;
  {
    StoreHarness clean(layer);
    EXPECT_EQ(Work(clean).size(), 12u);
    calls = clean.faults().count(fault.call);
  }
  for (int64_t nth = 0; nth < calls; ++nth) {
    StoreHarness store(layer);
    store.faults().Fail(fault.call, nth, fault.code);
    const std::vector<std::string> acknowledged = Work(store);
    store.faults().Heal();
    EXPECT_GE(acknowledged.size(), fault.code == StatusCode::kFull ? 11u : 4u) << nth;
    if (store.log().offsets().end > 0) {
      EXPECT_EQ(store.Values(), acknowledged) << nth;
    }
    store.Reopen();
    EXPECT_EQ(store.Values(), acknowledged) << nth;
    EXPECT_EQ(store.Append({"after"}).base_offset, static_cast<int64_t>(acknowledged.size()));
  }
}

// It says that the log ends where it ended at the clean stop: appends behind it were cut off at the
// next start.
TEST(FaultsOnce, ACheckpointThatCannotBeReadIsReplacedBeforeAnAppend) {
  for (const StatusCode code : {StatusCode::kRetriable, StatusCode::kFatal}) {
    StoreHarness store(Layer::kProcess);
    store.Append({"one"});
    store.ReopenCleanly();
    store.faults().Fail(FileCall::kOpen, 0, code);
    if (store.Append({"two"}).error != AppendError::kNone) {
      ASSERT_EQ(store.Append({"two"}).base_offset, 1);
    }
    store.Reopen();
    EXPECT_EQ(store.Values(), (std::vector<std::string>{"one", "two"})) << StatusCodeName(code);
  }
}

// The next append fitted into the old segment; a later roll then stood behind a file that
// overlapped.
TEST(FaultsOnce, ARollThatFailedLeavesNothingInTheWay) {
  StoreHarness store(Layer::kProcess);
  LogConfig config;
  config.segment_bytes = 400;
  store.Configure(config);
  std::vector<std::string> values;
  const auto append = [&](const std::string& value) {
    if (store.Append({value}).error != AppendError::kNone) return false;
    values.push_back(value);
    return true;
  };
  ASSERT_TRUE(append(std::string(100, 'a')));
  store.faults().Fail(FileCall::kTruncate, 0, StatusCode::kFatal);
  ASSERT_FALSE(append(std::string(300, 'b')));
  ASSERT_TRUE(append(std::string(80, 'c')));
  ASSERT_TRUE(append(std::string(300, 'd')));
  store.Reopen();
  EXPECT_EQ(store.Values(), values);
}

TEST(FaultsForEver, AFullDeviceRefusesAppendsAndGoesOnServing) {
  StoreHarness store(Layer::kProcess);
  store.Append({"kept"});
  store.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull, /*forever=*/true);
  for (int i = 0; i < 3; ++i) {
    const AppendResult result = store.Append({"refused"});
    EXPECT_EQ(result.error, AppendError::kStorage);
    EXPECT_EQ(result.status.code(), StatusCode::kFull);
    EXPECT_EQ(store.Values(), std::vector<std::string>{"kept"});
  }
  store.faults().Heal();
  EXPECT_EQ(store.Append({"again"}).base_offset, 1);
  EXPECT_EQ(store.Values(), (std::vector<std::string>{"kept", "again"}));
}

TEST(FaultsForEver, ADeadDeviceStopsThePartitionUntilItIsReopened) {
  StoreHarness store(Layer::kProcess);
  store.Append({"kept"});
  store.faults().Fail(FileCall::kWrite, 0, StatusCode::kFatal);
  EXPECT_EQ(store.Append({"lost"}).error, AppendError::kStorage);
  EXPECT_EQ(store.Append({"refused"}).status.code(), StatusCode::kFatal);
  EXPECT_EQ(store.Values(), std::vector<std::string>{"kept"});
  store.Reopen();
  EXPECT_EQ(store.Append({"again"}).base_offset, 1);
}

TEST(FaultsForEver, ALogThatFailedIsNotTrimmedUntilItIsReopened) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    StoreHarness store(layer);
    store.Append({"first"});
    store.Append({"second"});
    store.faults().Fail(FileCall::kWrite, 0, StatusCode::kFatal);
    ASSERT_EQ(store.Append({"lost"}).error, AppendError::kStorage);
    const int64_t writes = store.faults().count(FileCall::kWrite);
    EXPECT_EQ(store.log().TrimPrefix({}, 2).code(), StatusCode::kFatal);
    EXPECT_EQ(store.faults().count(FileCall::kWrite), writes);
    EXPECT_EQ(store.log().offsets().start, 0);
    EXPECT_EQ(store.Values(), (std::vector<std::string>{"first", "second"}));
    store.Reopen();
    ASSERT_TRUE(store.log().TrimPrefix({}, 1).ok());
    EXPECT_EQ(store.Values(1), std::vector<std::string>{"second"});
  }
}

// Looks at the lines that are logged while a test runs.
class LoggedFaults : public ::testing::Test {
 protected:
  size_t Count(std::string_view words) const { return captured_.Count(words); }

 private:
  CapturedLog captured_;
};

TEST_F(LoggedFaults, AFullDeviceIsToldOnceInAWhileAndWhenItIsOver) {
  StoreHarness store(Layer::kProcess);
  store.Append({"kept"});
  store.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull, /*forever=*/true);
  for (int i = 0; i < 3; ++i) store.Append({"refused"});
  EXPECT_EQ(Count("topic-3 cannot be written: FULL: injected failure; "), 1u);
  EXPECT_EQ(Count("make room on the device"), 1u);
  store.clock.Advance(FailureLog::kPeriodMs - 1);
  store.Append({"refused"});
  EXPECT_EQ(Count("cannot be written"), 1u);
  store.clock.Advance(1);
  store.Append({"refused"});
  EXPECT_EQ(Count("cannot be written"), 2u);
  EXPECT_EQ(Count("(3 more failures"), 1u);
  EXPECT_EQ(Count("can be written again"), 0u);
  store.faults().Heal();
  store.Append({"again"});
  store.Append({"and again"});
  EXPECT_EQ(Count("topic-3 can be written again"), 1u);
}

TEST_F(LoggedFaults, ADeviceThatFailsNowAndThenDoesNotFillTheLog) {
  StoreHarness store(Layer::kProcess);
  store.Append({"kept"});
  for (int i = 0; i < 5; ++i) {
    store.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull);
    EXPECT_EQ(store.Append({"refused"}).error, AppendError::kStorage);
    EXPECT_EQ(store.Append({"again"}).error, AppendError::kNone);
  }
  EXPECT_EQ(Count("cannot be written"), 1u);
  EXPECT_EQ(Count("can be written again"), 1u);
}

TEST_F(LoggedFaults, ACheckpointThatCannotBeWrittenIsToldOnceAMinute) {
  StoreHarness store(Layer::kPower);
  store.Append({"kept"});
  store.faults().Fail(FileCall::kRename, 0, StatusCode::kFull, /*forever=*/true);
  const auto append = [&] {
    store.clock.Advance(1000);  // the next checkpoint is due
    EXPECT_EQ(store.Append({"kept as well"}).error, AppendError::kNone);
  };
  for (int i = 0; i < 5; ++i) append();
  EXPECT_EQ(Count("could not write topic/3/log.checkpoint: FULL"), 1u);
  store.clock.Advance(FailureLog::kPeriodMs);
  append();
  EXPECT_EQ(Count("could not write topic/3/log.checkpoint: FULL"), 2u);
  EXPECT_EQ(Count("a restart has more to read (4 more failures since the last line)"), 1u);
  store.faults().Heal();
  for (int i = 0; i < 2; ++i) append();
  EXPECT_EQ(Count("topic/3/log.checkpoint can be written again"), 1u);
}

TEST_F(LoggedFaults, ADeadDeviceAsksForARestart) {
  StoreHarness store(Layer::kProcess);
  store.Append({"kept"});
  store.faults().Fail(FileCall::kWrite, 0, StatusCode::kFatal);
  store.Append({"lost"});
  EXPECT_EQ(Count("topic-3 cannot be written: FAILED"), 1u);
  EXPECT_EQ(Count("then restart"), 1u);
}

TEST_F(LoggedFaults, ARefusedBatchAndAClosedLogAreNoTrouble) {
  StoreHarness store(Layer::kProcess);
  EXPECT_EQ(store.AppendBytes("no batch").error, AppendError::kNotOneBatch);
  ASSERT_TRUE(store.store().Close().ok());
  EXPECT_EQ(store.Append({"late"}).error, AppendError::kStorage);
  EXPECT_EQ(Count("cannot be written"), 0u);
}

TEST(FaultsForEver, AFailedSyncFailsTheClose) {
  StoreHarness store(Layer::kProcess);
  store.Append({"a"});
  store.faults().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  EXPECT_FALSE(store.store().Close().ok());
  store.Reopen();
  EXPECT_EQ(store.Values(), std::vector<std::string>{"a"});
}

TEST(FullDevice, GivesWhatItHasAfterAKill) {
  auto made = std::make_unique<SimulatedDisk>();
  SimulatedDisk& disk = *made;
  StoreHarness store(Layer::kPower, {}, std::move(made));
  std::vector<std::string> values = {"one", "two", "three"};
  for (const std::string& value : values)
    ASSERT_EQ(store.Append({value}).error, AppendError::kNone);
  disk.set_capacity_bytes(disk.used_bytes());
  store.Reopen();
  EXPECT_EQ(store.Values(), values) << "its checkpoint is older";
  EXPECT_EQ(store.Append({"refused"}).status.code(), StatusCode::kFull);
  disk.set_capacity_bytes(INT64_MAX);
  EXPECT_EQ(store.Append({"four"}).base_offset, 3);
  values.emplace_back("four");
  store.Reopen();
  EXPECT_EQ(store.Values(), values);
}

// There is room for a batch, not for the checkpoint that has to come first.
TEST(FullDevice, TakesNoAppendOverACheckpointThatCouldNotBeRead) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    auto made = std::make_unique<SimulatedDisk>();
    SimulatedDisk& disk = *made;
    StoreHarness store(layer, {}, std::move(made));
    ASSERT_EQ(store.Append({"one"}).error, AppendError::kNone);
    store.ReopenCleanly();
    disk.set_capacity_bytes(disk.used_bytes() + static_cast<int64_t>(store.Batch({"two"}).size()));
    store.faults().Fail(FileCall::kOpen, 0, StatusCode::kFatal);
    EXPECT_EQ(store.Values(), std::vector<std::string>{"one"}) << LayerName(layer);
    EXPECT_EQ(store.Append({"two"}).status.code(), StatusCode::kFull) << LayerName(layer);
    disk.set_capacity_bytes(INT64_MAX);
    EXPECT_EQ(store.Append({"two"}).base_offset, 1) << LayerName(layer);
    store.Reopen();
    EXPECT_EQ(store.Values(), (std::vector<std::string>{"one", "two"})) << LayerName(layer);
  }
}

// Neither the write nor the cut of what it has left comes through.
TEST(FullDevice, HasALogReadAgainAtMostOnceASecond) {
  StoreHarness store(Layer::kProcess);
  ASSERT_EQ(store.Append({"kept"}).error, AppendError::kNone);
  store.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull, /*forever=*/true);
  store.faults().Fail(FileCall::kTruncate, 0, StatusCode::kFull, /*forever=*/true);
  EXPECT_EQ(store.Append({"refused"}).error, AppendError::kStorage);
  const int64_t lists = store.faults().count(FileCall::kList);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(store.Append({"refused"}).error, AppendError::kStorage);
  EXPECT_EQ(store.faults().count(FileCall::kList), lists + 1);
  store.clock.Advance(1000);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(store.Append({"refused"}).error, AppendError::kStorage);
  EXPECT_EQ(store.faults().count(FileCall::kList), lists + 2);
  store.faults().Heal();
  store.clock.Advance(1000);
  EXPECT_EQ(store.Append({"more"}).base_offset, 1);
}

}  // namespace
}  // namespace odradek::storage
