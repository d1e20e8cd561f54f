#include "inspect/verify.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "inspect/verify_sidecars.h"
#include "metadata/records.h"
#include "storage/journal/journal.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"
#include "storage/local/header_scan.h"
#include "storage/local/log_checkpoint.h"
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
    Write("meta.properties", "cluster.id=c\nnode.id=0\nversion=1\n");
    WriteTopics({"topic", "empty"});
  }

  // The first has the id of the store's topic, and four partitions as the others.
  void WriteTopics(const std::vector<std::string>& names) {
    ASSERT_TRUE(files().RemoveTree("metadata").ok());
    auto journal =
        storage::Journal::Open(files(), "metadata", [](std::string_view) { return Status(); });
    ASSERT_TRUE(journal.ok());
    for (const std::string& name : names) {
      auto topic = std::make_shared<metadata::TopicInfo>();
      topic->name = name;
      topic->id = name == names.front() ? store_.id().topic_id : random_.NewUuid();
      topic->partitions.resize(4);
      ASSERT_TRUE((*journal)->Append(metadata::EncodeRecords({metadata::TopicRecord{topic}})).ok());
    }
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
  // The files of the partition.
  std::map<std::string, std::string> Image() {
    std::map<std::string, std::string> image;
    for (const std::string& name : store_.FileNames())
      image["topic/3/" + name] = Read("topic/3/" + name);
    return image;
  }
  void Restore(const std::map<std::string, std::string>& image) {
    ASSERT_TRUE(files().RemoveTree("topic/3").ok());
    ASSERT_TRUE(files().MakeDirs("topic/3").ok());
    for (const auto& [path, content] : image) Write(path, content);
  }
  // Reads to the end, past what is damaged.
  void ReadThrough() {
    for (int64_t at = store_.log().offsets().start; at < store_.log().offsets().end;) {
      storage::ReadResult read;
      (void)store_.log().Read(
          {.offset = at, .offset_limit = INT64_MAX, .max_bytes = 1 << 20, .at_least_one = true},
          &read);
      ASSERT_GT(read.next_offset, at);
      at = read.next_offset;
    }
  }
  // The rows about everything, as text.
  std::string Run() {
    std::string rows;
    Report report(Form::kText, [&](std::string_view text) { rows += text; });
    Findings findings(report);
    const auto totals = Verify(files(), {}, findings);
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
  SeededRandom random_{3};
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

// Before a start and after it, by which the store knows.
TEST_F(VerifyTest, TellsADamageOnce) {
  for (const std::string& log : {logs_[1], logs_.back()}) {
    const std::string sound = Read(log);
    std::string flipped = sound;
    flipped[100] ^= 1;
    std::string headless = sound;
    headless[16] = 9;  // magic
    for (const std::string& bytes : {flipped, headless, sound.substr(0, sound.size() - 10),
                                     sound.substr(0, 20), std::string()}) {
      const auto image = Image();
      Write(log, bytes);
      const std::string before = Run();
      EXPECT_EQ(damage_, 1) << before;
      store_.Reopen();
      ReadThrough();
      ASSERT_TRUE(store_.store().Close().ok());
      const std::string rows = Run();
      EXPECT_EQ(damage_, 1) << rows;
      EXPECT_NE(rows.find("known to be damaged, and not served acked_loss: yes"), std::string::npos)
          << rows;
      EXPECT_EQ(rows.find("to_offset: -1"), std::string::npos) << rows;
      store_.Crash();
      Restore(image);
    }
  }
}

// Wherever in a header it is, and whether the log is known to have no gaps by the checkpoint or by
// the metadata.
TEST_F(VerifyTest, AFlippedBitInAHeaderIsToldAsDamageOfThatBatchAlone) {
  const std::string& log = logs_[1];
  const std::string sound = Read(log);
  const auto base = storage::ParseOffsetFileName(log.substr(log.size() - 24), storage::kLogSuffix);
  ASSERT_TRUE(base.has_value());
  const auto size = static_cast<size_t>(records::BatchView(sound.data()).size());
  ASSERT_GE(sound.size(), 3 * size);
  const auto told = [](std::string_view name, size_t from) {
    return std::string(name) + ": " + std::to_string(from);
  };
  for (const bool has_checkpoint : {true, false}) {
    if (!has_checkpoint) {
      ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());
    }
    for (size_t bit = 0; bit < 8 * records::kHeaderSizeBytes; ++bit) {
      const size_t at = bit / 8;
      const bool is_epoch = at >= records::field::kLeaderEpoch && at < records::field::kMagic;
      if (is_epoch && !has_checkpoint) continue;  // nothing tells
      std::string flipped = sound;
      flipped[size + at] ^= static_cast<char>(1 << (bit % 8));
      Write(log, flipped);
      const std::string rows = Run();
      ASSERT_EQ(damage_, 1) << bit << rows;
      ASSERT_EQ(harmless_, 0) << bit << rows;
      ASSERT_EQ(totals_.records, is_epoch ? 24 : 23) << bit;
      if (is_epoch) continue;  // by the checksum over the segment
      const std::string bytes = told("from_byte", size) + " " + told("to_byte", 2 * size) + " " +
                                told("from_offset", static_cast<size_t>(*base) + 1) + " " +
                                told("to_offset", static_cast<size_t>(*base) + 2);
      ASSERT_NE(rows.find(bytes), std::string::npos) << bit << rows;
      if (at >= records::field::kMagic) continue;
      const bool tells = storage::IsSoundHeader(records::BatchView(flipped.data() + size));
      ASSERT_EQ(rows.find("producers_affected: [7]") != std::string::npos, tells) << bit << rows;
    }
  }
}

TEST_F(VerifyTest, AnOffsetThatIsTooLargeIsToldForItselfWhereThereMayBeGapsToo) {
  const std::string path = "topic/3/log.checkpoint";
  auto checkpoint = storage::LogCheckpoint::Decode(Read(path));
  ASSERT_TRUE(checkpoint.has_value());
  for (storage::SegmentSummary& segment : checkpoint->segments) --segment.record_count;
  Write(path, checkpoint->Encode());
  ASSERT_EQ(Run(), "");
  const std::string sound = Read(logs_.back());
  for (size_t at = 0; at < 8; ++at) {
    std::string flipped = sound;
    flipped[at] ^= 0x40;
    Write(logs_.back(), flipped);
    const std::string rows = Run();
    EXPECT_EQ(damage_, 1) << rows;
    EXPECT_NE(rows.find("from_offset: 21 to_offset: 22"), std::string::npos) << rows;
    EXPECT_EQ(totals_.records, 23);
  }
}

// The other segments go on where it would have.
TEST_F(VerifyTest, ADamagedEndOfASegmentIsToldOnceWithoutACheckpointToo) {
  ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());
  const std::string sound = Read(logs_[1]);
  const auto size = static_cast<size_t>(records::BatchView(sound.data()).size());
  for (const size_t at : {size_t{7}, records::field::kLength + 3, records::field::kCrc}) {
    std::string flipped = sound;
    flipped[sound.size() - size + at] ^= 1;
    Write(logs_[1], flipped);
    const std::string rows = Run();
    EXPECT_EQ(damage_, 1) << rows;
    EXPECT_NE(rows.find("to_byte: " + std::to_string(sound.size())), std::string::npos) << rows;
    EXPECT_EQ(rows.find("to_offset: -1"), std::string::npos) << rows;
    EXPECT_EQ(totals_.records, 23);
  }
}

