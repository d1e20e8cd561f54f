// What is taken for the next batch behind one that does not check out.
#include "storage/local/batch_walk.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/endian.h"
#include "base/testing/simulated_disk.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

using records::field::kLength;

class BatchWalkTest : public testing::TestWithParam<bool> {
 protected:
  std::string BatchAt(int64_t offset, const std::string& value = "value") {
    std::string batch = BatchOf(clock_, {value});
    records::SetBaseOffset(batch.data(), offset);
    return batch;
  }
  // Whose last bytes are `inner`.
  std::string BatchAround(int64_t offset, const std::string& inner) {
    records::BatchBuilder builder;
    const records::Header headers[] = {{"h", inner}};
    builder.Add(clock_.WallMs(), "key", "value", headers);
    std::string batch = builder.Finish().value();
    EXPECT_TRUE(batch.ends_with(inner));
    records::SetBaseOffset(batch.data(), offset);
    return batch;
  }
  // The offsets that are taken in.
  std::vector<int64_t> Walk(const std::string& content) {
    Ref<odradek::File> file = *disk_.Open("0.log", OpenMode::kCreate);
    EXPECT_TRUE(file->Truncate(0).ok());
    EXPECT_TRUE(file->WriteAt(0, content).ok());
    std::vector<int64_t> offsets;
    damage_.clear();
    WalkVisitor visitor;
    visitor.on_batch = [&](const records::BatchView& batch, int64_t) {
      offsets.push_back(batch.base_offset());
    };
    visitor.on_damage = [&](const DamagedRange& range) { damage_.push_back(range); };
    WalkRequest request{.to = static_cast<int64_t>(content.size()), .contiguous = GetParam()};
    request.torn_at_end_only = true;
    request.pass_over_before = pass_over_before_;
    const Result<WalkResult> walked = WalkBatches(*file, request, visitor);
    EXPECT_TRUE(walked.ok());
    end_ = walked->end_position;
    return offsets;
  }
  using Offsets = std::vector<int64_t>;

  HeldClock clock_;
  SimulatedDisk disk_;
  std::vector<DamagedRange> damage_;
  int64_t end_ = 0;
  int64_t pass_over_before_ = 0;  // the end of a process may have torn all of it
};

std::string Flipped(std::string bytes, size_t byte, int bit = 0) {
  bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit));
  return bytes;
}

TEST_P(BatchWalkTest, WhatATornBatchHoldsIsNoBatch) {
  const std::string first = BatchAt(0);
  for (const int64_t offset : {int64_t{1}, int64_t{2}, int64_t{1} << 40}) {
    const std::string inner = BatchAt(offset);
    const std::string outer = BatchAround(1, inner + BatchAt(offset + 1) + inner);
    for (size_t size = 1; size < outer.size(); ++size) {
      for (pass_over_before_ = 0; pass_over_before_ < 2; ++pass_over_before_) {
        EXPECT_EQ(Walk(first + outer.substr(0, size)), Offsets{0}) << size;
        EXPECT_EQ(end_, static_cast<int64_t>(first.size()));
      }
    }
  }
}

TEST_P(BatchWalkTest, WhatADamagedBatchHoldsIsNoBatch) {
  const std::string outer = BatchAround(1, BatchAt(1));
  const std::string before = BatchAt(0);
  const std::string behind = BatchAt(2) + BatchAt(3);
  for (size_t byte = 0; byte < outer.size() * 8; ++byte) {
    const std::string damaged = Flipped(outer, byte / 8, static_cast<int>(byte % 8));
    const Offsets found = Walk(before + damaged + behind);
    if (damage_.empty()) continue;  // the epoch, and where gaps may be the offset, prove nothing
    EXPECT_EQ(found, (Offsets{0, 2, 3})) << byte;
    ASSERT_EQ(damage_.size(), 1U);
    EXPECT_EQ(damage_[0].from_position, static_cast<int64_t>(before.size()));
    EXPECT_EQ(damage_[0].to_position, static_cast<int64_t>(before.size() + outer.size()));
  }
}

TEST_P(BatchWalkTest, DamagedBatchesInARowCostThemselves) {
  const std::string outer = Flipped(BatchAround(1, BatchAt(1)), 70);
  const std::string next = Flipped(BatchAround(2, BatchAt(2)), 70);
  EXPECT_EQ(Walk(BatchAt(0) + outer + next + BatchAt(3)), (Offsets{0, 3}));
  EXPECT_EQ(damage_.size(), 1U);
}

// The rest of the file is not read for each.
TEST_P(BatchWalkTest, ManyDamagedBatchesInARowAreReadAFewTimes) {
  constexpr int64_t kBatches = 500;
  std::string content = BatchAt(0);
  for (int64_t i = 1; i <= kBatches; ++i)
    content += Flipped(BatchAt(i, std::string(40'000, 'v')), records::kHeaderSizeBytes);
  const int64_t reads_before = disk_.plan().count(FileCall::kRead);
  EXPECT_EQ(Walk(content + BatchAt(kBatches + 1)), (Offsets{0, kBatches + 1}));
  EXPECT_LT(disk_.plan().count(FileCall::kRead) - reads_before, 5 * kBatches);
}

TEST_P(BatchWalkTest, BehindAHeaderThatIsGoneTheNextBatchesCount) {
  std::string batch = BatchAt(1, std::string(100, 'v'));
  std::memset(batch.data(), 'x', 80);
  EXPECT_EQ(Walk(BatchAt(0) + batch + BatchAt(2) + BatchAt(3)), (Offsets{0, 2, 3}));
  EXPECT_EQ(Walk(BatchAt(0) + batch + BatchAt(2)), (Offsets{0, 2}));
  EXPECT_EQ(Walk(BatchAt(0) + batch + BatchAt(2) + BatchAt(3).substr(0, 65)), (Offsets{0, 2}));
}

// Nor do appends behind it come to the end of all numbers.
TEST_P(BatchWalkTest, NoOffsetIsNearTheLargest) {
  for (const int64_t offset : {INT64_MAX - 2, INT64_MAX / 2 + 1}) {
    std::string batch = BatchAt(1);
    std::memset(batch.data(), 'x', batch.size());
    EXPECT_EQ(Walk(BatchAt(0) + batch + BatchAt(offset)), Offsets{0}) << offset;
  }
}

INSTANTIATE_TEST_SUITE_P(Gaps, BatchWalkTest, testing::Bool(), [](const auto& contiguous) {
  return contiguous.param ? "AreDamage" : "AreKnown";
});

}  // namespace
}  // namespace odradek::storage
