// Compaction and a disk that fails: a crash behind every call, every call failing. Whatever
// happens, readers learn the same last value of every key, and no deleted key comes back.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/testing/simulated_disk.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"
#include "storage/local/testing/cleaner_harness.h"

namespace odradek::storage {
namespace {

using Table = std::map<std::string, std::string>;
constexpr Millis kRetentionMs = 1000;

LogConfig Compacted() {
  LogConfig config;
  config.compact = true;
  config.delete_retention = false;
  config.segment_bytes = 400;
  config.tombstone_retention_ms = kRetentionMs;
  return config;
}

// Keys that change, keys that are deleted, an aborted and a committed transaction.
void Fill(CleanerHarness& store, int round) {
  const std::string value = "of round " + std::to_string(round);
  for (int i = 0; i < 6; ++i) {
    const std::string key = "key " + std::to_string(i);
    store.AppendKeyed({{key, value}, {"deleted " + std::to_string(i), value}});
    store.AppendKeyed({{"deleted " + std::to_string(i), std::nullopt}});
  }
  for (const bool commit : {false, true}) {
    store.AppendKeyed({{"in transaction", value + (commit ? "+" : "-")}},
                      {.id = 1, .epoch = 0, .sequence = 2 * round + commit, .transactional = true});
    store.EndTransaction(1, 0, commit);
  }
  store.AppendKeyed({{"filler " + std::to_string(round), std::string(400, 'f')}});
}

void CleanAll(CleanerHarness& store) {
  do store.Compact();
  while (store.log().NeedOfCompaction().dirty_ratio > 0);
}

// Two rounds with a pass that marks the tombstones, and the time in which they may go.
void Prepare(CleanerHarness& store) {
  store.Configure(Compacted());
  Fill(store, 0);
  CleanAll(store);
  store.clock.Advance(2 * kRetentionMs);
  Fill(store, 1);
}

struct CrashCase {
  Layer layer;
  CrashModel model;
  int variants;
};

class CleanerCrash : public ::testing::TestWithParam<CrashCase> {};

constexpr CrashCase kCrashCases[] = {
    {Layer::kProcess, CrashModel::kKill, 1}, {Layer::kProcess, CrashModel::kKillInWrite, 1},
    {Layer::kPower, CrashModel::kKill, 1},   {Layer::kPower, CrashModel::kLoseAll, 1},
    {Layer::kPower, CrashModel::kPrefix, 3}, {Layer::kPower, CrashModel::kAnySubset, 6},
};

std::string CrashName(const ::testing::TestParamInfo<CrashCase>& instance) {
  constexpr const char* kModels[] = {"Kill", "KillInWrite", "LoseAll", "Prefix", "AnySubset"};
  return LayerName(instance.param.layer) + kModels[static_cast<int>(instance.param.model)];
}

INSTANTIATE_TEST_SUITE_P(Models, CleanerCrash, ::testing::ValuesIn(kCrashCases), CrashName);

TEST_P(CleanerCrash, BehindEveryCallLosesNothingAndBringsNothingBack) {
  const CrashCase& crash = GetParam();
  auto files = std::make_unique<SimulatedDisk>();
  SimulatedDisk& disk = *files;
  CleanerHarness store(crash.layer, {}, std::move(files));
  Prepare(store);
  const Table table = store.Table();
  const LogOffsets offsets = store.log().offsets();
  std::vector<std::unique_ptr<SimulatedDisk>> images;
  disk.set_observer([&](FileCall, const std::string&) {
    for (int i = 0; i < crash.variants; ++i)
      images.push_back(disk.Crash(crash.model, images.size()));
  });
  CleanAll(store);
  disk.set_observer(nullptr);
  const std::vector<std::string> cleaned = store.ReadKeyed(false);
  EXPECT_EQ(store.Table(), table);
  EXPECT_GT(images.size(), 20u);
  for (size_t i = 0; i < images.size() && !HasFailure(); ++i) {
    SCOPED_TRACE("image " + std::to_string(i));
    CleanerHarness after(crash.layer, {}, std::move(images[i]));
    after.Configure(Compacted());
    after.clock.Advance(2 * kRetentionMs);
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(after.Table(), table);
      EXPECT_EQ(after.log().offsets().end, offsets.end);
      EXPECT_EQ(after.log().offsets().start, offsets.start);
      after.Reopen();
      after.Configure(Compacted());
    }
    CleanAll(after);
    EXPECT_EQ(after.Table(), table);
    EXPECT_EQ(after.ReadKeyed(false).size(), cleaned.size());
    for (const std::string& name : after.FileNames())
      EXPECT_FALSE(name.ends_with(kSwapSuffix) || name.ends_with(kCleanedSuffix)) << name;
    EXPECT_EQ(after.AppendKeyed({{"more", "x"}}).base_offset, offsets.end);
  }
}

// Segments whose last records go, each too large to be joined with another.
Table CleanWithGaps(CleanerHarness& store) {
  store.Configure(Compacted());
  store.AppendKeyed({{"unchanged", std::string(300, 'v')}});
  for (int i = 0; i < 6; ++i) {
    store.AppendKeyed({{"own " + std::to_string(i), std::string(170, 'v')}});
    store.AppendKeyed({{"shared", std::string(10, 'v')}});
  }
  const Table table = store.Table();
  CleanAll(store);
  return table;
}

void ExpectTwice(CleanerHarness& store, const Table& table) {
  for (int again = 0; again < 2; ++again) {
    store.Reopen();
    EXPECT_EQ(store.Table(), table);
    EXPECT_EQ(store.log().offsets().end, 13);
  }
}

// Nothing comes behind a pass that would write the checkpoint.
void ExpectLossIsTold(Layer layer, bool is_loaded_between, size_t segment) {
  CleanerHarness store(layer);
  store.set_boot_id("the same");
  store.Reopen();
  (void)CleanWithGaps(store);
  store.Crash();
  if (is_loaded_between) {
    store.Reopen();
    (void)store.ServedValues();
    store.Crash();
  }
  std::vector<std::string> logs;
  for (const std::string& name : store.FileNames())
    if (name.ends_with(kLogSuffix)) logs.push_back(store.path() + "/" + name);
  ASSERT_GT(logs.size(), segment + 1);
  std::sort(logs.begin(), logs.end());
  ASSERT_TRUE(store.files().Remove(logs[segment]).ok());
  store.Reopen();
  (void)store.ServedValues();
  EXPECT_TRUE(store.files().Exists(std::string(kDamageReportsName)));
}

TEST(CleanerAtRest, VouchesForWhatItHasPutInPlace) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    for (const bool is_loaded_between : {false, true}) {
      for (size_t segment = 0; segment < 6; ++segment) {
        SCOPED_TRACE(LayerName(layer) + std::to_string(segment) + (is_loaded_between ? "+" : ""));
        ExpectLossIsTold(layer, is_loaded_between, segment);
      }
    }
  }
}