TEST_F(VerifyTest, DamageBesideKnownDamageIsToldForItself) {
  std::string bytes = Read(kFirst);
  const auto size = static_cast<size_t>(records::BatchView(bytes.data()).size());
  bytes[size + 100] ^= 1;
  Write(kFirst, bytes);
  store_.Reopen();
  ReadThrough();
  ASSERT_TRUE(store_.store().Close().ok());
  for (const size_t at : {size_t{0}, 2 * size}) {
    std::string more = bytes;
    more[at + 7] ^= 1;  // base offset
    Write(kFirst, more);
    const std::string rows = Run();
    EXPECT_EQ(damage_, 2) << rows;
    EXPECT_NE(rows.find("known to be damaged, and not served"), std::string::npos) << rows;
    EXPECT_NE(rows.find("the offsets of a batch are wrong acked_loss: yes from_byte: " +
                        std::to_string(at) + " to_byte: " + std::to_string(at + size)),
              std::string::npos)
        << rows;
    EXPECT_EQ(totals_.records, 22);
  }
}

TEST_F(VerifyTest, TellsWhereNoBatchBegins) {
  std::string bytes = Read(kFirst);
  bytes[16] = 9;  // magic
  Write(kFirst, bytes);
  ExpectDamage(kFirst + ": damage reason: no batch begins where one should acked_loss: yes");
}

