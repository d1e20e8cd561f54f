// A log whose checkpoint is gone, or is not to be read: footers tell what was the log.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/crc32c.h"
#include "protocol/records/record_batch.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"
#include "storage/local/segment_footer.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

constexpr int kRecords = 10;

// Ten records, two to a segment, and a clean stop.
void Fill(StoreHarness& store, char first) {
  LogConfig config;
  config.segment_bytes = 200;
  store.Configure(config);
  for (int i = 0; i < kRecords; ++i) store.Append({first + std::to_string(i)});
  EXPECT_TRUE(store.store().Close().ok());
  store.Crash();
}

class LostCheckpoint : public ::testing::TestWithParam<Layer> {
 protected:
  LostCheckpoint() { Fill(store_, 'v'); }

  std::string PathOf(int64_t base, std::string_view suffix) const {
    return store_.path() + "/" + OffsetFileName(base, suffix);
  }
  std::string Content(const std::string& path) { return store_.files().ReadAll(path).value(); }
  void Replace(const std::string& path, const std::string& content) {
    ASSERT_TRUE(store_.files().WriteAtomically(path, content).ok());
  }
  void Flip(const std::string& path, size_t byte) {
    std::string content = Content(path);
    content[byte] = static_cast<char>(content[byte] ^ 1);
    Replace(path, content);
  }
  void LoseCheckpoint() {
    ASSERT_TRUE(store_.files().Remove(store_.path() + "/" + std::string(kCheckpointName)).ok());
  }
  // Of the same size, written a second later.
  void ReplaceByFileOfAnother(int64_t base) {
    StoreHarness other(GetParam());
    other.ChangeTopicId();
    other.clock.Advance(1000);
    other.Reopen();
    Fill(other, 'x');
    const std::string path = PathOf(base, kLogSuffix);
    const std::string foreign = other.files().ReadAll(path).value();
    ASSERT_EQ(foreign.size(), Content(path).size());
    Replace(path, foreign);
  }
  void LeaveFooterOfFirstHalf(int64_t base) {
    const std::string path = PathOf(base, kFooterSuffix);
    const std::string whole = Content(PathOf(base, kLogSuffix));
    SegmentFooter footer = SegmentFooter::Decode(Content(path)).value();
    footer.size_bytes = static_cast<int64_t>(whole.size() / 2);
    footer.next_offset = base + 1;
    footer.record_count = 1;
    footer.content_crc = Crc32c(whole.substr(0, whole.size() / 2), footer.content_seed);
    Replace(path, footer.Encode());
  }
  std::vector<std::string> Values() { return store_.ServedValues(); }
  bool IsAnythingSetAside() {
    const std::vector<std::string> names = store_.FileNames();
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return name.ends_with(kCutSuffix); });
  }

  StoreHarness store_{GetParam()};
  const std::vector<std::string> all_ = {"v0", "v1", "v2", "v3", "v4",
                                         "v5", "v6", "v7", "v8", "v9"};
};

TEST_P(LostCheckpoint, CostsNothing) {
  LoseCheckpoint();
  store_.Reopen();
  EXPECT_EQ(Values(), all_);
  EXPECT_FALSE(store_.files().Exists(std::string(kDamageReportsName)));
  EXPECT_EQ(store_.Append({"more"}).base_offset, kRecords);
  store_.ReopenCleanly();
  EXPECT_EQ(Values().back(), "more");
}

TEST_P(LostCheckpoint, AFlippedBitInASealedSegmentCostsItsBatchAlone) {
  const std::string path = PathOf(2, kLogSuffix);
  const size_t size = Content(path).size();
  for (size_t byte = 0; byte < size; byte += 5) {
    SCOPED_TRACE(byte);
    Flip(path, byte);
    LoseCheckpoint();
    store_.Reopen();
    std::vector<std::string> left = all_;
    left[byte < size / 2 ? 2 : 3] = "?";
    // What no checksum of a batch covers costs the block.
    const std::vector<std::string> now = Values();
    std::vector<std::string> block = all_;
    block[2] = block[3] = "?";
    EXPECT_TRUE(now == left || now == block);
    EXPECT_TRUE(store_.files().Exists(std::string(kDamageReportsName)));
    EXPECT_FALSE(IsAnythingSetAside());
    // It is known from now on, also where the checkpoint is lost once more.
    ASSERT_TRUE(store_.store().Close().ok());
    store_.Crash();
    LoseCheckpoint();
    store_.Reopen();
    EXPECT_EQ(Values(), now);
    ASSERT_TRUE(store_.store().Close().ok());
    store_.Crash();
    ASSERT_TRUE(store_.files().RemoveTree(store_.path()).ok());
    store_.Reopen();
    Fill(store_, 'v');
    (void)store_.files().Remove(std::string(kDamageReportsName));
  }
}

TEST_P(LostCheckpoint, AShortenedSegmentKeepsTheOffsets) {
  const std::string content = Content(PathOf(4, kLogSuffix));
  Replace(PathOf(4, kLogSuffix), content.substr(0, content.size() - 1));
  LoseCheckpoint();
  store_.Reopen();
  std::vector<std::string> left = all_;
  left[5] = "?";
  EXPECT_EQ(Values(), left);
}

TEST_P(LostCheckpoint, WhatAnotherPartitionWroteIsNotServed) {
  ReplaceByFileOfAnother(2);
  LoseCheckpoint();
  store_.Reopen();
  std::vector<std::string> left = all_;
  left[2] = left[3] = "?";
  EXPECT_EQ(Values(), left);
}

