// What a clean stop writes and syncs: enough, and nothing twice.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/local/file_names.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/testing/simulated_store.h"

namespace odradek::storage {
namespace {

constexpr int kTopics = 3;
constexpr int kPartitions = 4;  // of each
constexpr int kLogs = kTopics * kPartitions;

class CleanStop : public SimulatedStore {
 protected:
  CleanStop() : SimulatedStore(kTopics, kPartitions) {}

  void AppendToAll() {
    for (size_t i = 0; i < logs_.size(); ++i) Append(i, "value");
  }
  Status CloseObserved(SimulatedDisk::Observer observer) {
    disk_.set_observer(std::move(observer));
    Status status = store_->Close();
    disk_.set_observer(nullptr);
    return status;
  }
  // How often each directory is synced by a clean stop.
  std::map<std::string, int> CloseAndCountSyncs() {
    std::map<std::string, int> syncs;
    const Status status = CloseObserved([&](FileCall call, const std::string& path) {
      if (call == FileCall::kSyncDir) ++syncs[path];
    });
    EXPECT_TRUE(status.ok()) << status.ToString();
    return syncs;
  }
  // Fails the first `failing` behind the last `seen` of a mark: a path that holds `name`.
  void CloseAndFailBehindLastMark(FileCall seen, const std::string& name, FileCall failing) {
    int marks = 0;
    const Status status = CloseObserved([&](FileCall call, const std::string& path) {
      if (call == seen && path.find(name) != std::string::npos && ++marks == kLogs)
        disk_.plan().Fail(failing, 0, StatusCode::kFatal);
    });
    EXPECT_EQ(status.code(), StatusCode::kFatal);
    EXPECT_GE(marks, kLogs);
  }
  // Of logs_[log].
  static std::string DirectoryOf(int log) {
    return TopicOf(log) + "/" + std::to_string(log % kPartitions);
  }
  static std::string TopicOf(int log) { return "t" + std::to_string(log / kPartitions); }
  static bool IsMarked(const SimulatedDisk& disk, const std::string& directory) {
    const auto told = LogCheckpoint::Decode(disk.Content(JoinPath(directory, kCheckpointName)));
    return told.has_value() && told->clean;
  }
  static int CountMarked(const SimulatedDisk& disk) {
    int marked = 0;
    for (int i = 0; i < kLogs; ++i) marked += IsMarked(disk, DirectoryOf(i)) ? 1 : 0;
    return marked;
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, CleanStop,
                         testing::Values(Durability::kProcess, Durability::kPower));

TEST_P(CleanStop, SyncsDirectoriesThatLogsShareOnce) {
  AppendToAll();
  // With power safety the names were synced before the first append counted.
  const bool names_are_new = GetParam() == Durability::kProcess;
  const std::map<std::string, int> syncs = CloseAndCountSyncs();
  for (int i = 0; i < kLogs; ++i) {
    EXPECT_EQ(syncs.contains(TopicOf(i)), names_are_new);
    EXPECT_TRUE(!names_are_new || syncs.at(TopicOf(i)) == 1);
    EXPECT_EQ(syncs.at(DirectoryOf(i)), names_are_new ? 2 : 1) << "its names, and its mark";
    EXPECT_TRUE(IsMarked(disk_, DirectoryOf(i)));
  }
  EXPECT_EQ(syncs.contains(""), names_are_new);
  EXPECT_TRUE(!names_are_new || syncs.at("") == 1);
}

TEST_P(CleanStop, OfLogsThatNobodyHasChangedWritesNothing) {
  AppendToAll();
  ASSERT_TRUE(store_->Close().ok());
  Start();
  Append(5, "value");
  for (const auto& log : logs_) {
    ReadResult read;
    EXPECT_TRUE(log->Read({.offset = 0, .offset_limit = 2, .max_bytes = 1000}, &read).ok());
    EXPECT_GT(read.data.size(), 0U);
  }
  std::map<std::string, int> touched;
  EXPECT_TRUE(CloseObserved([&](FileCall, const std::string& path) { ++touched[path]; }).ok());
  EXPECT_FALSE(touched.empty());
  for (const auto& [path, count] : touched)  // its own, and the directories on the way to it
    EXPECT_TRUE(path.starts_with("t1/1") || std::string("t1/1").starts_with(path)) << path;
  Start();
  for (const auto& log : logs_) EXPECT_EQ(log->offsets().end, log == logs_[5] ? 2 : 1);
}

TEST_P(CleanStop, WritesAgainWhatWasLostBesideTheLog) {
  AppendToAll();
  ASSERT_TRUE(store_->Close().ok());
  const std::string snapshot = JoinPath("t0/0", OffsetFileName(1, kSnapshotSuffix));
  ASSERT_TRUE(disk_.Exists(snapshot));
  disk_.Erase(snapshot);
  Start();
  EXPECT_EQ(logs_[0]->offsets().end, 1);
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_TRUE(disk_.Exists(snapshot));
}

// Whatever a power cut leaves of the names, a log that is marked as closed has all of its own.
TEST_P(CleanStop, MarksALogWhenItsNamesAreOnTheDevice) {
  AppendToAll();
  std::vector<std::unique_ptr<SimulatedDisk>> left;
  const Status status = CloseObserved([&](FileCall, const std::string&) {
    for (uint64_t seed = 0; seed < 3; ++seed)
      left.push_back(disk_.Crash(CrashModel::kAnySubset, 100 * left.size() + seed));
  });
  ASSERT_TRUE(status.ok()) << status.ToString();
  int64_t marked = 0;
  for (const auto& disk : left) {
    for (int i = 0; i < kLogs; ++i) {
      if (!IsMarked(*disk, DirectoryOf(i))) continue;
      ++marked;
      const std::string log = JoinPath(DirectoryOf(i), OffsetFileName(0, kLogSuffix));
      ASSERT_TRUE(disk->Exists(log));
      EXPECT_EQ(disk->Content(log), disk_.Content(log));
    }
  }
  EXPECT_GT(marked, 0);
  EXPECT_LT(marked, static_cast<int64_t>(left.size()) * kLogs);
}

TEST_P(CleanStop, OfAFailedDirectoryIsToldAndLeavesItsLogsUnmarked) {
  if (GetParam() == Durability::kPower) GTEST_SKIP() << "its names are on the device already";
  AppendToAll();
  // The first log's own directory is synced first.
  disk_.plan().Fail(FileCall::kSyncDir, 0, StatusCode::kFatal);
  EXPECT_FALSE(store_->Close().ok());
  EXPECT_EQ(CountMarked(disk_), kLogs - 1);
  Start();
  for (const auto& log : logs_) EXPECT_EQ(log->offsets().end, 1);
}

// One of the calls that end the stop, when the device has all that files hold.
TEST_P(CleanStop, WhoseLastRenameFailsLeavesThatLogUnmarked) {
  AppendToAll();
  CloseAndFailBehindLastMark(FileCall::kSync, "/log.checkpoint.tmp", FileCall::kRename);
  EXPECT_EQ(CountMarked(disk_), kLogs - 1);
  Start();
  AppendToAll();
  EXPECT_TRUE(store_->Close().ok());
  EXPECT_EQ(CountMarked(disk_), kLogs);
  for (const std::string& path : disk_.AllFiles()) EXPECT_FALSE(path.ends_with(".tmp")) << path;
  Start();
  for (const auto& log : logs_) EXPECT_EQ(log->offsets().end, 2);
}

TEST_P(CleanStop, WhoseLastSyncFailsIsToldAndLosesNothing) {
  AppendToAll();
  CloseAndFailBehindLastMark(FileCall::kRename, "/log.checkpoint", FileCall::kSyncDir);
  const auto left = disk_.Crash(CrashModel::kLoseAll, 0);
  EXPECT_EQ(CountMarked(*left), kLogs - 1);
  Start(*left);
  for (const auto& log : logs_) EXPECT_EQ(log->offsets().end, 1);
  AppendToAll();
  for (const auto& log : logs_) EXPECT_EQ(log->offsets().end, 2);
  Stop();
}

TEST_P(CleanStop, DuringAFlushLeavesNoDraftOfTheCheckpointBehind) {
  if (GetParam() == Durability::kProcess) GTEST_SKIP() << "no worker writes one";
  bool was_closed = false;
  disk_.set_observer([&](FileCall call, const std::string& path) {
    if (was_closed || call != FileCall::kSync || !path.ends_with(".flush.tmp")) return;
    was_closed = true;
    EXPECT_TRUE(store_->Close().ok());
  });
  Append(0, "value");
  disk_.set_observer(nullptr);
  EXPECT_TRUE(was_closed) << "a worker was writing it";
  for (const std::string& path : disk_.AllFiles()) EXPECT_FALSE(path.ends_with(".tmp")) << path;
}

}  // namespace
}  // namespace odradek::storage