// As Kafka, Produce looks at these only where it has to decompress them.
TEST_F(VerifyTest, OffsetsThatAProducerGotWrongAreNoDamage) {
  ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());  // it knows where the log ends
  for (const std::vector<int32_t>& deltas : {std::vector{-4, 1, 2}, std::vector{0, 0, 0}}) {
    std::string bytes = store_.Batch({"a", "b", "c"});
    size_t at = records::kHeaderSizeBytes;
    const size_t record_size = (bytes.size() - at) / deltas.size();
    for (const int32_t delta : deltas) {
      bytes[at + 3] = static_cast<char>(delta < 0 ? -2 * delta - 1 : 2 * delta);  // zigzag
      at += record_size;
    }
    records::SetBaseOffset(bytes.data(), deltas[0] == 0 ? 27 : 24);
    records::StampCrc(bytes.data());
    Write(logs_.back(), Read(logs_.back()) + bytes);
    ExpectHarmless("numbered its records wrongly; they are served so acked_loss: no");
  }
  EXPECT_EQ(harmless_, 2);
  EXPECT_EQ(totals_.records, 30);
}

TEST_F(VerifyTest, WhatStandsBehindAClosedLogIsHarmless) {
  Write(logs_.back(), Read(logs_.back()) + "torn");
  ExpectHarmless(logs_.back() +
                 ": harmless reason: bytes behind the end of what was written acked_loss: no");
}

TEST_F(VerifyTest, WhatStandsBehindASegmentThatIsKnownToEndIsHarmless) {
  Write(logs_[1], Read(logs_[1]) + std::string(100, 'x'));
  ExpectHarmless(logs_[1] +
                 ": harmless reason: bytes behind the end of what was written acked_loss: no");
  EXPECT_EQ(harmless_, 1);
  EXPECT_EQ(totals_.records, 24);
}

// A start takes what was appended since for no part of the log.
TEST_F(VerifyTest, ACheckpointOfAnEarlierStopIsDamage) {
  const std::string path = "topic/3/log.checkpoint";
  const std::string older = Read(path);
  const auto size = std::to_string(Read(logs_.back()).size());
  store_.Configure({});
  store_.Reopen();
  store_.Append({"late"});
  ASSERT_TRUE(store_.store().Close().ok());
  ASSERT_EQ(Run(), "");
  ASSERT_EQ(totals_.records, 25);
  Write(path, older);
  ExpectDamage(logs_.back() + ": damage reason: bytes behind the end of what was written " +
               "acked_loss: unknown from_byte: " + size);
  EXPECT_EQ(damage_, 1);
  EXPECT_EQ(totals_.records, 24);
}

