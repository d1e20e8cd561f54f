#include "inspect/verify.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "metadata/records.h"
#include "storage/journal/journal.h"
#include "storage/local/file_names.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::inspect {
namespace {

using storage::Layer;
using storage::StoreHarness;

const std::string kFirst = "topic/3/00000000000000000000.log";

class VerifyTest : public testing::Test {
 protected:
  // Two dozen records in several segments, closed.
  VerifyTest() {
    storage::LogConfig config;
    config.segment_bytes = 1000;
    store_.Configure(config);
    for (int i = 0; i < 24; ++i)
      store_.Append({std::string(200, 'v')}, {.id = 7, .epoch = 0, .sequence = i});
    EXPECT_TRUE(store_.store().Close().ok());
    for (const std::string& name : store_.FileNames())
      if (name.ends_with(storage::kLogSuffix)) logs_.push_back("topic/3/" + name);
  }

  Files& files() { return store_.files(); }
  std::string Read(const std::string& path) { return *files().ReadAll(path); }
  void Write(const std::string& path, std::string_view content) {
    ASSERT_TRUE(files().WriteAtomically(path, content).ok());
  }
  std::string FileWith(std::string_view suffix) {
    for (const std::string& name : store_.FileNames())
      if (name.ends_with(suffix)) return "topic/3/" + name;
    return "none";
  }
  // The rows about everything, as text.
  std::string Run() {
    std::string rows;
    Report report(Form::kText, [&](std::string_view text) { rows += text; });
    Findings findings(report);
    const auto totals = Verify(files(), findings);
    EXPECT_TRUE(totals.ok()) << totals.status().ToString();
    if (totals.ok()) totals_ = *totals;
    damage_ = findings.damage();
    harmless_ = findings.harmless();
    return rows;
  }
  void ExpectDamage(std::string_view row) {
    const std::string rows = Run();
    EXPECT_NE(rows.find(row), std::string::npos) << rows;
    EXPECT_GT(damage_, 0);
  }
  void ExpectHarmless(std::string_view row) {
    const std::string rows = Run();
    EXPECT_NE(rows.find(row), std::string::npos) << rows;
    EXPECT_EQ(damage_, 0) << rows;
    EXPECT_GT(harmless_, 0);
  }