// The segment behind it, which no flush has reached, goes on from nothing.
TEST(CleanerAtRest, TheDurablePointMayLieInWhatItReplaces) {
  CleanerHarness store(Layer::kPower);
  store.set_boot_id("the same");
  store.Reopen();
  store.Configure(Compacted());
  for (int i = 0; i < 6; ++i) store.AppendKeyed({{"key", std::string(170, 'v')}});
  store.hold_flushes = true;
  const int64_t end = store.log().offsets().end;
  while (store.AppendKeyed({{"tail", std::string(300, 't')}}).base_offset < end + 2) {
  }
  CleanAll(store);
  store.hold_flushes = false;
  for (int again = 0; again < 3; ++again) {
    store.Reopen();
    for (const std::string& served : store.ServedValues()) EXPECT_NE(served, "?") << again;
  }
  EXPECT_FALSE(store.files().Exists(std::string(kDamageReportsName)));
}

TEST(CleanerGaps, AreNoTornSegmentsAfterACrash) {
  for (const Layer layer : kLayers) {
    SCOPED_TRACE(LayerName(layer));
    CleanerHarness store(layer);
    const Table table = CleanWithGaps(store);
    EXPECT_EQ(store.ReadKeyed(false).size(), 7u + 2u);  // the last of the cleaned, that of the log
    ExpectTwice(store, table);
  }
}

// A lost checkpoint takes the knowledge of them with it; some footers may be lost as well.
TEST(CleanerGaps, AreNoTornSegmentsWhereTheCheckpointIsLost) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    for (const size_t footers_left : {0U, 1U, 3U, 99U}) {
      SCOPED_TRACE(LayerName(layer) + " " + std::to_string(footers_left));
      CleanerHarness store(layer);
      const Table table = CleanWithGaps(store);
      store.Crash();
      size_t footers = 0;
      for (const std::string& name : store.FileNames()) {
        const bool is_lost =
            name == kCheckpointName || (name.ends_with(kFooterSuffix) && ++footers > footers_left);
        if (is_lost) {
          ASSERT_TRUE(store.files().Remove(store.path() + "/" + name).ok());
        }
      }
      ExpectTwice(store, table);
      EXPECT_FALSE(store.files().Exists(std::string(kDamageReportsName)));
    }
  }
}

