// Folders and files of partitions that have changed places, or that nothing tells of.
#include "storage/local/foreign_log.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/local/damage.h"
#include "storage/local/file_names.h"
#include "storage/local/partition_metadata.h"
#include "storage/local/testing/simulated_store.h"

namespace odradek::storage {
namespace {

class ForeignLog : public SimulatedStore {
 protected:
  ForeignLog() : SimulatedStore(1, 2) {}

  void StopCleanly() {
    ASSERT_TRUE(store_->Close().ok());
    Stop();
  }
  std::vector<std::string> Values(size_t partition) {
    ReadResult read;
    const Status status =
        logs_[partition]->Read({.offset = 0, .offset_limit = 100, .max_bytes = 1 << 20}, &read);
    EXPECT_TRUE(status.ok()) << status.ToString();
    std::vector<std::string> values;
    for (const TestRecord& record : StoreHarness::Decode(StoreHarness::Bytes(read.data)))
      values.push_back(record.value);
    return values;
  }
  void SwapFolders() {
    ASSERT_TRUE(disk_.Rename("t0/0", "between").ok());
    ASSERT_TRUE(disk_.Rename("t0/1", "t0/0").ok());
    ASSERT_TRUE(disk_.Rename("between", "t0/1").ok());
  }
  static void SwapFiles(SimulatedDisk& disk, const std::string& name) {
    const std::string first = disk.Content("t0/0/" + name);
    disk.SetContent("t0/0/" + name, disk.Content("t0/1/" + name));
    disk.SetContent("t0/1/" + name, first);
  }
  std::string Reports() { return disk_.Content(std::string(kDamageReportsName)); }
  void ExpectBothServed(SimulatedDisk& disk, const std::string& what) {
    Start(disk);
    EXPECT_EQ(Values(0), std::vector<std::string>{"zero"}) << what;
    EXPECT_EQ(Values(1), std::vector<std::string>{"one"}) << what;
    EXPECT_FALSE(disk.Exists(std::string(kDamageReportsName))) << what;
    Stop();
  }
  std::string StrayName(int mine, int other) {
    return "t0/" + std::to_string(mine) + ".stray-" + ids_[0].ToString() + "-" +
           std::to_string(other);
  }
  static std::string Unknown(int mine) {
    return "t0/" + std::to_string(mine) + std::string(kStrayMark) + std::string(kStrayOfUnknown);
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, ForeignLog,
                         testing::Values(Durability::kProcess, Durability::kPower));

// Of a topic that was deleted, when the next of the name was made and the power went.
TEST_P(ForeignLog, ThatNothingTellsOfIsNobodysWithPowerSafety) {
  Append(0, "zero");
  StopCleanly();
  const std::vector<std::string_view> either = {kPartitionMetadataName, kCheckpointName};
  for (const std::string_view name : either) {
    const auto disk = disk_.Crash(CrashModel::kKill, 0);
    disk->SetContent(JoinPath("t0/0", name), "");
    Start(*disk);
    EXPECT_EQ(Values(0), std::vector<std::string>{"zero"}) << "without " << name;
    EXPECT_FALSE(disk->Exists(std::string(kDamageReportsName))) << "without " << name;
    Stop();
  }
  for (const std::string_view name : either) disk_.SetContent(JoinPath("t0/0", name), "");
  Start(disk_);
  const bool is_kept = GetParam() == Durability::kProcess;
  EXPECT_EQ(Values(0).size(), is_kept ? 1U : 0U);
  EXPECT_EQ(disk_.Exists(Unknown(0)), !is_kept);
  EXPECT_EQ(Reports().find("nothing tells whose log") != std::string::npos, !is_kept);
}

TEST_P(ForeignLog, WithoutABatchIsTheTopicsWhateverTellsOfIt) {
  Append(0, "zero");
  StopCleanly();
  for (const std::string& path : disk_.AllFiles()) {
    if (path.starts_with("t0/0/")) disk_.SetContent(path, "");
  }
  Start(disk_);
  EXPECT_TRUE(Values(0).empty());
  EXPECT_FALSE(disk_.Exists(Unknown(0)));
  EXPECT_FALSE(disk_.Exists(std::string(kDamageReportsName)));
  Append(0, "more");
  EXPECT_EQ(Values(0), std::vector<std::string>{"more"});
}

// What cannot be read now may tell whose it is.
TEST_P(ForeignLog, IsNoneBeforeTheCheckpointIsRead) {
  Append(0, "zero");
  StopCleanly();
  for (const bool names_another : {true, false}) {
    if (!names_another && GetParam() == Durability::kProcess) continue;  // such a log is served
    disk_.SetContent(JoinPath("t0/0", kPartitionMetadataName),
                     names_another ? EncodePartitionMetadata(random_.NewUuid()) : "");
    Start(disk_);
    disk_.plan().Fail(FileCall::kOpen, 0, StatusCode::kFatal);
    EXPECT_EQ(logs_[0]->Lead({}).code(), StatusCode::kFatal);
    Start(disk_);
    EXPECT_EQ(Values(0), std::vector<std::string>{"zero"});
    EXPECT_FALSE(disk_.Exists(std::string(kDamageReportsName)));
    Stop();
  }
}

TEST_P(ForeignLog, InSwappedFoldersIsSetAsideAndReported) {
  Append(0, "zero");
  Append(1, "one");
  StopCleanly();
  SwapFolders();
  const std::string log = "/" + OffsetFileName(0, kLogSuffix);
  const std::string of_one = disk_.Content("t0/0" + log);
  Start(disk_);
  EXPECT_TRUE(Values(0).empty());
  EXPECT_TRUE(Values(1).empty());
  EXPECT_EQ(disk_.Content(StrayName(0, 1) + log), of_one);
  EXPECT_TRUE(disk_.Exists(StrayName(1, 0) + log));
  EXPECT_NE(Reports().find(R"("file":"t0/0",)"), std::string::npos);
  EXPECT_NE(Reports().find(R"("kept_aside":")" + StrayName(0, 1)), std::string::npos);
  EXPECT_NE(Reports().find(R"("file":"t0/1",)"), std::string::npos);
  // Whoever gives the folders their right names has everything back.
  Stop();
  ASSERT_TRUE(disk_.Rename(StrayName(0, 1), "t0/1").ok());
  ASSERT_TRUE(disk_.Rename(StrayName(1, 0), "t0/0").ok());
  Start(disk_);
  EXPECT_EQ(Values(0), std::vector<std::string>{"zero"});
  EXPECT_EQ(Values(1), std::vector<std::string>{"one"});
}

// The next start finds no folder, and has nothing to tell.
TEST_P(ForeignLog, IsReportedBeforeItIsOutOfTheWay) {
  Append(0, "zero");
  StopCleanly();
  ASSERT_TRUE(disk_.Rename("t0/0", "t0/1").ok());
  Start(disk_);
  disk_.plan().Fail(FileCall::kSyncDir, 0, StatusCode::kFatal);
  EXPECT_EQ(logs_[1]->Lead({}).code(), StatusCode::kFatal);
  Start(disk_);
  EXPECT_TRUE(Values(1).empty());
  EXPECT_NE(Reports().find(R"("kept_aside":")" + StrayName(1, 0)), std::string::npos);
}

TEST_P(ForeignLog, IsNotReadByAStoreThatCloses) {
  Append(0, "zero");
  StopCleanly();
  ASSERT_TRUE(disk_.Rename("t0/0", "t0/1").ok());
  Start(disk_);
  int opens = 0;
  // The checkpoint and the metadata; the producers' snapshot and the segment tell whose it is.
  const auto count = [&](auto& self) -> void {
    if (++opens == 3) store_->BeginClose();
    disk_.plan().Before(FileCall::kOpen, [&] { self(self); });
  };
  disk_.plan().Before(FileCall::kOpen, [&] { count(count); });
  EXPECT_EQ(logs_[1]->Lead({}).code(), StatusCode::kRetriable);
  EXPECT_TRUE(disk_.Exists("t0/1"));
  EXPECT_FALSE(disk_.Exists(StrayName(1, 0)));
}

// The clean stop has synced another name.
TEST_P(ForeignLog, ThatComesBackKeepsWhatIsAppended) {
  if (GetParam() != Durability::kPower) GTEST_SKIP() << "appends wait for no device";
  Append(0, "zero");
  StopCleanly();
  ASSERT_TRUE(disk_.Rename("t0/0", "aside").ok());
  ASSERT_TRUE(disk_.SyncDir("t0").ok());
  ASSERT_TRUE(disk_.SyncDir("").ok());
  ASSERT_TRUE(disk_.Rename("aside", "t0/0").ok());
  Start(disk_);
  Append(0, "more");
  ASSERT_EQ(logs_[0]->offsets().durable_end, 2);
  Stop();
  const auto after = disk_.Crash(CrashModel::kLoseAll, 0);
  Start(*after);
  EXPECT_EQ(Values(0), (std::vector<std::string>{"zero", "more"}));
  Stop();
}

TEST_P(ForeignLog, OfACopiedFolderIsNotServedTwice) {
  Append(0, "zero");
  StopCleanly();
  ASSERT_TRUE(disk_.MakeDirs("t0/1").ok());
  for (const std::string& path : disk_.AllFiles()) {
    if (path.starts_with("t0/0/")) {
      ASSERT_TRUE(disk_.WriteAtomically("t0/1/" + path.substr(5), disk_.Content(path)).ok());
    }
  }
  Start(disk_);
  EXPECT_EQ(Values(0), std::vector<std::string>{"zero"});
  EXPECT_TRUE(Values(1).empty());
  EXPECT_TRUE(disk_.Exists(StrayName(1, 0)));
}

TEST_P(ForeignLog, IsNotToldBySidecarsAlone) {
  Append(0, "zero");
  Append(1, "one");
  StopCleanly();
  std::vector<std::string> names;
  for (const std::string& path : disk_.AllFiles()) {
    if (path.starts_with("t0/0/") && !path.ends_with(kLogSuffix)) names.push_back(path.substr(5));
  }
  ASSERT_GT(names.size(), 3U);
  for (const std::string& name : names) {
    const auto disk = disk_.Crash(CrashModel::kKill, 0);
    SwapFiles(*disk, name);
    ExpectBothServed(*disk, name);
  }
  for (const std::string& name : names) SwapFiles(disk_, name);
  ExpectBothServed(disk_, "all of them");
}

TEST_P(ForeignLog, IsNoneIfTwoPartitionsHoldTheSame) {
  Append(0, "same");
  Append(1, "same");
  StopCleanly();
  SwapFiles(disk_, std::string(kCheckpointName));
  Start(disk_);
  EXPECT_EQ(Values(0), std::vector<std::string>{"same"});
  EXPECT_EQ(Values(1), std::vector<std::string>{"same"});
  EXPECT_FALSE(disk_.Exists(std::string(kDamageReportsName)));
}

}  // namespace
}  // namespace odradek::storage
