// Damage below the durable point: told, not served, and nothing else is lost with it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/log.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class Damage : public ::testing::Test {
 protected:
  Damage() {
    for (int i = 0; i < 6; ++i) store_.Append({"v" + std::to_string(i)});
    log_ = store_.path() + "/" + OffsetFileName(0, kLogSuffix);
    batch_size_ = static_cast<int64_t>(Content().size()) / 6;
  }

  std::string Content() { return store_.files().ReadAll(log_).value(); }
  void Flip(int64_t byte, int bit = 0) {
    std::string content = Content();
    content[static_cast<size_t>(byte)] =
        static_cast<char>(content[static_cast<size_t>(byte)] ^ (1 << bit));
    Replace(content);
  }
  void Replace(const std::string& content) {
    const Ref<File> file = store_.files().Open(log_, OpenMode::kReadWrite).value();
    ASSERT_TRUE(file->Truncate(0).ok());
    ASSERT_TRUE(file->WriteAt(0, content).ok());
  }
  // The files of the log, after a clean stop.
  using Image = std::map<std::string, std::string>;
  Image CloseAndTakeImage() {
    EXPECT_TRUE(store_.store().Close().ok());
    Image image;
    for (const std::string& name : store_.FileNames()) {
      const std::string path = store_.path() + "/" + name;
      image[path] = store_.files().ReadAll(path).value();
    }
    return image;
  }
  void PutImage(const Image& image) {
    store_.Crash();
    ASSERT_TRUE(store_.files().RemoveTree(store_.path()).ok());
    ASSERT_TRUE(store_.files().MakeDirs(store_.path()).ok());
    for (const auto& [path, content] : image)
      ASSERT_TRUE(store_.files().WriteAtomically(path, content).ok());
  }
  std::vector<std::string> Values() { return store_.ServedValues(); }
  std::vector<std::string> Reports() {
    std::vector<std::string> lines;
    const Result<std::string> text = store_.files().ReadAll(std::string(kDamageReportsName));
    if (!text.ok()) return lines;
    for (size_t at = 0; at < text->size();) {
      const size_t end = text->find('\n', at);
      lines.push_back(text->substr(at, end - at));
      at = end + 1;
    }
    return lines;
  }

  StoreHarness store_{Layer::kPower};
  std::string log_;
  int64_t batch_size_ = 0;
};

// Only what an earlier process has written is compared, and once.
TEST_F(Damage, IsNotLookedForInWhatWasAppendedSinceTheStart) {
  store_.ReopenCleanly();
  Values();
  for (int i = 0; i < 3; ++i) {
    store_.Append({"one more"});
    const int64_t reads = store_.faults().count(FileCall::kRead);
    ReadResult read;
    ASSERT_TRUE(store_.log()
                    .Read({.offset = 6 + i, .offset_limit = INT64_MAX, .max_bytes = 1 << 20}, &read)
                    .ok());
    EXPECT_EQ(read.next_offset, 7 + i);
    EXPECT_EQ(store_.faults().count(FileCall::kRead), reads);
  }
}

TEST_F(Damage, AFlippedBitCostsItsBatchAloneAndIsReportedOnce) {
  store_.ReopenCleanly();
  Flip(2 * batch_size_ + 70);
  store_.ReopenCleanly();
  const std::vector<std::string> left = {"v0", "v1", "?", "v3", "v4", "v5"};
  EXPECT_EQ(Values(), left);
  ASSERT_EQ(Reports().size(), 1U);
  EXPECT_NE(Reports()[0].find("\"from_offset\":2,\"to_offset\":3,"), std::string::npos);
  EXPECT_NE(Reports()[0].find("\"acked_loss\":\"yes\""), std::string::npos);
  EXPECT_EQ(store_.Append({"v6"}).base_offset, 6);
  for (const bool clean : {false, true, true}) {
    clean ? store_.ReopenCleanly() : store_.Reopen();
    EXPECT_EQ(Values().size(), 7U);
    EXPECT_EQ(Values()[2], "?");
    EXPECT_EQ(Reports().size(), 1U);
  }
}

