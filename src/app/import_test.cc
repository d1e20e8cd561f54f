// Directories are made by our own store and given the names that Kafka's have; the lane
// kafka-import has real ones.
#include "app/import.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "app/data_dir.h"
#include "base/testing/held_clock.h"
#include "protocol/records/batch_builder.h"
#include "storage/local/file_names.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::app {
namespace {

using storage::JoinPath;

constexpr int kRecords = 30;
constexpr int kTrimmed = 7;  // of ours
constexpr int64_t kProducerId = 4711;

class ImportTest : public testing::Test {
 protected:
  ImportTest() {
    target_ = root_.path() + "/target";
    options_.data_dir = target_;
    what_.directories = {root_.path() + "/kafka"};
    kafka_ = MakePosixFiles(what_.directories[0]);
    EXPECT_TRUE(kafka_->MakeDirs("").ok());
  }

  // A folder "<topic>-<n>" with several segments.
  void MakePartition(const std::string& topic, int32_t partition, uint8_t id = 1,
                     bool is_kafkas = true) {
    Env env;
    env.clock = &clock_;
    env.random = &random_;
    env.files = kafka_.get();
    const auto store = storage::MakeLocalStore(env, {});
    storage::LogConfig config;
    config.segment_bytes = 1000;
    const auto log = store->Open({topic, Uuid{{id}}, partition}, config);
    ASSERT_TRUE(log.ok());
    for (int i = 0; i < kRecords; ++i) {
      std::string batch = Batch(0, i);
      const auto result = (*log)->Append({.owner = {.leader_epoch = i / 10}, .batches = batch});
      ASSERT_TRUE(result.status.ok()) << result.status.ToString();
    }
    if (!is_kafkas) {
      ASSERT_TRUE((*log)->TrimPrefix({.leader_epoch = 2}, kTrimmed).ok());
    }
    ASSERT_TRUE(store->Close().ok());
    const std::string from = JoinPath(topic, std::to_string(partition));
    if (is_kafkas) {
      ASSERT_TRUE(kafka_->Remove(JoinPath(from, storage::kCheckpointName)).ok());
    }
    ASSERT_TRUE(kafka_->Rename(from, topic + "-" + std::to_string(partition)).ok());
    ASSERT_TRUE(kafka_->RemoveTree(topic).ok());
  }
  static std::string Batch(int64_t offset, int32_t sequence) {
    records::BatchBuilder builder({.base_offset = offset,
                                   .leader_epoch = 2,
                                   .producer_id = kProducerId,
                                   .producer_epoch = 0,
                                   .base_sequence = sequence});
    builder.Add(1'700'000'000'000, "key", std::string(200, 'v'));
    return std::move(builder.Finish()).value();
  }
  void Write(const std::string& path, std::string_view content) {
    ASSERT_TRUE(kafka_->WriteAtomically(path, content).ok());
  }
  // The end of the log of partition 0, as the store has it.
  int64_t EndOf(const std::string& topic, uint8_t id = 1) {
    const std::unique_ptr<Files> files = MakePosixFiles(target_);
    Env env;
    env.clock = &clock_;
    env.random = &random_;
    env.files = files.get();
    const auto store = storage::MakeLocalStore(env, {});
    return (*store->Open({topic, Uuid{{id}}, 0}, {}))->offsets().end;
  }
  std::string LastSegment() {
    std::string last;
    const auto entries = kafka_->List("t-0");
    for (const DirEntry& entry : *entries)
      if (entry.name.ends_with(storage::kLogSuffix)) last = std::max(last, "t-0/" + entry.name);
    return last;
  }
  void ExpectRefused(std::string_view why, StatusCode code = StatusCode::kFatal) {
    const auto imported = Import(options_, what_);
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.status().code(), code);
    EXPECT_NE(imported.status().message().find(why), std::string_view::npos)
        << imported.status().ToString();
    EXPECT_FALSE(MakePosixFiles(target_)->Exists("t"));
  }

