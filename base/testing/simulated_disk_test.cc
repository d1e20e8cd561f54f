// What a crash may take from the simulated disk, and what it may not.
#include "base/testing/simulated_disk.h"

#include <gtest/gtest.h>

#include <set>

namespace odradek {
namespace {

constexpr uint64_t kSeeds = 400;

Ref<File> Create(SimulatedDisk& disk, const std::string& path, std::string_view content) {
  Ref<File> file = disk.Open(path, OpenMode::kCreate).value();
  EXPECT_TRUE(file->WriteAt(0, content).ok());
  return file;
}

// Everything that `path` can hold after a crash; "(none)" if it may be missing.
std::set<std::string> Outcomes(const SimulatedDisk& disk, const std::string& path,
                               CrashModel model) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::unique_ptr<SimulatedDisk> after = disk.Crash(model, seed);
    outcomes.insert(after->Exists(path) ? after->Content(path) : "(none)");
  }
  return outcomes;
}

using Set = std::set<std::string>;

TEST(SimulatedDisk, AKillLosesNothing) {
  SimulatedDisk disk;
  Create(disk, "f", "abc");
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kKill), Set{"abc"});
}

TEST(SimulatedDisk, AKillInAWriteLeavesAnyLengthOfIt) {
  SimulatedDisk disk;
  ASSERT_TRUE(Create(disk, "f", "abc")->WriteAt(3, "de").ok());
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kKillInWrite), (Set{"abc", "abcd", "abcde"}));
}

TEST(SimulatedDisk, WhatWasPendingBeforeAKillIsStillPending) {
  SimulatedDisk disk;
  ASSERT_TRUE(Create(disk, "f", "abc")->Sync().ok());
  const auto killed = disk.Crash(CrashModel::kKill, 1);
  EXPECT_EQ(Outcomes(*killed, "f", CrashModel::kAnySubset), (Set{"(none)", "abc"}));
  ASSERT_TRUE(killed->SyncDir("").ok());
  EXPECT_EQ(Outcomes(*killed, "f", CrashModel::kLoseAll), Set{"abc"});
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kLoseAll), Set{"(none)"});
}

TEST(SimulatedDisk, ASyncedFileWithoutASyncedNameMayBeGone) {
  SimulatedDisk disk;
  ASSERT_TRUE(Create(disk, "f", "abc")->Sync().ok());
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kLoseAll), Set{"(none)"});
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kAnySubset), (Set{"(none)", "abc"}));
}

TEST(SimulatedDisk, ASyncedNameWithoutSyncedContentMayBeEmptyOrGarbage) {
  SimulatedDisk disk;
  Create(disk, "f", "abc");
  ASSERT_TRUE(disk.SyncDir("").ok());
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kLoseAll), Set{""});
  const Set any = Outcomes(disk, "f", CrashModel::kAnySubset);
  EXPECT_TRUE(any.contains("abc"));
  EXPECT_TRUE(any.contains(""));
  EXPECT_TRUE(any.contains(std::string(3, '\0')));
  EXPECT_GT(any.size(), 3u);
  EXPECT_FALSE(any.contains("(none)"));
}

TEST(SimulatedDisk, WhatIsSyncedInBothWaysStays) {
  SimulatedDisk disk;
  const Ref<File> file = Create(disk, "f", "abc");
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(disk.SyncDir("").ok());
  EXPECT_EQ(disk.pending_count(), 0u);
  for (const CrashModel model : {CrashModel::kLoseAll, CrashModel::kPrefix, CrashModel::kAnySubset})
    EXPECT_EQ(Outcomes(disk, "f", model), Set{"abc"});
}

TEST(SimulatedDisk, ADirectoryMustBeNamedDurablyItself) {
  SimulatedDisk disk;
  ASSERT_TRUE(disk.MakeDirs("a/b").ok());
  ASSERT_TRUE(Create(disk, "a/b/f", "abc")->Sync().ok());
  ASSERT_TRUE(disk.SyncDir("a/b").ok());
  EXPECT_EQ(Outcomes(disk, "a/b/f", CrashModel::kLoseAll), Set{"(none)"});
  ASSERT_TRUE(disk.SyncDir("a").ok());
  EXPECT_EQ(Outcomes(disk, "a/b/f", CrashModel::kLoseAll), Set{"(none)"});
  ASSERT_TRUE(disk.SyncDir("").ok());
  EXPECT_EQ(Outcomes(disk, "a/b/f", CrashModel::kLoseAll), Set{"abc"});
}

TEST(SimulatedDisk, ARenameIsAtomicAndMaySurviveWithoutContent) {
  SimulatedDisk disk;
  ASSERT_TRUE(Create(disk, "f", "old")->Sync().ok());
  ASSERT_TRUE(disk.SyncDir("").ok());
  Create(disk, "f.new", "new");
  ASSERT_TRUE(disk.Rename("f.new", "f").ok());
  const Set any = Outcomes(disk, "f", CrashModel::kAnySubset);
  EXPECT_TRUE(any.contains("old"));
  EXPECT_TRUE(any.contains("new"));
  EXPECT_TRUE(any.contains(""));
  EXPECT_FALSE(any.contains("(none)"));
}

TEST(SimulatedDisk, WritesOfAPrefixArriveInOrder) {
  SimulatedDisk disk;
  const Ref<File> file = Create(disk, "f", "a");
  ASSERT_TRUE(disk.SyncDir("").ok());
  ASSERT_TRUE(file->WriteAt(1, "b").ok());
  ASSERT_TRUE(file->WriteAt(2, "c").ok());
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kPrefix), (Set{"", "a", "ab", "abc"}));
}

