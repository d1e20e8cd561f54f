// One suite for both file layers.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/env/file.h"

namespace odradek {
namespace {

struct Layer {
  const char* name;
  bool durable;
};

class FilesTest : public ::testing::TestWithParam<Layer> {
 protected:
  FilesTest() {
    if (!GetParam().durable) {
      files_ = MakeMemoryFiles();
      return;
    }
    std::string pattern = (std::filesystem::temp_directory_path() / "files_test.XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    files_ = MakePosixFiles(root_ + "/data");
    EXPECT_TRUE(files_->MakeDirs("").ok());
  }
  ~FilesTest() override {
    files_.reset();
    if (!root_.empty()) std::filesystem::remove_all(root_);
  }

  Ref<File> Create(const std::string& path, std::string_view content = "") {
    Result<Ref<File>> file = files_->Open(path, OpenMode::kCreate);
    EXPECT_TRUE(file.ok()) << file.status().ToString();
    EXPECT_TRUE((*file)->WriteAt(0, content).ok());
    return *file;
  }
  std::vector<std::string> Names(const std::string& path) {
    const Result<std::vector<DirEntry>> entries = files_->List(path);
    EXPECT_TRUE(entries.ok()) << entries.status().ToString();
    std::vector<std::string> names;
    for (const DirEntry& entry : *entries)
      names.push_back(entry.name + (entry.is_directory ? "/" : ""));
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string root_;
  std::unique_ptr<Files> files_;
};

TEST_P(FilesTest, TellsWhatIsFree) {
  EXPECT_GT(files_->FreeBytes(), 0);
  EXPECT_EQ(files_->FreeBytes() == INT64_MAX, !GetParam().durable);
}

TEST_P(FilesTest, WritesAndReadsAtOffsets) {
  const Ref<File> file = Create("a", "hello");
  ASSERT_TRUE(file->WriteAt(8, "world").ok());
  EXPECT_EQ(*file->Size(), 13);
  std::string read(20, '?');
  ASSERT_EQ(*file->ReadAt(0, read), 13u);
  EXPECT_EQ(read.substr(0, 13), std::string("hello\0\0\0world", 13));
  EXPECT_EQ(*file->ReadAt(13, read), 0u);
}

TEST_P(FilesTest, GathersManyPartsLargerThanOneCall) {
  const Ref<File> file = Create("a");
  std::vector<std::string> parts;
  std::vector<iovec> vectors;
  std::string all = "xyz";
  for (size_t i = 0; i < 50; ++i)
    parts.push_back(std::string(i % 7 == 0 ? 0 : 40'000 + i, static_cast<char>('a' + i % 26)));
  for (std::string& part : parts) {
    vectors.push_back({part.data(), part.size()});
    all += part;
  }
  ASSERT_TRUE(file->WriteAt(0, "xyz").ok());
  ASSERT_TRUE(file->WriteAt(3, vectors).ok());
  EXPECT_TRUE(*files_->ReadAll("a") == all);
}

TEST_P(FilesTest, TruncatesBothWays) {
  const Ref<File> file = Create("a", "0123456789");
  ASSERT_TRUE(file->Truncate(4).ok());
  EXPECT_EQ(*files_->ReadAll("a"), "0123");
  ASSERT_TRUE(file->Truncate(6).ok());
  EXPECT_EQ(*files_->ReadAll("a"), std::string("0123\0\0", 6));
  EXPECT_TRUE(file->Reserve(6, 4096).ok());
  EXPECT_EQ(*file->Size(), 6);
  EXPECT_TRUE(file->Sync().ok());
}

TEST_P(FilesTest, TellsMissingFromExisting) {
  EXPECT_EQ(files_->Open("none", OpenMode::kRead).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(files_->Open("none", OpenMode::kReadWrite).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(files_->Open("no/dir", OpenMode::kCreate).status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(files_->Open("a", OpenMode::kCreateNew).ok());
  EXPECT_EQ(files_->Open("a", OpenMode::kCreateNew).status().code(), StatusCode::kExists);
  EXPECT_EQ(files_->Remove("none").code(), StatusCode::kNotFound);
  EXPECT_EQ(files_->List("none").status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(files_->Exists("a"));
  EXPECT_FALSE(files_->Exists("b"));
}

TEST_P(FilesTest, ListsOnlyWhatIsDirectlyBelow) {
  ASSERT_TRUE(files_->MakeDirs("d/e/f").ok());
  ASSERT_TRUE(files_->MakeDirs("d/e").ok());
  Create("d/one", "1");
  Create("d/e/two", "2");
  Create("top", "3");
  EXPECT_EQ(Names("d"), (std::vector<std::string>{"e/", "one"}));
  EXPECT_EQ(Names(""), (std::vector<std::string>{"d/", "top"}));
  EXPECT_EQ(Names("d/e/f"), std::vector<std::string>{});
}

TEST_P(FilesTest, RenamesFilesAndDirectories) {
  ASSERT_TRUE(files_->MakeDirs("d/e").ok());
  Create("d/e/x", "old");
  Create("y", "new");
  ASSERT_TRUE(files_->Rename("y", "d/e/x").ok());
  EXPECT_EQ(*files_->ReadAll("d/e/x"), "new");
  ASSERT_TRUE(files_->Rename("d/e", "moved").ok());
  EXPECT_EQ(*files_->ReadAll("moved/x"), "new");
  EXPECT_FALSE(files_->Exists("d/e"));
  EXPECT_FALSE(files_->Rename("none", "other").ok());
}

TEST_P(FilesTest, RemovedFilesLiveWhileSomeoneHoldsThem) {
  ASSERT_TRUE(files_->MakeDirs("d/e").ok());
  const Ref<File> file = Create("d/e/x", "content");
  ASSERT_TRUE(files_->RemoveTree("d").ok());
  EXPECT_FALSE(files_->Exists("d"));
  EXPECT_TRUE(files_->RemoveTree("d").ok());
  std::string read(7, '?');
  ASSERT_TRUE(file->ReadAt(0, read).ok());
  EXPECT_EQ(read, "content");
}

TEST_P(FilesTest, WritesAtomicallyOverAnOlderFile) {
  ASSERT_TRUE(files_->MakeDirs("d").ok());
  ASSERT_TRUE(files_->WriteAtomically("d/x", "a long first content").ok());
  ASSERT_TRUE(files_->WriteAtomically("d/x", "short").ok());
  EXPECT_EQ(*files_->ReadAll("d/x"), "short");
  EXPECT_EQ(Names("d"), std::vector<std::string>{"x"});
}

TEST_P(FilesTest, GivesDescriptorsThatReadTheSameBytes) {
  const Ref<File> file = Create("a", "through the descriptor");
  std::string read(11, '?');
  ASSERT_EQ(pread(file->fd(), read.data(), read.size(), 4), 11);
  EXPECT_EQ(read, "ugh the des");
}

INSTANTIATE_TEST_SUITE_P(Layers, FilesTest,
                         ::testing::Values(Layer{"Memory", false}, Layer{"Posix", true}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(MemoryFiles, HoldNoDescriptorBeforeTheFirstWrite) {
  const std::unique_ptr<Files> files = MakeMemoryFiles();
  const Result<Ref<File>> file = files->Open("a", OpenMode::kCreate);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->fd(), -1);
  EXPECT_EQ(*(*file)->Size(), 0);
  EXPECT_TRUE((*file)->Truncate(0).ok());
  EXPECT_EQ((*file)->fd(), -1);
  ASSERT_TRUE((*file)->WriteAt(0, "x").ok());
  EXPECT_GE((*file)->fd(), 0);
}

TEST(PosixFiles, LetOneHolderHaveADirectory) {
  std::string pattern = (std::filesystem::temp_directory_path() / "files_test.XXXXXX").string();
  const std::string root = mkdtemp(pattern.data());
  const std::unique_ptr<Files> files = MakePosixFiles(root);
  {
    const Result<std::unique_ptr<DirLock>> first = files->Lock("");
    ASSERT_TRUE(first.ok());
    const Result<std::unique_ptr<DirLock>> second = files->Lock("");
    ASSERT_EQ(second.status().code(), StatusCode::kExists);
    EXPECT_NE(second.status().message().find(std::to_string(getpid())), std::string_view::npos);
  }
  EXPECT_TRUE(files->Lock("").ok());
  std::filesystem::remove_all(root);
}

// Read-only file systems and directories of others can be looked at.
TEST(PosixFiles, LookersChangeNothing) {
  std::string pattern = (std::filesystem::temp_directory_path() / "files_test.XXXXXX").string();
  const std::string root = mkdtemp(pattern.data());
  const std::unique_ptr<Files> files = MakePosixFiles(root);
  EXPECT_EQ(LockToLook(root).status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(files->Exists(".lock"));
  ASSERT_TRUE(files->WriteWhole(".lock", "4711\n", Files::Durably::kNo).ok());
  const std::filesystem::path file = root + "/.lock";
  const auto written = std::filesystem::last_write_time(file);
  {
    const auto one = LockToLook(root);
    ASSERT_TRUE(one.ok()) << one.status().ToString();
    EXPECT_TRUE(LockToLook(root).ok());
    const auto refused = files->Lock("");
    EXPECT_EQ(refused.status().code(), StatusCode::kExists);
    EXPECT_EQ(refused.status().message(), "held by a process that reads it");
  }
  EXPECT_EQ(files->ReadAll(".lock").value(), "4711\n");
  EXPECT_EQ(std::filesystem::last_write_time(file), written);
  const auto held = files->Lock("");
  ASSERT_TRUE(held.ok());
  const Status refused = LockToLook(root).status();
  EXPECT_EQ(refused.code(), StatusCode::kExists);
  EXPECT_EQ(refused.message(), "held by process " + std::to_string(getpid()));
  std::filesystem::remove_all(root);
}

TEST(PosixFiles, NameTheRootThatIsMissing) {
  const Status missing = MakePosixFiles("nowhere/to/be/found")->List("").status();
  EXPECT_NE(missing.message().find("'nowhere/to/be/found'"), std::string_view::npos);
}

TEST(PosixFiles, TellsHowTheLastHolderLeftADirectory) {
  std::string pattern = (std::filesystem::temp_directory_path() / "files_test.XXXXXX").string();
  const std::string root = mkdtemp(pattern.data());
  const std::unique_ptr<Files> files = MakePosixFiles(root);
  const auto was_left_clean = [&](std::optional<bool> leave_clean = std::nullopt) {
    const std::unique_ptr<DirLock> lock = std::move(files->Lock("")).value();
    if (leave_clean.has_value()) lock->LeaveClean(*leave_clean);
    return lock->was_left_clean();
  };
  EXPECT_TRUE(was_left_clean(false));
  EXPECT_FALSE(was_left_clean());  // who only looks at it changes nothing
  EXPECT_FALSE(was_left_clean(true));
  EXPECT_TRUE(was_left_clean());
  EXPECT_TRUE(was_left_clean());
  const auto killed = files->WriteWhole(".lock", "4711\n", Files::Durably::kNo);
  ASSERT_TRUE(killed.ok());
  EXPECT_FALSE(was_left_clean());
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace odradek