// The file goes on behind what is compared, and lacks a batch already.
TEST_F(Damage, OfAFileThatHasSomeAlreadyAndGrewSinceIsFound) {
  store_.ReopenCleanly();
  Flip(2 * batch_size_ + 70);
  store_.ReopenCleanly();
  EXPECT_EQ(Values()[2], "?");
  store_.ReopenCleanly();
  EXPECT_EQ(store_.Append({"v6"}).base_offset, 6);
  Flip(4 * batch_size_ + 70);
  // Which of the other batches are wrong cannot be told: the file is one block.
  std::vector<std::string> left(6, "?");
  left.emplace_back("v6");
  EXPECT_EQ(Values(), left);
  EXPECT_EQ(store_.Append({"v7"}).base_offset, 7);
}

TEST_F(Damage, EveryBitOfACleanlyClosedLogIsFound) {
  const Image clean = CloseAndTakeImage();
  const int64_t bits = static_cast<int64_t>(clean.at(log_).size()) * 8;
  for (int64_t bit = 0; bit < bits; ++bit) {
    PutImage(clean);
    Flip(bit / 8, static_cast<int>(bit % 8));
    const size_t reports = Reports().size();
    store_.Reopen();
    const std::vector<std::string> values = Values();
    ASSERT_EQ(values.size(), 6U) << bit;
    ASSERT_EQ(Reports().size(), reports + 1) << bit;
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_TRUE(values[i] == "?" || values[i] == "v" + std::to_string(i)) << bit;
  }
}