  storage::TemporaryDirectory root_;
  HeldClock clock_;
  SeededRandom random_{5};
  std::string target_;
  std::unique_ptr<Files> kafka_;
  ServeOptions options_;
  ImportOptions what_;
};

TEST_F(ImportTest, TakesInWholePartitions) {
  MakePartition("t", 0);
  MakePartition("t", 1);
  MakePartition("other-topic", 0, 2);
  const auto imported = Import(options_, what_);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  ASSERT_EQ(imported->size(), 3u);
  EXPECT_EQ(imported->front().topic, "other-topic");
  EXPECT_EQ(imported->back().partition, 1);
  EXPECT_EQ(imported->back().end_offset, kRecords);
  EXPECT_EQ(EndOf("t"), kRecords);
  EXPECT_EQ(EndOf("other-topic", 2), kRecords);
  EXPECT_FALSE(MakePosixFiles(target_)->Exists("import~"));
}

TEST_F(ImportTest, TakesOnlyTheTopicsThatAreNamed) {
  MakePartition("t", 0);
  MakePartition("u", 0, 2);
  what_.topics = {"u"};
  ASSERT_TRUE(Import(options_, what_).ok());
  EXPECT_FALSE(MakePosixFiles(target_)->Exists("t"));
  what_.topics = {"gone"};
  ExpectRefused("there is no partition of topic gone");
}

TEST_F(ImportTest, KeepsTheLogStartOffset) {
  MakePartition("t", 0);
  Write("log-start-offset-checkpoint", "0\n1\nt 0 12\n");
  const auto imported = Import(options_, what_);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_EQ(imported->front().start_offset, 12);
}

TEST_F(ImportTest, RefusesTopicsThatAreThere) {
  MakePartition("t", 0);
  ASSERT_TRUE(Import(options_, what_).ok());
  testing::internal::CaptureStderr();
  const auto again = Import(options_, what_);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_FALSE(again.ok());
  EXPECT_NE(again.status().message().find("already exists"), std::string_view::npos);
  EXPECT_EQ(EndOf("t"), kRecords);
}

TEST_F(ImportTest, RefusesMissingNumbersAndMixedIds) {
  MakePartition("t", 1);
  ExpectRefused("partition 0 is missing");
  MakePartition("t", 0, 2);
  ExpectRefused("has another topic id");
}

// The way back that a start advises where the metadata is lost.
TEST_F(ImportTest, TakesFoldersOfOursWithoutThoseThatWereNeverWritten) {
  MakePartition("t", 2, 1, /*is_kafkas=*/false);
  MakePartition("__consumer_offsets", 13, 2, /*is_kafkas=*/false);
  Write("meta.properties", "version=1\n");
  const auto imported = Import(options_, what_);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  ASSERT_EQ(imported->size(), 53u);
  EXPECT_EQ((*imported)[12].end_offset, 0);
  EXPECT_EQ((*imported)[13].end_offset, kRecords);
  EXPECT_EQ((*imported)[51].end_offset, 0);
  EXPECT_EQ((*imported)[52].topic, "t");
  EXPECT_EQ((*imported)[52].partition, 2);
  EXPECT_EQ((*imported)[52].start_offset, kTrimmed);
  EXPECT_EQ((*imported)[52].end_offset, kRecords);
}

TEST_F(ImportTest, SaysWhatADirectoryOfOursIs) {
  ASSERT_TRUE(kafka_->MakeDirs("t/0").ok());
  Write("meta.properties", "version=1\n");
  ExpectRefused("is a data directory of this program already: serve it with --data-dir");
  what_.directories = {root_.path() + "/gone"};
  ExpectRefused(root_.path() + "/gone: this is no directory that can be read");
}

TEST_F(ImportTest, RefusesADirectoryThatKafkaUses) {
  MakePartition("t", 0);
  Write("meta.properties", "version=1\n");
  ExpectRefused("stop it cleanly");
  Write(".kafka_cleanshutdown", "{}");
  EXPECT_TRUE(Import(options_, what_).ok());
}