struct Fault {
  FileCall call;
  StatusCode code;
};
constexpr Fault kFaults[] = {
    {FileCall::kOpen, StatusCode::kFatal},   {FileCall::kRead, StatusCode::kFatal},
    {FileCall::kWrite, StatusCode::kFull},   {FileCall::kWrite, StatusCode::kFatal},
    {FileCall::kSync, StatusCode::kFatal},   {FileCall::kTruncate, StatusCode::kFatal},
    {FileCall::kRename, StatusCode::kFatal}, {FileCall::kRemove, StatusCode::kFatal},
    {FileCall::kList, StatusCode::kFatal},   {FileCall::kSyncDir, StatusCode::kFatal},
};

using FaultCase = std::tuple<Layer, Fault>;

std::string FaultName(const ::testing::TestParamInfo<FaultCase>& instance) {
  constexpr const char* kCalls[] = {"Open",     "Read",       "Write",  "Sync",
                                    "Truncate", "Rename",     "Remove", "MakeDirs",
                                    "List",     "RemoveTree", "SyncDir"};
  const Fault fault = std::get<1>(instance.param);
  return LayerName(std::get<0>(instance.param)) + kCalls[static_cast<int>(fault.call)] +
         (fault.code == StatusCode::kFull ? "Full" : "Fatal");
}

class CleanerFaults : public ::testing::TestWithParam<FaultCase> {};

INSTANTIATE_TEST_SUITE_P(Calls, CleanerFaults,
                         ::testing::Combine(::testing::ValuesIn(kLayers),
                                            ::testing::ValuesIn(kFaults)),
                         FaultName);

void FailEach(Layer layer, FileCall call, StatusCode code, bool forever) {
  int64_t calls = 0;
  std::vector<std::string> cleaned;
  {
    CleanerHarness sound(layer);
    Prepare(sound);
    const int64_t before = sound.faults().count(call);
    CleanAll(sound);
    calls = sound.faults().count(call) - before;
    cleaned = sound.ReadKeyed(false);
  }
  for (int64_t nth = 0; nth < calls && !testing::Test::HasFailure(); ++nth) {
    SCOPED_TRACE(std::string(forever ? "from" : "at") + " call " + std::to_string(nth));
    CleanerHarness store(layer);
    Prepare(store);
    const Table table = store.Table();
    const int64_t end = store.log().offsets().end;
    store.faults().Fail(call, nth, code, forever);
    (void)store.Compact();
    store.faults().Heal();
    if (store.log().offsets().end > 0 && !forever) {
      EXPECT_EQ(store.Table(), table);
    }
    store.Reopen();
    EXPECT_EQ(store.Table(), table);
    CleanAll(store);
    EXPECT_EQ(store.ReadKeyed(false), cleaned);
    EXPECT_EQ(store.AppendKeyed({{"more", "x"}}).base_offset, end);
  }
}

// The swap had come to pass on the device, and what was known of it could not be taken in.
TEST(CleanerOnAFullDevice, AppendsGoOnWhenThereIsRoom) {
  CleanerHarness sound(Layer::kProcess);
  Prepare(sound);
  const int64_t before = sound.faults().total();
  CleanAll(sound);
  const int64_t calls = sound.faults().total() - before;
  for (int64_t nth = 0; nth < calls && !testing::Test::HasFailure(); ++nth) {
    SCOPED_TRACE(nth);
    CleanerHarness store(Layer::kProcess);
    Prepare(store);
    const Table table = store.Table();
    store.faults().FailAny(nth, StatusCode::kFull, /*forever=*/true);
    (void)store.Compact();
    store.faults().Heal();
    EXPECT_EQ(store.AppendKeyed({{"more", "x"}}).error, AppendError::kNone);
    Table now = store.Table();
    now.erase("more");
    EXPECT_EQ(now, table);
  }
}

TEST_P(CleanerFaults, OnceAtEveryCall) {
  const auto [layer, fault] = GetParam();
  FailEach(layer, fault.call, fault.code, /*forever=*/false);
}

TEST_P(CleanerFaults, FromEveryCallOn) {
  const auto [layer, fault] = GetParam();
  FailEach(layer, fault.call, fault.code, /*forever=*/true);
}

}  // namespace
}  // namespace odradek::storage
