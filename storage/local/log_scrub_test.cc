// Comparing files with their checksums without reading records.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/testing/captured_log.h"
#include "base/testing/simulated_disk.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

constexpr size_t kStepSizeBytes = 1 << 20;

class LogScrub : public testing::TestWithParam<Layer> {
 protected:
  LogScrub() {
    LogConfig config;
    config.segment_bytes = 2000;
    store_.Configure(config);
    for (int i = 0; i < 50; ++i) store_.Append({std::string(100, static_cast<char>('a' + i % 26))});
  }

  // Segments that are not what was written.
  std::vector<int64_t> Suspects(size_t step_size_bytes = kStepSizeBytes) {
    std::vector<int64_t> suspects;
    const std::shared_ptr<Scrub> scrub = store_.store().StartScrub(store_.id());
    while (scrub != nullptr) {
      const Scrub::Step step = scrub->Run(step_size_bytes);
      EXPECT_LE(step.io_size_bytes, step_size_bytes);
      read_bytes_ += step.io_size_bytes;
      if (step.state == Scrub::State::kDone) break;
      if (step.state == Scrub::State::kSuspect) suspects.push_back(step.offset);
    }
    return suspects;
  }
  std::string SegmentPath(size_t number, std::string_view suffix = kLogSuffix) {
    std::vector<std::string> found;
    for (const std::string& name : store_.FileNames())
      if (name.ends_with(suffix)) found.push_back(name);
    return store_.path() + "/" + found.at(number);
  }
  // Of segments and of what is written with them.
  size_t FilesSizeBytes() {
    size_t size = 0;
    for (const std::string& name : store_.FileNames()) {
      for (const std::string_view suffix :
           {kLogSuffix, kOffsetIndexSuffix, kTimeIndexSuffix, kFooterSuffix})
        if (name.ends_with(suffix)) size += disk_->Content(store_.path() + "/" + name).size();
    }
    return size;
  }
  // Has what is suspect rechecked.
  void ScrubAndRecheck() {
    for (const int64_t suspect : Suspects()) EXPECT_TRUE(store_.log().Recheck(suspect).ok());
  }
  static std::string Garbage(size_t size_bytes) { return std::string(size_bytes, '\x5a'); }
  void FlipABit(const std::string& path) {
    std::string content = disk_->Content(path);
    content[content.size() / 2] ^= 4;
    disk_->SetContent(path, content);
  }
  int64_t Reports() {
    const std::string reports = disk_->Content(std::string(kDamageReportsName));
    return std::count(reports.begin(), reports.end(), '\n');
  }

  SimulatedDisk* const disk_ = new SimulatedDisk;
  StoreHarness store_{GetParam(), {}, std::unique_ptr<Files>(disk_)};
  size_t read_bytes_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Modes, LogScrub, testing::Values(Layer::kProcess, Layer::kPower));

TEST_P(LogScrub, FindsNothingInSoundFiles) {
  EXPECT_TRUE(Suspects().empty());
  EXPECT_EQ(read_bytes_, FilesSizeBytes());
  EXPECT_TRUE(Suspects(100).empty()) << "in small steps";
  store_.ReopenCleanly();
  EXPECT_TRUE(Suspects().empty());
  store_.ReopenStoreOnly();
  EXPECT_TRUE(Suspects().empty()) << "nobody has opened it";
}

TEST_P(LogScrub, CountsTheCheckpointThatItReads) {
  ASSERT_TRUE(store_.store().Close().ok());
  store_.ReopenStoreOnly();
  EXPECT_TRUE(Suspects().empty());
  EXPECT_EQ(read_bytes_,
            disk_->Content(store_.path() + "/log.checkpoint").size() + FilesSizeBytes());
}

TEST_P(LogScrub, FindsABitThatFlippedInASealedSegment) {
  FlipABit(SegmentPath(1));
  const std::vector<int64_t> suspects = Suspects();
  ASSERT_EQ(suspects.size(), 1U);
  EXPECT_EQ(Reports(), 0);
  ASSERT_TRUE(store_.log().Recheck(suspects[0]).ok());
  EXPECT_EQ(Reports(), 1);
  ReadResult read;
  const ReadRequest all{.offset = suspects[0], .offset_limit = 50, .max_bytes = 1 << 20};
  Status status = store_.log().Read(all, &read);
  for (int i = 0; status.ok() && i < 50; ++i)
    status = store_.log().Read(
        {.offset = read.next_offset, .offset_limit = 50, .max_bytes = 1 << 20}, &read);
  EXPECT_EQ(status.code(), StatusCode::kCorrupt);
  EXPECT_EQ(Suspects(), std::vector<int64_t>()) << "it is known now";
  EXPECT_EQ(Reports(), 1);
}

