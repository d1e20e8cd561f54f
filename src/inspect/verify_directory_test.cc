// What verify says of sidecars, folders and the directory as a whole.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>

#include "inspect/testing/verify_fixture.h"
#include "inspect/verify_sidecars.h"

namespace odradek::inspect {
namespace {

using storage::Layer;
using storage::StoreHarness;

class VerifyDirectoryTest : public VerifyFixture {
 protected:
  // Without what Kafka has not.
  void MakeKafkasFolder() {
    ASSERT_TRUE(files().Rename("topic/3", "topic-3").ok());
    const Result<std::vector<DirEntry>> entries = files().List("topic-3");
    ASSERT_TRUE(entries.ok());
    for (const DirEntry& entry : *entries) {
      const bool is_kafkas =
          entry.name != storage::kCheckpointName && !entry.name.ends_with(storage::kFooterSuffix);
      if (is_kafkas) continue;
      ASSERT_TRUE(files().Remove("topic-3/" + entry.name).ok());
    }
  }
};

TEST_F(VerifyDirectoryTest, SidecarsAreHarmless) {
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

// It still fits the segment: the times in it rise.
TEST_F(VerifyDirectoryTest, AnotherTimestampInATimeIndexIsHarmless) {
  const std::string path = FileWith(storage::kTimeIndexSuffix);
  std::string bytes = Read(path);
  ASSERT_FALSE(bytes.empty());
  bytes[7] = static_cast<char>(bytes[7] ^ 1);
  Write(path, bytes);
  ExpectHarmless(path + ": harmless");
}

TEST_F(VerifyDirectoryTest, AMissingCheckpointIsToldWhereItHasBeen) {
  ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());
  ExpectHarmless("topic/3/log.checkpoint: harmless reason: is gone; the log will be read from its");
}

TEST_F(VerifyDirectoryTest, ReadsKafkasFoldersAsWell) {
  MakeKafkasFolder();
  EXPECT_EQ(Run(), "");
  EXPECT_EQ(totals_.records, 24);
}

// The broker that wrote it may have been one with ZooKeeper.
TEST_F(VerifyDirectoryTest, LeavesAloneWhatIsKafkasAtTheTop) {
  MakeKafkasFolder();
  ASSERT_TRUE(files().RemoveTree("topic").ok());
  ASSERT_TRUE(files().RemoveTree("metadata").ok());
  Write("meta.properties", "#\nversion=0\nbroker.id=1\n");
  Write("recovery-point-offset-checkpoint.tmp", "0\n");
  EXPECT_EQ(Run(), "");
  EXPECT_EQ(totals_.records, 24);
}

TEST_F(VerifyDirectoryTest, HoldsFoldersAgainstTheMetadata) {
  ASSERT_TRUE(files().Rename("topic", "other").ok());
  ExpectDamage("other/3: damage reason: belongs to topic topic: give it the right name");
  ASSERT_TRUE(files().Rename("other", "topic").ok());
  WriteTopics({"other", "topic"});
  ExpectDamage("topic/3: damage reason: belongs to topic other: give it the right name");
  const std::string id = store_.id().topic_id.ToString();
  store_.ChangeTopicId();
  WriteTopics({"topic"});
  ExpectHarmless("topic/3: harmless reason: belongs to topic id " + id +
                 ", which the metadata does not know; it is not served acked_loss: unknown");
}

TEST_F(VerifyDirectoryTest, TellsOfPartitionsThatTheTopicDoesNotHave) {
  ASSERT_TRUE(files().Rename("topic/3", "topic/4").ok());
  ASSERT_TRUE(files().Remove("topic/4/log.checkpoint").ok());
  ExpectHarmless("topic/4: harmless reason: the topic has no partition of this number");
}

TEST_F(VerifyDirectoryTest, TellsOfAFolderThatHoldsAnotherPartitionsLog) {
  ASSERT_TRUE(files().Rename("topic/3", "topic/1").ok());
  ExpectDamage("topic/1: damage reason: holds the log of " + store_.id().topic_id.ToString() +
               "-3: give it the right name; it is not served acked_loss: yes");
}

// A device that fails at one place is what one runs it for.
TEST_F(VerifyDirectoryTest, TellsWhatCannotBeReadAndGoesOn) {
  ASSERT_TRUE(files().Rename("topic/3", "topic/1").ok());
  const std::string sound = Run();
  ASSERT_NE(sound.find("holds the log of"), std::string::npos);
  FaultyFiles faulty(files());
  std::string rows;
  Report report(Form::kText, [&](std::string_view text) { rows += text; });
  int64_t unread = 0;
  for (int64_t nth = 0;; ++nth) {
    rows.clear();
    Findings findings(report);
    const int64_t failures = faulty.plan().failures();
    faulty.plan().Heal();
    faulty.plan().Fail(FileCall::kOpen, nth, StatusCode::kFatal);
    VerifyTotals totals;
    VerifyPartition(faulty, "topic/1", {}, findings, totals);
    if (faulty.plan().failures() == failures) break;
    if (rows.find("cannot be read") == std::string::npos) continue;
    ++unread;
    EXPECT_GT(totals.segments, 0) << nth;
    EXPECT_EQ(rows.find("missing before"), std::string::npos) << rows;
  }
  EXPECT_GT(unread, static_cast<int64_t>(logs_.size())) << "the first tells whose the log is, too";
}

TEST_F(VerifyDirectoryTest, AnIndexThatCannotBeReadIsToldToo) {
  FaultyFiles faulty(files());
  faulty.plan().Fail(FileCall::kOpen, 0, StatusCode::kFatal, /*forever=*/true);
  Report report(Form::kText, [](std::string_view) {});
  Findings findings(report);
  VerifyIndexes(faulty, "topic/3", {.base_offset = 0, .end_offset = 8, .batches = {}, .damage = {}},
                findings);
  EXPECT_EQ(findings.harmless(), 3);
}

TEST_F(VerifyDirectoryTest, SidecarsOfAnotherPartitionAreHarmless) {
  StoreHarness other{Layer::kProcess};
  other.ChangeTopicId();
  other.Reopen();
  other.Append({"another value"});
  ASSERT_TRUE(other.store().Close().ok());
  for (const std::string name : {"topic/3/log.checkpoint", "topic/3/partition.metadata"}) {
    const std::string ours = Read(name);
    const std::string theirs = *other.files().ReadAll(name);
    ASSERT_NE(ours, theirs);
    Write(name, theirs);
    Run();
    EXPECT_EQ(damage_, 0) << name;
    EXPECT_GT(harmless_, 0) << name;
    Write(name, ours);
  }
  EXPECT_EQ(Run(), "");
}

// A start takes the whole partition out of service, if appends have to be on the device.
TEST_F(VerifyDirectoryTest, ALogThatNothingTellsOfIsDamage) {
  const std::string metadata = "topic/3/partition.metadata";
  const std::string checkpoint = "topic/3/log.checkpoint";
  for (const bool is_there : {true, false}) {
    for (const std::string& path : {metadata, checkpoint}) {
      Write(path, "");
      if (is_there) continue;
      ASSERT_TRUE(files().Remove(path).ok());
    }
    ExpectDamage("topic/3: damage reason: nothing tells whose log it is; no import takes it, and " +
                 std::string("a start with power sets it aside acked_loss: unknown"));
    EXPECT_EQ(damage_, 1);
    EXPECT_EQ(harmless_, 0);
  }
  for (const std::string& log : logs_) ASSERT_TRUE(files().Remove(log).ok());
  Write(kFirst, "");
  ExpectHarmless(metadata + ": harmless reason: holds no topic id; the folder is taken for the");
}

TEST_F(VerifyDirectoryTest, ACheckpointTellsWhoseTheLogIs) {
  const std::string path = "topic/3/partition.metadata";
  Write(path, "");
  ExpectHarmless(path + ": harmless reason: holds no topic id; the checkpoint tells it");
  WriteTopics({"other", "topic"});
  ExpectDamage("topic/3: damage reason: belongs to topic other: give it the right name");
}

// A start takes neither for missing, and does not serve the log.
TEST_F(VerifyDirectoryTest, WhatMayTellWhoseTheLogIsHasToBeReadable) {
  Write("topic/3/partition.metadata", "");
  for (const int64_t nth : {0, 1}) {
    FaultyFiles faulty(files());
    faulty.plan().Fail(FileCall::kOpen, nth, StatusCode::kFatal);
    std::string rows;
    Report report(Form::kText, [&](std::string_view text) { rows += text; });
    Findings findings(report);
    VerifyTotals totals;
    VerifyPartition(faulty, "topic/3", {}, findings, totals);
    const std::string name = nth == 0 ? "partition.metadata" : "log.checkpoint";
    EXPECT_TRUE(rows.starts_with("topic/3/" + name + ": damage reason: cannot be read: ")) << rows;
    EXPECT_EQ(findings.damage(), 1);
    EXPECT_EQ(totals.records, 24);
  }
}

// A start does not set aside what it could not ask.
TEST_F(VerifyDirectoryTest, AFolderOfAnotherTopicHasToHaveACheckpointThatIsReadable) {
  WriteTopics({"other", "topic"});
  ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());
  ASSERT_TRUE(files().MakeDirs("topic/3/log.checkpoint").ok());
  const std::string rows = Run();
  EXPECT_NE(rows.find("topic/3/log.checkpoint: damage reason: cannot be read: "), std::string::npos)
      << rows;
  EXPECT_EQ(rows.find("it is not served"), std::string::npos) << rows;
}

TEST_F(VerifyDirectoryTest, LooksAtWhoseTheDirectoryIs) {
  const std::string path = "meta.properties";
  const std::string sound = Read(path);
  Write(path, sound + "cluster.id=d\n");
  ExpectDamage(path + ": damage reason: cluster.id is there more than once acked_loss: no");
  Write(path, "version=1\n");
  ExpectDamage(path + ": damage reason: meta.properties: cluster.id is missing");
  ASSERT_TRUE(files().Remove(path).ok());
  ExpectDamage(path + ": damage reason: is missing");
}

TEST_F(VerifyDirectoryTest, LooksForTheMetadataOfTheTopicsThatAreThere) {
  ASSERT_TRUE(files().RemoveTree("metadata").ok());
  ExpectDamage("metadata: damage reason: is missing, and there are folders of topics");
  ASSERT_TRUE(files().MakeDirs("metadata").ok());
  ExpectDamage("metadata: damage reason: holds no record, and there are folders of topics");
  Write("metadata/00000000000000000000.journal", "");
  ExpectDamage("metadata: damage reason: holds no record, and there are folders of topics");
}

TEST_F(VerifyDirectoryTest, AFirstStartThatWasKilledIsHarmless) {
  ASSERT_TRUE(files().RemoveTree("topic").ok());
  ASSERT_TRUE(files().RemoveTree("metadata").ok());
  ASSERT_TRUE(files().Rename("meta.properties", "meta.properties.tmp").ok());
  ExpectHarmless("meta.properties.tmp: harmless reason: was not finished");
  EXPECT_EQ(harmless_, 1);
}

TEST_F(VerifyDirectoryTest, ADirectoryOfSomethingElseIsNoneToLookAt) {
  Files& data = files();
  const auto verify = [&](Files& where) {
    Report report(Form::kText, [](std::string_view) {});
    Findings findings(report);
    return Verify(where, {}, findings).status().ToString();
  };
  const std::string ok = Status().ToString();
  const std::string none =
      Invalid("this is no data directory: it holds no meta.properties and no partition").ToString();
  const std::unique_ptr<Files> other = MakeMemoryFiles();
  EXPECT_EQ(verify(*other), none);
  ASSERT_TRUE(other->MakeDirs("data/metadata").ok());  // one above ours
  ASSERT_TRUE(other->MakeDirs("data/topic/3").ok());
  EXPECT_EQ(verify(*other), none);
  ASSERT_TRUE(other->MakeDirs("jobs/4711").ok());
  EXPECT_EQ(verify(*other), none) << "as /tmp has them";
  for (const char* name : {"output", "meta.properties", "@damage-reports.jsonl"}) {
    ASSERT_TRUE(other->WriteAtomically(std::string("jobs/4711/") + name, "x").ok());
    EXPECT_EQ(verify(*other), none) << name;
  }
  ASSERT_TRUE(data.RemoveTree("metadata").ok());
  ASSERT_TRUE(data.Remove("meta.properties").ok());
  EXPECT_EQ(verify(data), ok) << "folders that were copied";
  ASSERT_TRUE(data.Rename("topic/3", "topic-3").ok());
  EXPECT_EQ(verify(data), ok);
  ASSERT_TRUE(data.RemoveTree("topic-3").ok());
  EXPECT_EQ(verify(data), none);
  ASSERT_TRUE(data.MakeDirs("import~/t").ok());
  EXPECT_EQ(verify(data), ok) << "there is something to tell";
  ASSERT_TRUE(data.RemoveTree("import~").ok());
  ASSERT_TRUE(data.MakeDirs("metadata").ok());
  EXPECT_EQ(verify(data), ok);
  ASSERT_TRUE(data.RemoveTree("metadata").ok());
  Write("meta.properties", "cluster.id=c\nnode.id=0\nversion=1\n");
  EXPECT_EQ(verify(data), ok);
}

TEST_F(VerifyDirectoryTest, TellsOfTheEndOfTheJournal) {
  const std::string path = "metadata/00000000000000000000.journal";
  WriteTopics({"topic"});
  const std::string whole = Read(path);
  Write(path, whole + "torn");
  testing::internal::CaptureStderr();
  ExpectHarmless(
      "metadata: harmless reason: the last journal ends in 4 bytes, which the next start cuts off: "
      "a record that a crash has broken off");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "nothing has been cut";
  EXPECT_EQ(Read(path), whole + "torn");
  Write(path, whole.substr(0, whole.size() - 1));
  ExpectDamage(
      "metadata: damage reason: metadata/00000000000000000000.journal: damaged at byte 12");
  ASSERT_TRUE(files().Remove("metadata/journal.mark").ok());
  ExpectDamage("without journal.mark nothing tells whether it counted acked_loss: unknown");
  Write(path, whole.substr(0, whole.size() - 1) + "?");
  ExpectDamage("a last record that does not check out");
  Write(path, "no journal of ours");
  ExpectDamage(
      "damaged at byte 0: not a journal of ours; what to do: put the whole data "
      "directory back from a backup; without one, copy the folders");
  EXPECT_NE(Run().find(" acked_loss: yes"), std::string::npos) << "as the report of a start says";
}

TEST_F(VerifyDirectoryTest, TellsOfLeftovers) {
  ASSERT_TRUE(files().MakeDirs("import~/t").ok());
  Write("topic/3/log.checkpoint.tmp", "");
  const std::string rows = Run();
  EXPECT_EQ(harmless_, 2) << rows;
  EXPECT_EQ(damage_, 0) << rows;
}

// What a start took out may have been acknowledged: only its report can say that it was not.
TEST_F(VerifyDirectoryTest, WhatWasSetAsideIsToBeLookedAt) {
  const std::string journal = "metadata/00000000000000000000.journal.12.cut";
  const std::string segment = "topic/3/00000000000000000099.log.cut";
  const std::string folder = "topic/2.stray-AAAAAAAAAAAAAAAAAAAAAQ-3";
  Write(journal, "");
  Write(segment, "");
  ASSERT_TRUE(files().MakeDirs(folder).ok());
  for (const std::string& path : {journal, segment}) {
    ExpectDamage(path + ": damage reason: a start has set it aside, and it may hold acknowledged " +
                 "records: look at it with dump-log, then move it away or remove it " +
                 "acked_loss: unknown");
  }
  ExpectDamage(
      folder + ": damage reason: a start has set it aside, and it may hold acknowledged " +
      "records: if somebody has renamed it, give it its right name back; else look at it " +
      "with dump-log, then move it away or remove it acked_loss: unknown");
  EXPECT_EQ(damage_, 3);
  storage::DamageReport report;
  report.kept_aside = segment;
  std::string reports;
  for (const auto loss :
       {storage::DamageReport::AckedLoss::kYes, storage::DamageReport::AckedLoss::kNo}) {
    report.acked_loss = loss;
    reports += report.ToJson() + "\n";
    Write(std::string(storage::kDamageReportsName), reports);
    Run();
    const bool is_lost = loss == storage::DamageReport::AckedLoss::kYes;
    EXPECT_EQ(damage_, is_lost ? 3 : 2);  // the last report counts
    EXPECT_EQ(harmless_, is_lost ? 0 : 1);
  }
  EXPECT_NE(Run().find(segment + ": harmless"), std::string::npos);
}

TEST_F(VerifyDirectoryTest, WhatIsNoFileIsAFindingOfItsPartition) {
  const std::string root = store_.root();
  const std::string folder = "topic/3/00000000000000003490.log";
  const std::string pipe = "topic/3/00000000000000003491.log";
  ASSERT_TRUE(files().MakeDirs(folder).ok());
  ASSERT_EQ(mkfifo((root + "/" + pipe).c_str(), 0600), 0);
  for (const std::string name : {"00000000000000000000.txnindex", "log.checkpoint"}) {
    (void)files().Remove("topic/3/" + name);
    ASSERT_EQ(mkfifo((root + "/topic/3/" + name).c_str(), 0600), 0);
  }
  const std::string rows = Run();
  for (const std::string& path : {folder, pipe})
    EXPECT_NE(rows.find(path + ": damage reason: cannot be read: "), std::string::npos) << rows;
  EXPECT_NE(rows.find("topic/3/log.checkpoint: harmless reason: is no file"), std::string::npos);
  EXPECT_EQ(damage_, 2) << rows;
  EXPECT_EQ(totals_.records, 24);
}

TEST_F(VerifyDirectoryTest, FollowsLinksToFoldersAsTheBrokerDoes) {
  const std::string root = store_.root();
  ASSERT_TRUE(files().Rename("topic/3", "elsewhere~").ok());
  ASSERT_EQ(symlink("../elsewhere~", (root + "/topic/3").c_str()), 0);
  EXPECT_EQ(Run(), "");
  EXPECT_EQ(totals_.records, 24);
  ASSERT_TRUE(files().Rename("topic", "topic~").ok());
  ASSERT_EQ(symlink("topic~", (root + "/topic").c_str()), 0);
  Run();
  EXPECT_EQ(damage_, 0);
  EXPECT_GE(totals_.records, 24);
}

// Nor does it end what is told of the other partitions.
TEST_F(VerifyDirectoryTest, NoReadThatFailsEndsTheRun) {
  FaultyFiles faulty(files());
  for (const FileCall call : {FileCall::kRead, FileCall::kList}) {
    std::string rows;
    for (int64_t nth = call == FileCall::kList ? 1 : 0;; ++nth) {
      Report report(Form::kText, [&](std::string_view text) { rows += text; });
      Findings findings(report);
      const int64_t failures = faulty.plan().failures();
      faulty.plan().Heal();
      faulty.plan().Fail(call, nth, StatusCode::kFatal);
      const auto totals = Verify(faulty, {}, findings);
      ASSERT_TRUE(totals.ok()) << totals.status().ToString();
      if (faulty.plan().failures() == failures) break;
    }
    EXPECT_NE(rows.find(": damage reason: cannot be read: "), std::string::npos) << rows;
  }
}

TEST_F(VerifyDirectoryTest, LeavesAloneWhatWaitsForItsRemoval) {
  ASSERT_TRUE(files().MakeDirs("@deleted/AAAAAAAAAAAAAAAAAAAAAA-4").ok());
  Write("@deleted/AAAAAAAAAAAAAAAAAAAAAA-3-00000000000000000000.log", "anything");
  Write("@deleted/AAAAAAAAAAAAAAAAAAAAAA-4/00000000000000000000.log", "anything");
  const std::string rows = Run();
  EXPECT_EQ(harmless_, 0) << rows;
  EXPECT_EQ(damage_, 0) << rows;
}

}  // namespace
}  // namespace odradek::inspect