TEST(SimulatedDisk, AWriteIsTornAtSectors) {
  SimulatedDisk disk;
  const Ref<File> file = Create(disk, "f", std::string(1024, '.'));
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(disk.SyncDir("").ok());
  ASSERT_TRUE(file->WriteAt(500, std::string(24, 'x')).ok());
  Set seen;
  for (const std::string& content : Outcomes(disk, "f", CrashModel::kAnySubset))
    seen.insert(content.substr(498, 28));
  const std::string left = std::string(12, 'x'), right = std::string(12, 'x');
  EXPECT_EQ(seen, (Set{".." + left + right + "..", ".." + left + std::string(14, '.'),
                       std::string(14, '.') + right + "..", std::string(28, '.')}));
}

TEST(SimulatedDisk, ATruncationIsPendingAsWell) {
  SimulatedDisk disk;
  const Ref<File> file = Create(disk, "f", "abc");
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(disk.SyncDir("").ok());
  ASSERT_TRUE(file->Truncate(1).ok());
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kAnySubset), (Set{"abc", "a"}));
}

TEST(SimulatedDisk, ARemovedFileMayComeBackUntilItsDirectoryIsSynced) {
  SimulatedDisk disk;
  ASSERT_TRUE(Create(disk, "f", "abc")->Sync().ok());
  ASSERT_TRUE(disk.SyncDir("").ok());
  ASSERT_TRUE(disk.Remove("f").ok());
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kAnySubset), (Set{"abc", "(none)"}));
  ASSERT_TRUE(disk.SyncDir("").ok());
  EXPECT_EQ(Outcomes(disk, "f", CrashModel::kAnySubset), Set{"(none)"});
}

TEST(SimulatedDisk, AFailedSyncLosesThePagesForGood) {
  for (const auto& [after, second, read] :
       {std::tuple(AfterFailedSync::kKeptDirty, std::string("abc"), "abc"),
        std::tuple(AfterFailedSync::kDropped, std::string(), "abc"),
        std::tuple(AfterFailedSync::kForgotten, std::string(), "\0\0\0")}) {
    SimulatedDisk disk;
    disk.set_after_failed_sync(after);
    const Ref<File> file = Create(disk, "f", "abc");
    ASSERT_TRUE(disk.SyncDir("").ok());
    disk.plan().Fail(FileCall::kSync, 0, StatusCode::kFatal);
    EXPECT_FALSE(file->Sync().ok());
    EXPECT_TRUE(file->Sync().ok());
    EXPECT_EQ(Outcomes(disk, "f", CrashModel::kAnySubset), Set{second});
    EXPECT_EQ(disk.Content("f"), std::string(read, 3));
  }
}

TEST(SimulatedDisk, AFullDeviceTakesWhatFits) {
  SimulatedDisk disk;
  disk.set_capacity_bytes(4);
  const Ref<File> file = Create(disk, "f", "abc");
  EXPECT_EQ(file->WriteAt(3, "def").code(), StatusCode::kFull);
  EXPECT_EQ(disk.Content("f"), "abcd");
  EXPECT_TRUE(file->WriteAt(0, "xyzw").ok());
  ASSERT_TRUE(file->Truncate(0).ok());
  EXPECT_TRUE(file->WriteAt(0, "abcd").ok());
  ASSERT_TRUE(disk.Rename("f", "g").ok());
  ASSERT_TRUE(disk.Remove("g").ok());
  EXPECT_TRUE(Create(disk, "h", "abcd")->Sync().ok());
}

TEST(SimulatedDisk, DescriptorsFollowWhatIsWritten) {
  SimulatedDisk disk;
  const Ref<File> file = Create(disk, "f", "abc");
  const int fd = file->fd();
  ASSERT_TRUE(file->WriteAt(1, "xyz").ok());
  std::string read(8, '?');
  EXPECT_EQ(ReadDescriptorAt(fd, 0, read).value(), 4u);
  EXPECT_EQ(read.substr(0, 4), "axyz");
  ASSERT_TRUE(file->Truncate(2).ok());
  EXPECT_EQ(ReadDescriptorAt(fd, 0, read).value(), 2u);
}

TEST(SimulatedDisk, TheSameSeedGivesTheSameDisk) {
  SimulatedDisk disk;
  for (int i = 0; i < 20; ++i) Create(disk, "f" + std::to_string(i), std::string(700, 'a'));
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto one = disk.Crash(CrashModel::kAnySubset, seed);
    const auto two = disk.Crash(CrashModel::kAnySubset, seed);
    ASSERT_EQ(one->AllFiles(), two->AllFiles());
    for (const std::string& path : one->AllFiles())
      EXPECT_EQ(one->Content(path), two->Content(path));
  }
}

TEST(SimulatedDisk, EveryCallCanFailByItsPlaceAmongAll) {
  SimulatedDisk disk;
  disk.plan().FailAny(2, StatusCode::kFatal);
  const Ref<File> file = Create(disk, "f", "abc");
  EXPECT_EQ(file->Sync().code(), StatusCode::kFatal);
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_EQ(disk.plan().failures(), 1);
  EXPECT_EQ(disk.plan().total(), 4);
}

}  // namespace
}  // namespace odradek