TEST_P(LogScrub, FindsItInALogThatNobodyHasOpened) {
  ASSERT_TRUE(store_.store().Close().ok());
  store_.ReopenStoreOnly();
  FlipABit(SegmentPath(0));
  EXPECT_EQ(Suspects(), std::vector<int64_t>{0});
  const auto log = *store_.store().Open(store_.id(), store_.config);
  ASSERT_TRUE(log->Recheck(0).ok());
  EXPECT_EQ(Reports(), 1);
}

TEST_P(LogScrub, FindsASegmentThatBecameShorter) {
  std::string content = disk_->Content(SegmentPath(2));
  content.resize(content.size() - 1);
  disk_->SetContent(SegmentPath(2), content);
  const std::vector<int64_t> suspects = Suspects();
  ASSERT_EQ(suspects.size(), 1U);
  ASSERT_TRUE(store_.log().Recheck(suspects[0]).ok());
  EXPECT_EQ(Reports(), 1);
}

TEST_P(LogScrub, DoesNotMindWhatIsDroppedMeanwhile) {
  const std::shared_ptr<Scrub> scrub = store_.store().StartScrub(store_.id());
  ASSERT_EQ(scrub->Run(100).state, Scrub::State::kMore);
  ASSERT_TRUE(store_.log().TrimPrefix({}, 40).ok());
  Scrub::Step step;
  do {
    step = scrub->Run(kStepSizeBytes);
    EXPECT_NE(step.state, Scrub::State::kSuspect);
  } while (step.state != Scrub::State::kDone);
}

TEST_P(LogScrub, RecheckOfASoundSegmentChangesNothing) {
  ASSERT_TRUE(store_.log().Recheck(49).ok());
  store_.Append({"next"});
  const int64_t reads = store_.faults().count(FileCall::kRead);
  EXPECT_EQ(store_.Values(50), std::vector<std::string>{"next"});
  EXPECT_EQ(store_.faults().count(FileCall::kRead), reads) << "what was written here is trusted";
  EXPECT_EQ(Reports(), 0);
}

TEST_P(LogScrub, RecheckHoldsUpNoAppend) {
  bool was_appended = false;
  store_.faults().Before(FileCall::kRead, [&] {
    was_appended = store_.Append({"meanwhile"}).error == AppendError::kNone;
  });
  ASSERT_TRUE(store_.log().Recheck(0).ok());
  EXPECT_TRUE(was_appended);
  EXPECT_EQ(Reports(), 0);
}

