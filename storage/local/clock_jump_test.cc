// What becomes of a log when somebody sets the clock.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/endian.h"
#include "base/testing/jumping_clock.h"
#include "base/wall_watch.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

constexpr Millis kMinuteMs = 60'000;
constexpr Millis kHourMs = 60 * kMinuteMs;
constexpr Millis kYearMs = 365 * 24 * kHourMs;

class ClockJump : public testing::TestWithParam<Millis> {
 protected:
  ClockJump() {
    config_.segment_bytes = 200;  // one batch each
    Result<std::shared_ptr<PartitionLog>> opened =
        store_->Open({"topic", random_.NewUuid(), 0}, config_);
    log_ = std::move(opened).value();
  }

  void Configure() { log_->SetConfig(config_); }
  AppendResult Append(int32_t sequence = records::kNoSequence) {
    const bool has_producer = sequence != records::kNoSequence;
    const ProducerFields producer =
        has_producer ? ProducerFields{.id = 5, .epoch = 0, .sequence = sequence} : ProducerFields{};
    std::string batch = BatchOf(clock_, {std::string(80, 'v')}, producer);
    return log_->Append({.owner = {}, .batches = batch});
  }
  int64_t StartAfterMaintenance() {
    log_->Maintain();
    return log_->offsets().start;
  }
  std::vector<std::string> FilesThatEndWith(std::string_view suffix) {
    std::vector<std::string> found;
    const Result<std::vector<DirEntry>> entries = files_->List("topic/0");
    for (const DirEntry& entry : *entries) {
      if (entry.name.ends_with(suffix)) found.push_back(entry.name);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  TemporaryDirectory directory_;
  HeldClock held_;
  JumpingClock clock_{held_};
  SeededRandom random_{3};
  std::unique_ptr<Files> files_ = MakePosixFiles(directory_.path());
  LogConfig config_;
  std::unique_ptr<LogStore> store_ =
      MakeLocalStore({.clock = &clock_, .random = &random_, .files = files_.get()}, {});
  std::shared_ptr<PartitionLog> log_;
};
INSTANTIATE_TEST_SUITE_P(Jumps, ClockJump,
                         testing::Values(2 * kMinuteMs, kHourMs, 24 * kHourMs, kYearMs,
                                         10 * kYearMs));

TEST_P(ClockJump, AheadDeletesNothingUntilItHasLasted) {
  config_.retention_ms = GetParam() + kMinuteMs / 2;
  Configure();
  for (int i = 0; i < 10; ++i) Append();
  held_.Advance(kMinuteMs - 1);
  clock_.Jump(GetParam());
  EXPECT_EQ(StartAfterMaintenance(), 0);
  held_.Advance(WallWatch::kLastsMs - 1);
  EXPECT_EQ(StartAfterMaintenance(), 0);
  held_.Advance(1);
  EXPECT_EQ(StartAfterMaintenance(), 10) << "the clock was meant";
}

TEST_P(ClockJump, AheadAndBackAgainDeletesNothing) {
  config_.retention_ms = GetParam() / 2;
  Configure();
  for (int i = 0; i < 10; ++i) Append();
  for (int i = 0; i < 10; ++i) {
    clock_.Jump(GetParam());
    EXPECT_EQ(StartAfterMaintenance(), 0);
    clock_.Jump(-GetParam());
    EXPECT_EQ(StartAfterMaintenance(), 0);
  }
}

TEST_P(ClockJump, AheadDoesNotHoldUpWhatIsOldAnyway) {
  config_.retention_ms = 1000;
  Configure();
  for (int i = 0; i < 5; ++i) Append();
  held_.Advance(1001);
  for (int i = 0; i < 5; ++i) Append();
  clock_.Jump(GetParam());
  EXPECT_EQ(StartAfterMaintenance(), 5);
}

TEST_P(ClockJump, AheadForgetsNoProducer) {
  ASSERT_EQ(Append(0).base_offset, 0);
  clock_.Jump(GetParam());
  log_->Maintain();
  const AppendResult retry = Append(0);
  EXPECT_TRUE(retry.duplicate);
  EXPECT_EQ(retry.base_offset, 0);
}

TEST_P(ClockJump, BackDeletesNothingAndStopsNothing) {
  config_.retention_ms = kMinuteMs;
  config_.segment_ms = 1000;
  config_.segment_bytes = 1 << 20;
  Configure();
  Append();
  clock_.Jump(-GetParam());
  held_.Advance(1001);
  EXPECT_EQ(StartAfterMaintenance(), 0);
  EXPECT_EQ(FilesThatEndWith(".log").size(), 2U) << "segments go on being closed by age";
  Append();
  EXPECT_EQ(StartAfterMaintenance(), 0);
  EXPECT_EQ(log_->offsets().end, 2);
}

TEST_P(ClockJump, LeavesTheTimeIndexInOrder) {
  config_.log_append_time = true;
  config_.segment_bytes = 100'000;
  config_.retention_ms = -1;
  Configure();
  SeededRandom random(5);
  for (int i = 0; i < 1500; ++i) {
    if (i % 100 == 0) clock_.Jump(random.Below(2) == 0 ? GetParam() : -GetParam());
    held_.Advance(10);
    Append();
  }
  size_t entries = 0;
  for (const std::string& name : FilesThatEndWith(".timeindex")) {
    const std::string content = *files_->ReadAll("topic/0/" + name);
    Millis last_ms = -1;
    for (size_t at = 0; at + 12 <= content.size(); at += 12, ++entries) {
      const auto timestamp_ms = LoadBig<int64_t>(content.data() + at);
      EXPECT_GT(timestamp_ms, last_ms) << name;
      last_ms = timestamp_ms;
    }
  }
  EXPECT_GT(entries, 2U);
  const Result<TimestampOffset> newest = log_->FindMaxTimestamp(INT64_MAX);
  ASSERT_TRUE(newest.ok());
  const Result<TimestampOffset> found = log_->FindByTime(newest->timestamp_ms, INT64_MAX);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->offset, newest->offset);
}

}  // namespace
}  // namespace odradek::storage