// The batch that a block begins with is found by way of the block before it.
TEST_F(Damage, ABlockIsCheckedWhereverInItReadingBegins) {
  const std::string half(10'000, 'x');
  for (int i = 0; i < 8; ++i) store_.Append({half, half});
  const Image clean = CloseAndTakeImage();
  const int64_t size = (static_cast<int64_t>(clean.at(log_).size()) - 6 * batch_size_) / 8;
  for (int batch = 0; batch < 8; ++batch) {
    PutImage(clean);
    Flip(6 * batch_size_ + batch * size + 5'000);
    store_.Reopen();
    ReadResult read;
    const Status status = store_.log().Read(
        {.offset = 6 + 2 * batch, .offset_limit = INT64_MAX, .max_bytes = 1, .at_least_one = true},
        &read);
    EXPECT_EQ(status.code(), StatusCode::kCorrupt) << batch;
  }
}

TEST_F(Damage, EveryShorterLengthKeepsTheOffsets) {
  const Image clean = CloseAndTakeImage();
  const std::string content = clean.at(log_);
  for (size_t size = 0; size < content.size(); ++size) {
    PutImage(clean);
    Replace(content.substr(0, size));
    store_.Reopen();
    ASSERT_EQ(store_.log().offsets().end, 6) << size;
    const std::vector<std::string> values = Values();
    ASSERT_EQ(values.size(), 6U) << size;
    for (size_t i = 0; i < 6; ++i)
      ASSERT_EQ(values[i] != "?", (i + 1) * static_cast<size_t>(batch_size_) <= size) << size;
    ASSERT_EQ(store_.Append({"v6"}).base_offset, 6) << size;
    ASSERT_EQ(Values().size(), 7U) << size;
    store_.Reopen();
    ASSERT_EQ(Values().back(), "v6") << size;
  }
}

TEST_F(Damage, BytesBehindACleanEndAreKeptAsideAndNotServed) {
  const std::string foreign = Content().substr(0, static_cast<size_t>(batch_size_));
  store_.ReopenCleanly();
  store_.Crash();
  Replace(Content() + foreign);
  store_.Reopen();
  EXPECT_EQ(Values().size(), 6U);
  ASSERT_EQ(Reports().size(), 1U);
  EXPECT_NE(Reports()[0].find("\"acked_loss\":\"no\""), std::string::npos);
  EXPECT_NE(Reports()[0].find(".cut\""), std::string::npos);
}

TEST_F(Damage, BytesBehindACleanEndMayBeAcknowledgedIfTheLogGoesOnThere) {
  const Image earlier = CloseAndTakeImage();
  store_.Reopen();
  store_.Append({"v6"});
  store_.ReopenCleanly();
  store_.Crash();
  const std::string checkpoint = store_.path() + "/" + std::string(kCheckpointName);
  ASSERT_TRUE(store_.files().WriteAtomically(checkpoint, earlier.at(checkpoint)).ok());
  store_.Reopen();
  EXPECT_EQ(Values().size(), 6U);
  ASSERT_EQ(Reports().size(), 1U);
  EXPECT_NE(Reports()[0].find("\"acked_loss\":\"unknown\""), std::string::npos);
}

// The headers are read again to find what the checkpoint does not tell of.
TEST_F(Damage, OfAHeaderThatALoadReadsCostsItsBatchOnly) {
  const Image image = CloseAndTakeImage();
  for (int bit = 0; bit < 8; ++bit) {
    PutImage(image);
    store_.Reopen();
    store_.Append({"new"});
    store_.Crash();
    Flip(2 * batch_size_ + 10, bit);  // its length
    store_.Reopen();
    EXPECT_EQ(Values(), (std::vector<std::string>{"v0", "v1", "?", "v3", "v4", "v5", "new"}));
    EXPECT_EQ(Reports().size(), static_cast<size_t>(bit) + 1);
  }
}

// It was acknowledged, and the last checkpoint is older.
TEST_F(Damage, AShortenedBatchBehindTheLastCheckpointIsTold) {
  store_.Crash();
  const std::string content = Content();
  Replace(content.substr(0, content.size() - 1));
  store_.Reopen();
  EXPECT_EQ(Values().size(), 5U);
  ASSERT_EQ(Reports().size(), 1U);
  EXPECT_NE(Reports()[0].find("\"from_offset\":5,"), std::string::npos);
  EXPECT_NE(Reports()[0].find("\"acked_loss\":\"unknown\""), std::string::npos);
  store_.Reopen();
  EXPECT_EQ(Values().size(), 5U);
  EXPECT_EQ(Reports().size(), 1U);
}

// No append waited for the device, or the process alone has ended, in the middle of a write.
TEST_F(Damage, ATornTailThatCannotHaveCountedIsToldNobody) {
  const StoreOptions same_boot{.directory = "", .boot_id = "boot-1"};
  for (const auto& [layer, options] :
       {std::pair(Layer::kProcess, StoreOptions()), std::pair(Layer::kPower, same_boot)}) {
    StoreHarness store(layer, options);
    for (int i = 0; i < 6; ++i) store.Append({"v"});
    store.Crash();
    const Ref<File> file = store.files().Open(log_, OpenMode::kReadWrite).value();
    ASSERT_TRUE(file->Truncate(file->Size().value() - 1).ok());
    store.Reopen();
    EXPECT_EQ(store.log().offsets().end, 5);
    EXPECT_FALSE(store.files().Exists(std::string(kDamageReportsName)));
  }
}

TEST_F(Damage, WhatAnotherPartitionWroteIsNotServed) {
  StoreHarness other(Layer::kPower);
  other.ChangeTopicId();
  other.Reopen();
  for (int i = 0; i < 6; ++i) other.Append({"x" + std::to_string(i)});
  ASSERT_TRUE(other.store().Close().ok());
  store_.ReopenCleanly();
  store_.Crash();
  Replace(other.files().ReadAll(log_).value());
  store_.Reopen();
  EXPECT_EQ(Values(), std::vector<std::string>(6, "?"));
}

// Shorter, so that the checksum of the whole says nothing; the blocks' do.
TEST_F(Damage, TheBeginningOfAnotherPartitionsFileIsNotServed) {
  const auto fill = [](StoreHarness& store, char first) {
    for (int i = 0; i < 6; ++i) store.Append({first + std::string(20'000, 'x')});
    EXPECT_TRUE(store.store().Close().ok());
    store.Crash();
  };
  StoreHarness other(Layer::kPower);
  other.ChangeTopicId();
  other.Reopen();
  fill(other, 'o');
  const std::string foreign = other.files().ReadAll(log_).value();
  fill(store_, 'm');
  const std::string whole = Content();
  ASSERT_LT(foreign.size(), whole.size());
  Replace(foreign);
  store_.Reopen();
  EXPECT_EQ(Values(), std::vector<std::string>(12, "?"));
  ASSERT_EQ(Reports().size(), 1U);
  EXPECT_NE(Reports()[0].find("is not the one that was written"), std::string::npos);
  EXPECT_EQ(store_.Append({"more"}).base_offset, 12);
  store_.ReopenCleanly();
  EXPECT_EQ(Values().back(), "more");
}

// The first batches have the same offset and the same time.
TEST_F(Damage, AnotherPartitionsFileIsNotServedWhateverItsSize) {
  for (const std::string& value : {std::string("x"), std::string(100, 'x')}) {
    for (const bool is_clean : {false, true}) {
      StoreHarness own(Layer::kPower);
      StoreHarness other(Layer::kPower);
      other.ChangeTopicId();
      other.Reopen();
      const std::string path = own.path() + "/" + OffsetFileName(0, kLogSuffix);
      for (int i = 0; i < 6; ++i) {
        own.Append({"own " + std::to_string(i)});
        other.Append({value});
      }
      if (is_clean) {
        ASSERT_TRUE(own.store().Close().ok());
      } else {
        own.clock.Advance(60'000);
        own.Append({"the next checkpoint"});
        own.Append({"not told of"});
        for (int i = 0; i < 5; ++i) other.Append({value});
      }
      own.Crash();
      ASSERT_TRUE(other.store().Close().ok());
      ASSERT_TRUE(own.files().WriteAtomically(path, other.files().ReadAll(path).value()).ok());
      own.Reopen();
      const std::vector<std::string> values = own.ServedValues();
      EXPECT_GE(values.size(), 6U);
      for (const std::string& served : values) EXPECT_EQ(served, "?") << value << is_clean;
      own.Append({"more"});
      own.ReopenCleanly();
      EXPECT_EQ(own.ServedValues().back(), "more");
    }
  }
}

TEST_F(Damage, TheBeginningOfTheFileItselfIsServed) {
  for (int i = 0; i < 6; ++i) store_.Append({std::string(20'000, 'x')});
  ASSERT_TRUE(store_.store().Close().ok());
  store_.Crash();
  const std::string whole = Content();
  Replace(whole.substr(0, whole.size() - 1));
  store_.Reopen();
  const std::vector<std::string> values = Values();
  ASSERT_EQ(values.size(), 12U);
  EXPECT_EQ(std::count(values.begin(), values.end(), "?"), 1);
}

TEST_F(Damage, OneWrongBitInTheTopicIdCostsNothing) {
  store_.ReopenCleanly();
  store_.Crash();
  const std::string path = store_.path() + "/" + std::string(kPartitionMetadataName);
  std::string metadata = store_.files().ReadAll(path).value();
  metadata[metadata.size() - 3] = static_cast<char>(metadata[metadata.size() - 3] ^ 1);
  ASSERT_TRUE(store_.files().WriteAtomically(path, metadata).ok());
  store_.Reopen();
  EXPECT_EQ(Values().size(), 6U);
}

TEST_F(Damage, ALogOfAnotherTopicIsMovedOutOfTheWayAndKept) {
  store_.ReopenCleanly();
  store_.ChangeTopicId();
  store_.Reopen();
  EXPECT_EQ(store_.log().offsets().end, 0);
  EXPECT_EQ(store_.Append({"new"}).base_offset, 0);
  const std::vector<DirEntry> entries = store_.files().List("topic").value();
  EXPECT_EQ(entries.size(), 2U);
}

// The checkpoint that a roll writes knows nothing of what is in it.
TEST(DamageOfTheLastSegment, ItsLossAfterAKillIsTold) {
  for (const int records : {1, 4}) {
    StoreHarness store(Layer::kProcess, {.directory = "", .boot_id = "boot-1"});
    LogConfig config;
    config.segment_bytes = 200;
    store.Configure(config);
    for (int i = 0; i < records; ++i) store.Append({"v" + std::to_string(i)});
    store.Crash();
    const int64_t base = records == 1 ? 0 : 2;
    const std::string last = store.path() + "/" + OffsetFileName(base, kLogSuffix);
    ASSERT_TRUE(store.files().Remove(last).ok());
    store.Reopen();
    EXPECT_EQ(store.log().offsets().end, base);
    const Result<std::string> reports = store.files().ReadAll(std::string(kDamageReportsName));
    ASSERT_TRUE(reports.ok());
    EXPECT_NE(reports->find(last), std::string::npos) << *reports;
    EXPECT_NE(reports->find("the file that the log ended in is gone"), std::string::npos);
    EXPECT_EQ(store.Append({"again"}).base_offset, base);
    store.Reopen();
    EXPECT_EQ(store.log().offsets().end, base + 1);
  }
}

TEST(DamageReport, IsOneLineOfJson) {
  DamageReport report;
  report.file = "t/0/a\"b.log";
  report.from_byte = 1;
  report.to_byte = 2;
  report.reason = "line\nend";
  report.acked_loss = DamageReport::AckedLoss::kNo;
  EXPECT_EQ(report.ToJson(),
            R"({"file":"t/0/a\"b.log","from_byte":1,"to_byte":2,"from_offset":-1,"to_offset":-1,)"
            R"("reason":"line\u000aend","kept_aside":"","effect":"","acked_loss":"no"})");
}

}  // namespace
}  // namespace odradek::storage