  StoreHarness store_{Layer::kProcess};
  std::vector<std::string> logs_;
  VerifyTotals totals_;
  int64_t damage_ = 0;
  int64_t harmless_ = 0;
};

TEST_F(VerifyTest, FindsNothingAfterACleanStop) {
  EXPECT_EQ(Run(), "");
  EXPECT_EQ(totals_.partitions, 1);
  EXPECT_EQ(totals_.segments, static_cast<int64_t>(logs_.size()));
  EXPECT_EQ(totals_.batches, 24);
  EXPECT_EQ(totals_.records, 24);
  ASSERT_GT(logs_.size(), 3u);
}

TEST_F(VerifyTest, TellsTheRangeAndTheProducerOfADamagedBatch) {
  std::string bytes = Read(kFirst);
  bytes[100] = 'x';
  Write(kFirst, bytes);
  ExpectDamage(kFirst +
               ": damage reason: the checksum of a batch is wrong acked_loss: yes "
               "from_byte: 0 to_byte: ");
  EXPECT_NE(Run().find("from_offset: 0 to_offset: 1 producers_affected: [7]"), std::string::npos);
  EXPECT_EQ(damage_, 1);
}

TEST_F(VerifyTest, TellsWhereNoBatchBegins) {
  std::string bytes = Read(kFirst);
  bytes[16] = 9;  // magic
  Write(kFirst, bytes);
  ExpectDamage(kFirst + ": damage reason: no batch begins where one should acked_loss: yes");
}

TEST_F(VerifyTest, ATornTailIsHarmless) {
  Write(logs_.back(), Read(logs_.back()) + "torn");
  ExpectHarmless(logs_.back() + ": harmless reason: a torn tail acked_loss: no");
  const std::string bytes = Read(logs_.back());
  Write(logs_.back(), bytes.substr(0, bytes.size() - 4) + std::string(100, '\0'));
  ExpectHarmless("zeros behind the last batch");
}

TEST_F(VerifyTest, AShorterSegmentIsDamage) {
  Write(logs_.back(), "");
  ExpectDamage("shorter than the checkpoint vouches for acked_loss: yes");
}

TEST_F(VerifyTest, AMissingSegmentIsDamage) {
  ASSERT_TRUE(files().Remove(logs_[1]).ok());
  ExpectDamage(logs_[1] + ": damage reason: the checkpoint knows this segment, and it is gone");
  EXPECT_NE(Run().find(logs_[2] + ": harmless"), 0u);
}

TEST_F(VerifyTest, SidecarsAreHarmless) {
  for (const std::string_view suffix :
       {storage::kOffsetIndexSuffix, storage::kTimeIndexSuffix, storage::kSnapshotSuffix,
        storage::kCheckpointName, storage::kLeaderEpochsName}) {
    const std::string path = FileWith(suffix);
    const std::string before = Read(path);
    Write(path, "damaged!");
    ExpectHarmless(path + ": harmless");
    ASSERT_TRUE(files().Remove(path).ok());
    Run();
    EXPECT_EQ(damage_, 0) << suffix;
    Write(path, before);
  }
  EXPECT_EQ(Run(), "");
}

TEST_F(VerifyTest, ReadsKafkasFoldersAsWell) {
  ASSERT_TRUE(files().Rename("topic/3", "topic-3").ok());
  ASSERT_TRUE(files().Remove("topic-3/log.checkpoint").ok());
  EXPECT_EQ(Run(), "");
  EXPECT_EQ(totals_.records, 24);
}

TEST_F(VerifyTest, HoldsFoldersAgainstTheMetadata) {
  const auto ignore = [](std::string_view) { return Status(); };
  {
    auto journal = storage::Journal::Open(files(), "metadata", ignore);
    ASSERT_TRUE(journal.ok());
    auto topic = std::make_shared<metadata::TopicInfo>();
    topic->name = "topic";
    topic->id = store_.id().topic_id;
    topic->partitions.resize(4);
    ASSERT_TRUE((*journal)->Append(metadata::EncodeRecords({metadata::TopicRecord{topic}})).ok());
  }
  EXPECT_EQ(Run(), "");
  ASSERT_TRUE(files().Rename("topic/3", "topic/4").ok());
  ExpectHarmless("topic/4: harmless reason: the topic has no partition of this number");
  ASSERT_TRUE(files().Rename("topic", "other").ok());
  ExpectHarmless("other/4: harmless reason: belongs to topic id");
  const std::string path = "metadata/00000000000000000000.journal";
  const std::string whole = Read(path);
  Write(path, whole + "torn");
  ExpectHarmless("metadata: harmless reason: the last journal ends in 4 bytes");
  EXPECT_EQ(Read(path), whole + "torn");
  Write(path, whole.substr(0, whole.size() - 1));
  ExpectDamage(
      "metadata: damage reason: metadata/00000000000000000000.journal: damaged at byte 12");
  ASSERT_TRUE(files().Remove("metadata/journal.mark").ok());
  ExpectHarmless("bytes of a record that was not acknowledged");
  Write(path, whole.substr(0, whole.size() - 1) + "?");
  ExpectDamage("bytes of a record that does not check out");
  Write(path, "no journal of ours");
  ExpectDamage("damaged at byte 0: not a journal of ours");
}

TEST_F(VerifyTest, TellsOfLeftovers) {
  ASSERT_TRUE(files().MakeDirs("import~/t").ok());
  Write("topic/3/00000000000000000099.log.cut", "");
  Write("topic/3/log.checkpoint.tmp", "");
  const std::string rows = Run();
  EXPECT_EQ(harmless_, 3) << rows;
  EXPECT_EQ(damage_, 0) << rows;
}

TEST_F(VerifyTest, LeavesAloneWhatWaitsForItsRemoval) {
  ASSERT_TRUE(files().MakeDirs("@deleted/AAAAAAAAAAAAAAAAAAAAAA-4").ok());
  Write("@deleted/AAAAAAAAAAAAAAAAAAAAAA-3-00000000000000000000.log", "anything");
  Write("@deleted/AAAAAAAAAAAAAAAAAAAAAA-4/00000000000000000000.log", "anything");
  const std::string rows = Run();
  EXPECT_EQ(harmless_, 0) << rows;
  EXPECT_EQ(damage_, 0) << rows;
}

}  // namespace
}  // namespace odradek::inspect