TEST_F(ImportTest, RefusesWhatOnlyKafkaCanSettle) {
  MakePartition("t", 0);
  Write("t-0/00000000000000000000.log.swap", "");
  ExpectRefused("start and stop it once");
  ASSERT_TRUE(kafka_->Remove("t-0/00000000000000000000.log.swap").ok());
  std::string legacy(34, '\0');
  legacy[11] = 22;
  legacy[16] = 1;
  Write("t-0/00000000000000000000.log", legacy);
  ExpectRefused("a format before Kafka 0.11");
}

TEST_F(ImportTest, RefusesDamage) {
  MakePartition("t", 0);
  const std::string path = LastSegment();
  const std::string whole = *kafka_->ReadAll(path);
  std::string damaged = whole;
  damaged.back() = 'x';
  Write(path, damaged);
  ExpectRefused("is damaged", StatusCode::kCorrupt);
  Write(path, whole);
  Write("t-0/00000000000000000000.log", whole.substr(0, 100));
  ExpectRefused("t-0/00000000000000000000.log", StatusCode::kCorrupt);
}

TEST_F(ImportTest, LeavesOutATornTail) {
  MakePartition("t", 0);
  const std::string path = LastSegment();
  Write(path, *kafka_->ReadAll(path) + "torn");
  const auto imported = Import(options_, what_);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_EQ(EndOf("t"), kRecords);
}

TEST_F(ImportTest, KeepsGapsInTheSegmentThatKafkaWroteTo) {
  MakePartition("t", 0);
  const std::string path = LastSegment();
  Write(path, *kafka_->ReadAll(path) + Batch(kRecords + 5, kRecords));
  const auto imported = Import(options_, what_);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_EQ(EndOf("t"), kRecords + 6);
}

TEST_F(ImportTest, TouchesNothingThatIsInTheWay) {
  MakePartition("t", 0);
  const std::unique_ptr<Files> files = MakePosixFiles(target_);
  ASSERT_TRUE(files->MakeDirs("").ok());
  {
    MakePartition("u", 0, 2);
    what_.topics = {"u"};
    ASSERT_TRUE(Import(options_, what_).ok());
    what_.topics = {"t"};
  }
  ASSERT_TRUE(files->MakeDirs("t/0").ok());
  ASSERT_TRUE(files->WriteAtomically("t/0/x", "").ok());
  EXPECT_EQ(Import(options_, what_).status().code(), StatusCode::kFatal);
  EXPECT_TRUE(files->Exists("t/0/x"));
}

TEST_F(ImportTest, GoesOnWhereAnImportWasBrokenOff) {
  MakePartition("t", 0);
  MakePartition("u", 0, 2);
  what_.topics = {"u"};
  ASSERT_TRUE(Import(options_, what_).ok());
  what_.topics = {"t"};
  const std::unique_ptr<Files> files = MakePosixFiles(target_);
  ASSERT_TRUE(files->MakeDirs("import~/t/0").ok());
  ASSERT_TRUE(files->MakeDirs("t/0").ok());
  ASSERT_TRUE(
      files->WriteAtomically("t/0/partition.metadata", *kafka_->ReadAll("t-0/partition.metadata"))
          .ok());
  const auto imported = Import(options_, what_);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_EQ(EndOf("t"), kRecords);
}

TEST_F(ImportTest, NoBrokerTakesKafkasDirectoryForItsOwn) {
  MakePartition("t", 0);
  Write("meta.properties", "version=1\ncluster.id=x\nnode.id=1\n");
  const auto opened = OpenDataDir(what_.directories[0]);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kFatal);
  EXPECT_NE(opened.status().message().find("odradek import --data-dir"), std::string_view::npos);
}

TEST_F(ImportTest, NeedsADataDirectoryThatNobodyUses) {
  MakePartition("t", 0);
  options_.data_dir.reset();
  ExpectRefused("--data-dir", StatusCode::kInvalid);
  options_.data_dir = target_;
  const auto held = OpenDataDir(target_);
  ASSERT_TRUE(held.ok());
  ExpectRefused("held by process", StatusCode::kExists);
}

}  // namespace
}  // namespace odradek::app