class VerifyAfterACrash : public testing::Test {
 protected:
  // Three batches in one segment, without a clean stop.
  void Fill(Layer layer) {
    store_ = std::make_unique<StoreHarness>(
        layer, storage::StoreOptions{.directory = "", .boot_id = "boot-1"});
    for (int i = 0; i < 3; ++i) store_->Append({"value"});
    store_->Crash();
  }
  std::string Read() { return *store_->files().ReadAll(path_); }
  void Write(std::string_view bytes) {
    ASSERT_TRUE(store_->files().WriteAtomically(path_, bytes).ok());
  }
  // `boot_id`: of the run of the system that asks.
  void Expect(const std::string& boot_id, const std::string& severity, const std::string& reason) {
    std::string rows;
    Report report(Form::kText, [&](std::string_view text) { rows += text; });
    Findings findings(report);
    VerifyTotals totals;
    VerifyPartition(store_->files(), "topic/3", {.boot_id = boot_id}, findings, totals);
    EXPECT_TRUE(rows.starts_with(path_ + ": " + severity + " reason: " + reason)) << rows;
    EXPECT_EQ(findings.damage() + findings.harmless(), 1) << rows;
  }

  std::unique_ptr<StoreHarness> store_;
  const std::string path_ = "topic/3/00000000000000000000.log";
};

// More was acknowledged than the last checkpoint tells of, unless the process alone has ended.
TEST_F(VerifyAfterACrash, AShortenedBatchMayBeAnAcknowledgedOneAfterAnotherBoot) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    Fill(layer);
    const std::string whole = Read();
    const std::string severity = layer == Layer::kPower ? "damage" : "harmless";
    for (const size_t missing : {size_t{1}, whole.size() / 3 - 20}) {
      Write(whole.substr(0, whole.size() - missing));
      Expect("boot-1", "harmless", "a torn tail acked_loss: unknown");
      Expect("boot-2", severity, "a torn tail acked_loss: unknown");
      Expect("", severity, "a torn tail acked_loss: unknown");
    }
    Write(whole + std::string(100'000, '\0'));
    Expect("boot-1", "harmless", "zeros behind the last batch acked_loss: unknown");
    Expect("boot-2", severity, "zeros behind the last batch acked_loss: unknown");
  }
}