TEST_P(LogScrub, RecheckEndsWhenTheStoreIsToClose) {
  LogConfig config = store_.config;
  config.segment_bytes = 2 << 20;
  store_.Configure(config);
  for (int i = 0; i < 3; ++i) store_.Append({std::string(500'000, 'v')});
  const auto reads = [&] { return store_.faults().count(FileCall::kRead); };
  const int64_t before = reads();
  ASSERT_TRUE(store_.log().Recheck(52).ok());
  const int64_t of_whole = reads() - before;
  store_.faults().Before(FileCall::kRead, [&] { store_.store().BeginClose(); });
  EXPECT_EQ(store_.log().Recheck(52).code(), StatusCode::kRetriable);
  EXPECT_LT(reads() - before - of_whole, of_whole / 2);
}

TEST_P(LogScrub, TellsWhatARecheckIsGoingToRead) {
  FlipABit(SegmentPath(1));
  const std::shared_ptr<Scrub> scrub = store_.store().StartScrub(store_.id());
  Scrub::Step step;
  do {
    step = scrub->Run(kStepSizeBytes);
    const bool is_suspect = step.state == Scrub::State::kSuspect;
    EXPECT_EQ(step.recheck_size_bytes, is_suspect ? disk_->Content(SegmentPath(1)).size() : 0);
  } while (step.state != Scrub::State::kDone);
}

TEST_P(LogScrub, MakesIndexFilesAgainThatAreNotWhatWasWritten) {
  for (const std::string_view suffix : {kOffsetIndexSuffix, kTimeIndexSuffix, kFooterSuffix}) {
    const std::string path = SegmentPath(1, suffix);
    const std::string before = disk_->Content(path);
    for (const std::string& garbage : {Garbage(before.size()), Garbage(5)}) {
      if (garbage == before) continue;  // a small segment has no entries
      disk_->SetContent(path, garbage);
      ScrubAndRecheck();
      EXPECT_EQ(disk_->Content(path), before) << path;
    }
    ASSERT_TRUE(store_.files().Remove(path).ok());
    ScrubAndRecheck();
    if (suffix != kFooterSuffix) {
      EXPECT_EQ(disk_->Content(path), before) << path << " was gone";
    }
  }
  EXPECT_TRUE(Suspects().empty());
  EXPECT_EQ(Reports(), 0);
}

TEST_P(LogScrub, MakesIndexFilesAgainOfALogThatNobodyHasOpened) {
  const std::string path = SegmentPath(0, kTimeIndexSuffix);
  const std::string before = disk_->Content(path);
  ASSERT_TRUE(store_.store().Close().ok());
  disk_->SetContent(path, Garbage(before.size()));
  store_.Reopen();
  ScrubAndRecheck();
  EXPECT_EQ(disk_->Content(path), before);
  store_.ReopenCleanly();
  EXPECT_TRUE(Suspects().empty());
}

TEST_P(LogScrub, MakesATransactionIndexAgain) {
  const ProducerFields producer{.id = 5, .epoch = 0, .sequence = 0, .transactional = true};
  store_.Append({"aborted"}, producer);
  store_.EndTransaction(5, 0, /*commit=*/false);
  for (int i = 0; i < 15; ++i) store_.Append({std::string(100, 'z')});
  const std::string path = SegmentPath(0, kTxnIndexSuffix);
  const std::string before = disk_->Content(path);
  disk_->SetContent(path, Garbage(before.size()));
  ScrubAndRecheck();
  EXPECT_EQ(disk_->Content(path), before);
  EXPECT_TRUE(Suspects().empty());
}

// As after an import, or a crash before the checkpoint told of them.
TEST_P(LogScrub, MakesIndexFilesThatNothingIsToldOfWithoutALine) {
  const CapturedLog captured;
  const std::string path = SegmentPath(0, kTimeIndexSuffix);
  const std::string before = disk_->Content(path);
  ASSERT_TRUE(store_.store().Close().ok());
  ASSERT_TRUE(store_.files().Remove(store_.path() + "/log.checkpoint").ok());
  disk_->SetContent(path, Garbage(before.size()));
  store_.Reopen();
  EXPECT_EQ(store_.Values().size(), 50U);
  ScrubAndRecheck();
  EXPECT_EQ(disk_->Content(path), before);
  EXPECT_TRUE(Suspects().empty());
  EXPECT_EQ(captured.Count("made again"), 0U);
}

TEST_P(LogScrub, FindsNothingInSegmentsWithoutTimestamps) {
  const HeldClock timeless(records::kNoTimestamp);
  for (int i = 0; i < 50; ++i) store_.AppendBytes(BatchOf(timeless, {std::string(100, 't')}));
  EXPECT_TRUE(Suspects().empty());
  store_.ReopenCleanly();
  EXPECT_TRUE(Suspects().empty());
}

TEST_P(LogScrub, FindsASegmentOfSomebodyElseOnce) {
  disk_->SetContent(SegmentPath(1), Garbage(disk_->Content(SegmentPath(1)).size()));
  EXPECT_EQ(Suspects().size(), 1U);
  ScrubAndRecheck();
  EXPECT_EQ(Suspects(), std::vector<int64_t>());
  EXPECT_EQ(Reports(), 1);
}

TEST_P(LogScrub, WritesNothingForALogThatTakesNoMoreAppends) {
  const std::string path = SegmentPath(0, kTimeIndexSuffix);
  const std::string garbage = Garbage(disk_->Content(path).size());
  disk_->SetContent(path, garbage);
  store_.faults().Fail(FileCall::kWrite, 0, StatusCode::kFatal);
  store_.Append({"lost"});
  store_.faults().Heal();
  ScrubAndRecheck();
  EXPECT_EQ(disk_->Content(path), garbage);
}

// Of the segment that grows they are written later.
TEST_P(LogScrub, MissesNoIndexOfTheActiveSegment) {
  store_.ReopenCleanly();
  store_.Append({"grows"});
  EXPECT_TRUE(Suspects().empty());
  store_.Reopen();
  EXPECT_TRUE(Suspects().empty()) << "after a kill";
}

TEST_P(LogScrub, HasNothingToDoForWhatIsNotThere) {
  EXPECT_EQ(store_.store().StartScrub({"other", Uuid(), 0}), nullptr);
  PartitionId id = store_.id();
  id.topic_id.bytes[3] ^= 1;
  EXPECT_EQ(store_.store().StartScrub(id), nullptr) << "another topic of that name";
  StoreHarness memory(Layer::kMemory);
  memory.Append({"value"});
  EXPECT_EQ(memory.store().StartScrub(memory.id()), nullptr);
}

}  // namespace
}  // namespace odradek::storage
