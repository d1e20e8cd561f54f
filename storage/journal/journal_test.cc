#include "storage/journal/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/testing/faulty_files.h"
#include "base/testing/simulated_disk.h"
#include "storage/journal/frame.h"
#include "storage/local/damage.h"

namespace odradek::storage {
namespace {

constexpr char kFirstFile[] = "meta/00000000000000000000.journal";
constexpr char kMarkFile[] = "meta/journal.mark";

class JournalTest : public testing::Test {
 protected:
  // Opens what the files hold; `records_` is what was replayed.
  Result<std::unique_ptr<Journal>> Open() {
    records_.clear();
    return Journal::Open(*files_, "meta", [this](std::string_view record) {
      records_.emplace_back(record);
      return Status();
    });
  }
  std::unique_ptr<Journal> MustOpen() {
    auto journal = Open();
    EXPECT_TRUE(journal.ok()) << journal.status().ToString();
    return std::move(journal).value();
  }
  std::string Content(const std::string& path) { return files_->ReadAll(path).value(); }
  void Replace(const std::string& path, std::string_view content) {
    ASSERT_TRUE(files_->WriteAtomically(path, content).ok());
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const std::vector<DirEntry> entries = files_->List("meta").value();
    for (const DirEntry& entry : entries) names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string Reports() {
    const auto reports = files_->ReadAll(std::string(kDamageReportsName));
    return reports.ok() ? *reports : std::string();
  }

  std::unique_ptr<Files> files_ = MakeMemoryFiles();
  std::vector<std::string> records_;
};

TEST_F(JournalTest, ReplaysWhatWasAppendedInOrder) {
  auto journal = MustOpen();
  ASSERT_TRUE(journal->Append("one").ok());
  ASSERT_TRUE(journal->Append("").ok());
  ASSERT_TRUE(journal->Append(std::string(100'000, 'x')).ok());

  auto again = MustOpen();
  EXPECT_EQ(records_, (std::vector<std::string>{"one", "", std::string(100'000, 'x')}));
  EXPECT_EQ(again->next_sequence(), 3);
  EXPECT_EQ(again->cut_bytes(), 0);
}

TEST_F(JournalTest, GoesOnAfterARestart) {
  ASSERT_TRUE(MustOpen()->Append("one").ok());
  ASSERT_TRUE(MustOpen()->Append("two").ok());
  MustOpen();
  EXPECT_EQ(records_, (std::vector<std::string>{"one", "two"}));
}

TEST_F(JournalTest, CutsATailTornAtAnyByte) {
  auto journal = MustOpen();
  ASSERT_TRUE(journal->Append("first").ok());
  const size_t kept = Content(kFirstFile).size();
  ASSERT_TRUE(journal->Append("second").ok());
  const std::string whole = Content(kFirstFile);
  for (size_t size = kept; size < whole.size(); ++size) {
    Replace(kFirstFile, std::string_view(whole).substr(0, size));
    auto cut = MustOpen();
    ASSERT_EQ(records_, std::vector<std::string>{"first"}) << "cut at " << size;
    ASSERT_EQ(cut->cut_bytes(), static_cast<int64_t>(size - kept));
    ASSERT_TRUE(cut->Append("instead").ok());
    MustOpen();
    ASSERT_EQ(records_, (std::vector<std::string>{"first", "instead"})) << "cut at " << size;
  }
}

// A client may have put it there.
TEST_F(JournalTest, WhatATornRecordHoldsIsNoRecord) {
  auto journal = MustOpen();
  ASSERT_TRUE(journal->Append("first").ok());
  const size_t kept = Content(kFirstFile).size();
  std::string record = "salt";
  for (int64_t number = 1; number < 4; ++number) record += EncodeFrame(number, "x");
  ASSERT_TRUE(journal->Append(record).ok());
  const std::string whole = Content(kFirstFile);
  for (size_t size = kept; size < whole.size(); ++size) {
    Replace(kFirstFile, std::string_view(whole).substr(0, size));
    MustOpen();
    ASSERT_EQ(records_, std::vector<std::string>{"first"}) << "cut at " << size;
  }
}

TEST_F(JournalTest, StartsAnewIfTheHeaderIsTorn) {
  ASSERT_TRUE(MustOpen() != nullptr);
  const std::string whole = Content(kFirstFile);
  for (size_t size = 0; size < whole.size(); ++size) {
    Replace(kFirstFile, std::string_view(whole).substr(0, size));
    ASSERT_TRUE(MustOpen()->Append("first").ok());
    MustOpen();
    ASSERT_EQ(records_, std::vector<std::string>{"first"}) << "cut at " << size;
  }
}

TEST_F(JournalTest, CutsALastRecordThatIsGarbled) {
  auto journal = MustOpen();
  ASSERT_TRUE(journal->Append("first").ok());
  const size_t kept = Content(kFirstFile).size();
  ASSERT_TRUE(journal->Append("second").ok());
  const std::string whole = Content(kFirstFile);
  for (size_t at = kept; at < whole.size(); ++at) {
    std::string garbled = whole;
    garbled[at] ^= 0x40;
    Replace(kFirstFile, garbled);
    MustOpen();
    ASSERT_EQ(records_, std::vector<std::string>{"first"}) << "flipped at " << at;
  }
}

TEST_F(JournalTest, RefusesDamageWithGoodRecordsBehindIt) {
  auto journal = MustOpen();
  ASSERT_TRUE(journal->Append("first").ok());
  const size_t from = Content(kFirstFile).size();
  ASSERT_TRUE(journal->Append("second").ok());
  const size_t to = Content(kFirstFile).size();
  ASSERT_TRUE(journal->Append("third").ok());
  const std::string whole = Content(kFirstFile);
  for (size_t at = from; at < to; ++at) {
    std::string garbled = whole;
    garbled[at] ^= 0x40;
    Replace(kFirstFile, garbled);
    const auto opened = Open();
    ASSERT_FALSE(opened.ok()) << "flipped at " << at;
    EXPECT_EQ(opened.status().code(), StatusCode::kCorrupt);
    EXPECT_EQ(Content(kFirstFile), garbled);  // nothing was touched
  }
}

// Where files are durable the last record is known to have been on the device.
class MarkedJournalTest : public JournalTest {
 protected:
  MarkedJournalTest() {
    files_ = std::make_unique<SimulatedDisk>();
    auto journal = MustOpen();
    for (const char* record : {"first", "second"}) EXPECT_TRUE(journal->Append(record).ok());
    EXPECT_TRUE(journal->Close().ok());
    whole_ = Content(kFirstFile);
    last_ = whole_.size() - kFrameOverheadBytes - std::string_view("second").size();
  }
  SimulatedDisk& disk() { return static_cast<SimulatedDisk&>(*files_); }
  void ExpectRefused(const std::string& content) {
    const auto opened = Open();
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.status().code(), StatusCode::kCorrupt);
    EXPECT_EQ(Content(kFirstFile), content);  // nothing was touched
    EXPECT_NE(Reports().find(R"("acked_loss":"yes")"), std::string::npos) << Reports();
    ASSERT_TRUE(files_->Remove(std::string(kDamageReportsName)).ok());
  }

  // The last record is wrong, and no mark tells whether it counted. Returns the file.
  std::string GarbleUnmarkedEnd() {
    EXPECT_TRUE(files_->Remove(kMarkFile).ok());
    std::string garbled = whole_;
    garbled.back() ^= 0x40;
    Replace(kFirstFile, garbled);
    return garbled;
  }

  std::string whole_;
  size_t last_ = 0;  // where the last frame begins
};

TEST_F(MarkedJournalTest, RefusesToLoseTheLastRecordToAFlippedBit) {
  for (size_t at = last_; at < whole_.size(); ++at) {
    std::string garbled = whole_;
    garbled[at] ^= 0x40;
    Replace(kFirstFile, garbled);
    ExpectRefused(garbled);
  }
}

TEST_F(MarkedJournalTest, RefusesToLoseRecordsToAnyCut) {
  for (size_t size = 0; size < whole_.size(); ++size) {
    const std::string cut = whole_.substr(0, size);
    Replace(kFirstFile, cut);
    ExpectRefused(cut);
  }
}

TEST_F(MarkedJournalTest, RefusesToGoOnWithoutTheFile) {
  ASSERT_TRUE(files_->Remove(kFirstFile).ok());
  const auto opened = Open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kCorrupt);
}

TEST_F(MarkedJournalTest, KeepsAsideAndTellsWhatItCuts) {
  Replace(kFirstFile, whole_ + "torn");
  EXPECT_EQ(MustOpen()->cut_bytes(), 4);
  EXPECT_EQ(Content(kFirstFile), whole_);
  EXPECT_EQ(Content(kFirstFile + ("." + std::to_string(whole_.size())) + ".cut"), "torn");
  EXPECT_NE(Reports().find(R"("acked_loss":"no")"), std::string::npos) << Reports();
}

TEST_F(MarkedJournalTest, AFullDeviceKeepsNoTornTailFromBeingCut) {
  Replace(kFirstFile, whole_ + "torn");
  disk().set_capacity_bytes(disk().used_bytes());
  EXPECT_EQ(MustOpen()->cut_bytes(), 4);
  EXPECT_EQ(Content(kFirstFile), whole_);
}

TEST_F(MarkedJournalTest, AFullDeviceKeepsALastRecordThatMayHaveCounted) {
  const std::string garbled = GarbleUnmarkedEnd();
  disk().set_capacity_bytes(disk().used_bytes());
  EXPECT_EQ(Open().status().code(), StatusCode::kFull);
  EXPECT_EQ(Content(kFirstFile), garbled);
}

TEST_F(MarkedJournalTest, TellsOfAWholeLastRecordThatMayHaveCounted) {
  GarbleUnmarkedEnd();
  EXPECT_EQ(MustOpen()->cut().acked_loss, DamageReport::AckedLoss::kUnknown);
  EXPECT_EQ(records_, std::vector<std::string>{"first"});
  EXPECT_NE(Reports().find(R"("acked_loss":"unknown")"), std::string::npos) << Reports();
}

// Somebody has removed the mark, as a refused start says, or has damaged it.
TEST_F(MarkedJournalTest, ATornEndWithoutAMarkMayHaveCounted) {
  for (const bool is_there : {false, true}) {
    if (is_there)
      Replace(kMarkFile, "no mark");
    else
      ASSERT_TRUE(files_->Remove(kMarkFile).ok());
    Replace(kFirstFile, whole_.substr(0, whole_.size() - 5));
    EXPECT_GT(MustOpen()->cut_bytes(), 0);
    EXPECT_EQ(records_, std::vector<std::string>{"first"});
    EXPECT_NE(Reports().find(R"("acked_loss":"unknown")"), std::string::npos) << Reports();
    EXPECT_EQ(Reports().find(R"("acked_loss":"no")"), std::string::npos) << Reports();
    ASSERT_TRUE(files_->Remove(std::string(kDamageReportsName)).ok());
  }
}

// Nor does a start that could not cut it make the next one sure.
TEST_F(MarkedJournalTest, ATornEndWithoutAMarkStaysWhereThereIsNoRoomToKeepIt) {
  ASSERT_TRUE(files_->Remove(kMarkFile).ok());
  const std::string torn = whole_.substr(0, whole_.size() - 5);
  Replace(kFirstFile, torn);
  disk().set_capacity_bytes(disk().used_bytes());
  EXPECT_EQ(Open().status().code(), StatusCode::kFull);
  EXPECT_EQ(Content(kFirstFile), torn);
  disk().set_capacity_bytes(1 << 20);
  EXPECT_GT(MustOpen()->cut_bytes(), 0);
  EXPECT_NE(Reports().find(R"("acked_loss":"unknown")"), std::string::npos) << Reports();
}

// An empty one would say that nothing has counted yet.
TEST_F(MarkedJournalTest, AMarkThatCannotBeWrittenIsNotLeftEmpty) {
  ASSERT_TRUE(files_->Remove(kMarkFile).ok());
  disk().set_capacity_bytes(disk().used_bytes());
  (void)MustOpen();
  disk().set_capacity_bytes(1 << 20);
  Replace(kFirstFile, whole_.substr(0, whole_.size() - 5));
  EXPECT_EQ(MustOpen()->cut().acked_loss, DamageReport::AckedLoss::kUnknown);
}

TEST_F(MarkedJournalTest, SaysThatWhatIsBehindTheEndIsLostForGood) {
  Replace(kFirstFile, whole_.substr(0, last_));
  const auto opened = Open();
  EXPECT_NE(opened.status().message().find("is lost for good"), std::string_view::npos);
}

TEST_F(MarkedJournalTest, TakesNoHarmFromADamagedMark) {
  const std::string mark = Content(kMarkFile);
  for (size_t bit = 0; bit < 8 * mark.size(); ++bit) {
    std::string garbled = mark;
    garbled[bit / 8] = static_cast<char>(garbled[bit / 8] ^ (1 << (bit % 8)));
    Replace(kMarkFile, garbled);
    MustOpen();
    ASSERT_EQ(records_, (std::vector<std::string>{"first", "second"})) << "bit " << bit;
  }
}

TEST_F(MarkedJournalTest, MarksEveryRecordWithoutAnotherSync) {
  auto& disk = static_cast<SimulatedDisk&>(*files_);
  auto journal = MustOpen();
  const int64_t syncs = disk.plan().count(FileCall::kSync);
  ASSERT_TRUE(journal->Append("third").ok());
  EXPECT_EQ(disk.plan().count(FileCall::kSync), syncs + 1);
  EXPECT_EQ(DecodeMark(Content(kMarkFile)), 3);
}

TEST_F(JournalTest, SnapshotReplacesWhatCameBefore) {
  auto journal = MustOpen();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(journal->Append("old").ok());
  ASSERT_TRUE(journal->WriteSnapshot({"state a", "state b"}).ok());
  ASSERT_TRUE(journal->Append("new").ok());
  EXPECT_EQ(Names(), (std::vector<std::string>{"00000000000000000010.journal",
                                               "00000000000000000010.snapshot"}));
  auto again = MustOpen();
  EXPECT_EQ(records_, (std::vector<std::string>{"state a", "state b", "new"}));
  EXPECT_EQ(again->next_sequence(), 11);
}

TEST_F(JournalTest, ReadsOnBehindASnapshotThatStartedNoFile) {
  auto journal = MustOpen();
  ASSERT_TRUE(journal->Append("one").ok());
  ASSERT_TRUE(journal->Append("two").ok());
  const std::string before = Content(kFirstFile);
  ASSERT_TRUE(journal->WriteSnapshot({"state"}).ok());
  // As after a crash between the snapshot's rename and the new file.
  ASSERT_TRUE(files_->Remove("meta/00000000000000000002.journal").ok());
  Replace(kFirstFile, before);

  auto again = MustOpen();
  EXPECT_EQ(records_, std::vector<std::string>{"state"});
  ASSERT_TRUE(again->Append("three").ok());
  MustOpen();
  EXPECT_EQ(records_, (std::vector<std::string>{"state", "three"}));
}

TEST_F(JournalTest, RefusesASnapshotCutAnywhere) {
  auto journal = MustOpen();
  ASSERT_TRUE(journal->Append("one").ok());
  ASSERT_TRUE(journal->WriteSnapshot({"state a", "state b"}).ok());
  const std::string path = "meta/00000000000000000001.snapshot";
  const std::string whole = Content(path);
  for (size_t size = 0; size < whole.size(); ++size) {
    Replace(path, std::string_view(whole).substr(0, size));
    ASSERT_FALSE(Open().ok()) << "cut at " << size;
    ASSERT_NE(Reports().find("\"file\":\"" + path + "\""), std::string::npos) << "cut at " << size;
    ASSERT_TRUE(files_->Remove(std::string(kDamageReportsName)).ok());
  }
}

TEST_F(JournalTest, RefusesAMissingFile) {
  auto journal = MustOpen();
  ASSERT_TRUE(journal->Append("one").ok());
  ASSERT_TRUE(journal->WriteSnapshot({"state"}).ok());
  ASSERT_TRUE(journal->Append("two").ok());
  ASSERT_TRUE(files_->Remove("meta/00000000000000000001.snapshot").ok());
  EXPECT_EQ(Open().status().code(), StatusCode::kCorrupt);
  EXPECT_NE(Reports().find("records 0 to 0 are missing before it"), std::string::npos) << Reports();
}

TEST_F(JournalTest, TellsWhetherThereIsOne) {
  EXPECT_FALSE(Journal::Exists(*files_, "meta"));
  auto journal = MustOpen();
  EXPECT_TRUE(Journal::Exists(*files_, "meta"));
  ASSERT_TRUE(journal->WriteSnapshot({"state"}).ok());
  ASSERT_TRUE(files_->Remove(kFirstFile).ok());
  EXPECT_TRUE(Journal::Exists(*files_, "meta"));
  for (const std::string& name : Names()) ASSERT_TRUE(files_->Remove("meta/" + name).ok());
  EXPECT_FALSE(Journal::Exists(*files_, "meta"));
}

TEST_F(JournalTest, RefusesRecordsThatAreTooLarge) {
  auto journal = MustOpen();
  EXPECT_EQ(journal->Append(std::string(Journal::kRecordSizeBytesMax + 1, 'x')).code(),
            StatusCode::kInvalid);
  EXPECT_TRUE(journal->Append("small").ok());
}

TEST_F(JournalTest, ReportsAReplayThatFails) {
  ASSERT_TRUE(MustOpen()->Append("one").ok());
  const auto opened =
      Journal::Open(*files_, "meta", [](std::string_view) { return Corrupt("unknown"); });
  EXPECT_EQ(opened.status().code(), StatusCode::kCorrupt);
}

class FailingJournal : public JournalTest {
 protected:
  std::unique_ptr<Journal> OpenFaulty() {
    return Journal::Open(faulty_, "meta", [](std::string_view) { return Status(); }).value();
  }
  FaultyFiles faulty_{*files_};
};

TEST_F(FailingJournal, LeavesNothingBehindAFailedWrite) {
  auto journal = OpenFaulty();
  ASSERT_TRUE(journal->Append("one").ok());
  faulty_.plan().Fail(FileCall::kWrite, 0, StatusCode::kFull);
  EXPECT_EQ(journal->Append("lost").code(), StatusCode::kFull);
  EXPECT_TRUE(journal->Append("two").ok());
  EXPECT_EQ(MustOpen()->cut_bytes(), 0);
  EXPECT_EQ(records_, (std::vector<std::string>{"one", "two"}));
}

TEST_F(FailingJournal, RefusesEverythingAfterAFailedSync) {
  auto journal = OpenFaulty();
  ASSERT_TRUE(journal->Append("one").ok());
  faulty_.plan().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  EXPECT_EQ(journal->Append("two").code(), StatusCode::kFatal);
  EXPECT_EQ(journal->Append("three").code(), StatusCode::kFatal);
  EXPECT_EQ(journal->WriteSnapshot({"state"}).code(), StatusCode::kFatal);
  MustOpen();
  EXPECT_EQ(records_.front(), "one");
}

TEST_F(FailingJournal, RefusesEverythingIfAFailedWriteCannotBeUndone) {
  auto journal = OpenFaulty();
  faulty_.plan().Fail(FileCall::kWrite, 0, StatusCode::kFull);
  faulty_.plan().Fail(FileCall::kTruncate, 0, StatusCode::kFatal);
  EXPECT_FALSE(journal->Append("one").ok());
  EXPECT_EQ(journal->Append("two").code(), StatusCode::kFatal);
  MustOpen();
  EXPECT_TRUE(records_.empty());
}

// Whatever call fails while a snapshot is written: all that was acknowledged comes back.
TEST_F(FailingJournal, LosesNothingToASnapshotThatFails) {
  for (const FileCall call :
       {FileCall::kOpen, FileCall::kWrite, FileCall::kSync, FileCall::kTruncate, FileCall::kRename,
        FileCall::kRemove, FileCall::kList}) {
    for (int64_t nth = 0; nth < 4; ++nth) {
      files_ = MakeMemoryFiles();
      FaultyFiles faulty(*files_);
      auto journal =
          Journal::Open(faulty, "meta", [](std::string_view) { return Status(); }).value();
      ASSERT_TRUE(journal->Append("one").ok());
      ASSERT_TRUE(journal->Append("two").ok());
      faulty.plan().Fail(call, nth, StatusCode::kFatal);
      const bool written = journal->WriteSnapshot({"one", "two"}).ok();
      faulty.plan().Heal();
      const bool appended = journal->Append("three").ok();
      EXPECT_TRUE(appended || !written);
      MustOpen();
      std::vector<std::string> expected = {"one", "two"};
      if (appended) expected.push_back("three");
      EXPECT_EQ(records_, expected) << static_cast<int>(call) << " at " << nth;
    }
  }
}

// On a full device: it would hold what others need.
TEST_F(FailingJournal, KeepsNothingOfASnapshotThatFindsNoRoom) {
  for (const FileCall call : {FileCall::kOpen, FileCall::kWrite, FileCall::kSync}) {
    auto journal = OpenFaulty();
    ASSERT_TRUE(journal->Append("one").ok());
    faulty_.plan().Fail(call, 0, StatusCode::kFull);
    EXPECT_EQ(journal->WriteSnapshot({"one"}).code(), StatusCode::kFull);
    EXPECT_EQ(files_->List("meta")->size(), 1U) << static_cast<int>(call);
    EXPECT_TRUE(journal->Append("two").ok());
  }
}

TEST_F(FailingJournal, KeepsNothingOfASnapshotThatAKillHasBrokenOff) {
  ASSERT_TRUE(OpenFaulty()->Append("one").ok());
  ASSERT_TRUE(files_->WriteAtomically("meta/00000000000000000001.snapshot.tmp", "half").ok());
  OpenFaulty();
  EXPECT_EQ(files_->List("meta")->size(), 1U);
}

// So that what a first start that was killed has left needs no explanation.
TEST(JournalMark, IsThereBeforeTheJournal) {
  const auto open = [](Files& files) {
    return Journal::Open(files, "meta", [](std::string_view) { return Status(); });
  };
  SimulatedDisk disk;
  disk.plan().Fail(FileCall::kWrite, 0, StatusCode::kFatal);
  EXPECT_FALSE(open(disk).ok());
  EXPECT_TRUE(disk.Exists(kMarkFile));
  ASSERT_TRUE(disk.WriteWhole(kFirstFile, "odrd", Files::Durably::kYes).ok());
  ASSERT_TRUE(open(disk).ok());
  const std::string reports = disk.ReadAll(std::string(kDamageReportsName)).value();
  EXPECT_NE(reports.find(R"("acked_loss":"no")"), std::string::npos) << reports;
}

// Neither to read it nor to write it.
TEST(JournalMark, ThatCannotBeOpenedStopsNoStart) {
  for (const int64_t nth : {0, 3}) {
    SimulatedDisk disk;
    {
      auto journal = Journal::Open(disk, "meta", [](std::string_view) { return Status(); });
      ASSERT_TRUE(journal.ok());
      ASSERT_TRUE((*journal)->Append("one").ok());
    }
    disk.plan().Fail(FileCall::kOpen, nth, StatusCode::kFatal);
    std::vector<std::string> records;
    auto journal = Journal::Open(disk, "meta", [&](std::string_view record) {
      records.emplace_back(record);
      return Status();
    });
    ASSERT_TRUE(journal.ok()) << journal.status().ToString();
    EXPECT_EQ(disk.plan().failures(), 1);
    EXPECT_EQ(records, std::vector<std::string>{"one"});
    EXPECT_TRUE((*journal)->Append("two").ok());
    EXPECT_TRUE((*journal)->Close().ok());
  }
}

}  // namespace
}  // namespace odradek::storage