// A start keeps it aside and tells of it, whoever wrote it.
TEST_F(VerifyAfterACrash, AnEndThatNoCrashMakesIsDamage) {
  for (const Layer layer : {Layer::kProcess, Layer::kPower}) {
    Fill(layer);
    const std::string whole = Read();
    std::string flipped = whole;
    flipped.back() ^= 1;
    std::string late = whole + std::string(100'000, '\0');
    late.back() = 'x';
    for (const std::string boot_id : {"boot-1", "boot-2"}) {
      Write(flipped);
      Expect(boot_id, "damage", "the checksum of a batch is wrong acked_loss: unknown");
      Write(whole + std::string(100, 'x'));
      Expect(boot_id, "damage", "a torn tail acked_loss: unknown");
      Write(late);
      Expect(boot_id, "damage", "a torn tail acked_loss: unknown");
    }
  }
}

// In the same run all that the checkpoint tells of has to be there, synced or not.
TEST_F(VerifyAfterACrash, TheCheckpointVouchesForMoreInTheSameRun) {
  Fill(Layer::kProcess);
  const std::string checkpoint = "topic/3/log.checkpoint";
  store_->Reopen();
  store_->Append({"value"});
  ASSERT_TRUE(store_->store().Close().ok());
  store_->Crash();
  auto told = storage::LogCheckpoint::Decode(*store_->files().ReadAll(checkpoint));
  ASSERT_TRUE(told.has_value());
  told->clean = false;
  told->synced_segment = told->synced_position = 0;
  ASSERT_EQ(told->segments.at(0).size_bytes, static_cast<int64_t>(Read().size()));
  ASSERT_TRUE(store_->files().WriteAtomically(checkpoint, told->Encode()).ok());
  std::string bytes = Read();
  bytes.back() ^= 1;
  Write(bytes);
  Expect("boot-1", "damage", "the checksum of a batch is wrong acked_loss: yes");
  Expect("boot-2", "damage", "the checksum of a batch is wrong acked_loss: unknown");
}

// After a failed sync: what took over goes on where the torn one ends.
TEST_F(VerifyAfterACrash, ATornEndThatTheNextSegmentJoinsIsNoPartOfTheLog) {
  Fill(Layer::kProcess);
  ASSERT_TRUE(store_->files().Remove("topic/3/log.checkpoint").ok());
  const std::string whole = Read();
  const size_t size = whole.size() / 3;
  ASSERT_TRUE(store_->files()
                  .WriteAtomically("topic/3/00000000000000000002.log", whole.substr(2 * size))
                  .ok());
  Write(whole.substr(0, 2 * size + 70));
  Expect("boot-1", "harmless", "a torn tail acked_loss: unknown");
  Write(whole.substr(0, size + 70));
  Expect("boot-1", "damage", "no batch begins where one should acked_loss: yes");
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

// The broker that wrote it may have been one with ZooKeeper.
TEST_F(VerifyTest, LeavesAloneWhatIsKafkasAtTheTop) {
  ASSERT_TRUE(files().Rename("topic/3", "topic-3").ok());
  ASSERT_TRUE(files().Remove("topic-3/log.checkpoint").ok());
  ASSERT_TRUE(files().RemoveTree("topic").ok());
  ASSERT_TRUE(files().RemoveTree("metadata").ok());
  Write("meta.properties", "#\nversion=0\nbroker.id=1\n");
  Write("recovery-point-offset-checkpoint.tmp", "0\n");
  EXPECT_EQ(Run(), "");
  EXPECT_EQ(totals_.records, 24);
}

TEST_F(VerifyTest, HoldsFoldersAgainstTheMetadata) {
  ASSERT_TRUE(files().Rename("topic", "other").ok());
  ExpectDamage("other/3: damage reason: belongs to topic topic: give it the right name");
  ASSERT_TRUE(files().Rename("other", "topic").ok());
  WriteTopics({"other", "topic"});
  ExpectDamage("topic/3: damage reason: belongs to topic other: give it the right name");
  store_.ChangeTopicId();
  WriteTopics({"topic"});
  ExpectHarmless("topic/3: harmless reason: belongs to topic id");
}

TEST_F(VerifyTest, TellsOfPartitionsThatTheTopicDoesNotHave) {
  ASSERT_TRUE(files().Rename("topic/3", "topic/4").ok());
  ASSERT_TRUE(files().Remove("topic/4/log.checkpoint").ok());
  ExpectHarmless("topic/4: harmless reason: the topic has no partition of this number");
}

TEST_F(VerifyTest, TellsOfAFolderThatHoldsAnotherPartitionsLog) {
  ASSERT_TRUE(files().Rename("topic/3", "topic/1").ok());
  ExpectDamage("topic/1: damage reason: holds the log of " + store_.id().topic_id.ToString() +
               "-3: give it the right name; a start sets it aside acked_loss: yes");
}

// A device that fails at one place is what one runs it for.
TEST_F(VerifyTest, TellsWhatCannotBeReadAndGoesOn) {
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

TEST_F(VerifyTest, AnIndexThatCannotBeReadIsToldToo) {
  FaultyFiles faulty(files());
  faulty.plan().Fail(FileCall::kOpen, 0, StatusCode::kFatal, /*forever=*/true);
  Report report(Form::kText, [](std::string_view) {});
  Findings findings(report);
  VerifyIndexes(faulty, "topic/3", {.base_offset = 0, .end_offset = 8, .batches = {}, .damage = {}},
                findings);
  EXPECT_EQ(findings.harmless(), 3);
}

TEST_F(VerifyTest, SidecarsOfAnotherPartitionAreHarmless) {
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
TEST_F(VerifyTest, ALogThatNothingTellsOfIsDamage) {
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

TEST_F(VerifyTest, ACheckpointTellsWhoseTheLogIs) {
  const std::string path = "topic/3/partition.metadata";
  Write(path, "");
  ExpectHarmless(path + ": harmless reason: holds no topic id; the checkpoint tells it");
  WriteTopics({"other", "topic"});
  ExpectDamage("topic/3: damage reason: belongs to topic other: give it the right name");
}

// A start takes neither for missing, and does not serve the log.
TEST_F(VerifyTest, WhatMayTellWhoseTheLogIsHasToBeReadable) {
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
TEST_F(VerifyTest, AFolderOfAnotherTopicHasToHaveACheckpointThatIsReadable) {
  WriteTopics({"other", "topic"});
  ASSERT_TRUE(files().Remove("topic/3/log.checkpoint").ok());
  ASSERT_TRUE(files().MakeDirs("topic/3/log.checkpoint").ok());
  const std::string rows = Run();
  EXPECT_NE(rows.find("topic/3/log.checkpoint: damage reason: cannot be read: "), std::string::npos)
      << rows;
  EXPECT_EQ(rows.find("sets it aside"), std::string::npos) << rows;
}

TEST_F(VerifyTest, LooksAtWhoseTheDirectoryIs) {
  const std::string path = "meta.properties";
  const std::string sound = Read(path);
  Write(path, sound + "cluster.id=d\n");
  ExpectDamage(path + ": damage reason: cluster.id is there more than once acked_loss: no");
  Write(path, "version=1\n");
  ExpectDamage(path + ": damage reason: meta.properties: cluster.id is missing");
  ASSERT_TRUE(files().Remove(path).ok());
  ExpectDamage(path + ": damage reason: is missing");
}

TEST_F(VerifyTest, LooksForTheMetadataOfTheTopicsThatAreThere) {
  ASSERT_TRUE(files().RemoveTree("metadata").ok());
  ExpectDamage("metadata: damage reason: is missing, and there are folders of topics");
  ASSERT_TRUE(files().MakeDirs("metadata").ok());
  ExpectDamage("metadata: damage reason: holds no record, and there are folders of topics");
  Write("metadata/00000000000000000000.journal", "");
  ExpectDamage("metadata: damage reason: holds no record, and there are folders of topics");
}

TEST_F(VerifyTest, AFirstStartThatWasKilledIsHarmless) {
  ASSERT_TRUE(files().RemoveTree("topic").ok());
  ASSERT_TRUE(files().RemoveTree("metadata").ok());
  ASSERT_TRUE(files().Rename("meta.properties", "meta.properties.tmp").ok());
  ExpectHarmless("meta.properties.tmp: harmless reason: was not finished");
  EXPECT_EQ(harmless_, 1);
}

TEST_F(VerifyTest, ADirectoryOfSomethingElseIsNoneToLookAt) {
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

TEST_F(VerifyTest, TellsOfTheEndOfTheJournal) {
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
  ExpectDamage("damaged at byte 0: not a journal of ours; metadata/ has to be put back from");
  EXPECT_NE(Run().find(" acked_loss: yes"), std::string::npos) << "as the report of a start says";
}

TEST_F(VerifyTest, TellsOfLeftovers) {
  ASSERT_TRUE(files().MakeDirs("import~/t").ok());
  Write("topic/3/log.checkpoint.tmp", "");
  const std::string rows = Run();
  EXPECT_EQ(harmless_, 2) << rows;
  EXPECT_EQ(damage_, 0) << rows;
}

// What a start took out may have been acknowledged: only its report can say that it was not.
TEST_F(VerifyTest, WhatWasSetAsideIsToBeLookedAt) {
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

TEST_F(VerifyTest, WhatIsNoFileIsAFindingOfItsPartition) {
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

TEST_F(VerifyTest, FollowsLinksToFoldersAsTheBrokerDoes) {
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
TEST_F(VerifyTest, NoReadThatFailsEndsTheRun) {
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