TEST_P(LostCheckpoint, WhatAnotherPartitionWroteIsNotServedWhereItIsLonger) {
  StoreHarness other(GetParam());
  other.ChangeTopicId();
  other.Reopen();
  other.Configure({});
  for (int i = 0; i < kRecords; ++i) other.Append({"x" + std::to_string(i)});
  const std::string path = PathOf(0, kLogSuffix);
  const std::string foreign = other.files().ReadAll(path).value();
  ASSERT_GT(foreign.size(), Content(path).size());
  Replace(path, foreign);
  LoseCheckpoint();
  store_.Reopen();
  std::vector<std::string> left = all_;
  left[0] = left[1] = "?";
  EXPECT_EQ(Values(), left);
}

// Its bytes count, but nothing vouches for the new ones.
TEST_P(LostCheckpoint, ASegmentThatHasOutgrownItsFooterIsServed) {
  LeaveFooterOfFirstHalf(2);
  LoseCheckpoint();
  store_.Reopen();
  EXPECT_EQ(Values(), all_);
  EXPECT_FALSE(store_.files().Exists(std::string(kDamageReportsName)));
}

TEST_P(LostCheckpoint, ASegmentThatHasOutgrownItsFooterLosesTheDamagedBatchAlone) {
  LeaveFooterOfFirstHalf(2);
  Flip(PathOf(2, kLogSuffix), records::kHeaderSizeBytes);
  LoseCheckpoint();
  store_.Reopen();
  std::vector<std::string> left = all_;
  left[2] = "?";
  EXPECT_EQ(Values(), left);
}

// What was found before the loss, and is the content of the file now.
TEST_P(LostCheckpoint, WhatWasDamagedBeforeIsNotServed) {
  ReplaceByFileOfAnother(2);
  Flip(PathOf(6, kLogSuffix), 7);  // of the base offset: no batch tells
  store_.Reopen();
  std::vector<std::string> left = all_;
  for (const size_t lost : {2U, 3U, 6U}) left[lost] = "?";
  ASSERT_EQ(Values(), left);
  ASSERT_TRUE(store_.store().Close().ok());
  store_.Crash();
  const std::string reports = Content(std::string(kDamageReportsName));
  for (int again = 0; again < 2; ++again) {
    LoseCheckpoint();
    store_.Reopen();
    EXPECT_EQ(Values(), left);
    ASSERT_TRUE(store_.store().Close().ok());
    store_.Crash();
  }
  EXPECT_EQ(Content(std::string(kDamageReportsName)), reports) << "it is known";
}

TEST_P(LostCheckpoint, AWrongBaseOffsetCostsItsBatchAloneWithoutAFooterToo) {
  const size_t size = Content(PathOf(2, kLogSuffix)).size();
  Flip(PathOf(2, kLogSuffix), size / 2 + 3);  // of the second batch
  ASSERT_TRUE(store_.files().Remove(PathOf(2, kFooterSuffix)).ok());
  LoseCheckpoint();
  store_.Reopen();
  std::vector<std::string> left = all_;
  left[3] = "?";
  EXPECT_EQ(Values(), left);
  EXPECT_FALSE(IsAnythingSetAside());
}

TEST_P(LostCheckpoint, AMissingSegmentIsTold) {
  for (const std::string_view suffix : {kLogSuffix, kFooterSuffix})
    ASSERT_TRUE(store_.files().Remove(PathOf(4, suffix)).ok());
  LoseCheckpoint();
  store_.Reopen();
  std::vector<std::string> left = all_;
  left[4] = left[5] = "-";
  EXPECT_EQ(Values(), left);
  const Result<std::string> reports = store_.files().ReadAll(std::string(kDamageReportsName));
  ASSERT_TRUE(reports.ok());
  EXPECT_NE(reports->find("\"from_offset\":4,\"to_offset\":6,"), std::string::npos) << *reports;
  store_.Reopen();
  EXPECT_EQ(Values(), left);
  store_.ReopenCleanly();
  EXPECT_EQ(Content(std::string(kDamageReportsName)), *reports) << "told once";
}

// It tells nothing: the batches have to.
TEST_P(LostCheckpoint, AFooterOfAnotherPartitionCostsNothing) {
  StoreHarness other(GetParam());
  other.ChangeTopicId();
  other.Reopen();
  Fill(other, 'x');
  const std::string path = PathOf(2, kFooterSuffix);
  Replace(path, other.files().ReadAll(path).value());
  LoseCheckpoint();
  store_.Reopen();
  EXPECT_EQ(Values(), all_);
  EXPECT_FALSE(store_.files().Exists(std::string(kDamageReportsName)));
}

TEST_P(LostCheckpoint, WithoutFootersTheBatchesTell) {
  for (int64_t base = 0; base < 8; base += 2)
    ASSERT_TRUE(store_.files().Remove(PathOf(base, kFooterSuffix)).ok());
  LoseCheckpoint();
  store_.Reopen();
  EXPECT_EQ(Values(), all_);
}

INSTANTIATE_TEST_SUITE_P(Layers, LostCheckpoint, ::testing::Values(Layer::kProcess, Layer::kPower),
                         [](const auto& layer) { return LayerName(layer.param); });

}  // namespace
}  // namespace odradek::storage
