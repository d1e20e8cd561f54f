#include "app/data_dir.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "storage/local/testing/store_harness.h"

namespace odradek::app {
namespace {

class DataDirTest : public testing::Test {
 protected:
  void Write(const std::string& path) { ASSERT_TRUE(files_->WriteAtomically(path, "x").ok()); }

  storage::TemporaryDirectory directory_;
  std::unique_ptr<Files> files_ = MakePosixFiles(directory_.path());
};

TEST_F(DataDirTest, ThatIsEmptyIsTaken) { EXPECT_TRUE(OpenDataDir(directory_.path()).ok()); }

TEST_F(DataDirTest, WithoutANameIsABadOption) {
  const Result<DataDir> opened = OpenDataDir("");
  EXPECT_EQ(opened.status().code(), StatusCode::kInvalid);
  EXPECT_TRUE(opened.status().message().starts_with("--data-dir is empty"));
}

TEST_F(DataDirTest, OfSomebodyElseIsRefused) {
  Write("letter.txt");
  const Result<DataDir> opened = OpenDataDir(directory_.path());
  EXPECT_EQ(opened.status().code(), StatusCode::kFatal);
  EXPECT_NE(opened.status().message().find("letter.txt"), std::string_view::npos);
}

TEST_F(DataDirTest, WithoutItsMarkerIsToldHowToGetOne) {
  ASSERT_TRUE(files_->MakeDirs("metadata").ok());
  const std::string journal = "metadata/00000000000000000000.journal";
  ASSERT_TRUE(files_->Open(journal, OpenMode::kCreate).ok());
  const Result<DataDir> opened = OpenDataDir(directory_.path());
  EXPECT_EQ(opened.status().code(), StatusCode::kFatal);
  const std::string_view why = opened.status().message();
  for (const char* words : {"has lost its meta.properties", "'version=1'", "'node.id=0'", "number"})
    EXPECT_NE(why.find(words), std::string_view::npos) << why;
}

TEST_F(DataDirTest, WithSomebodyElsesMetadataIsRefused) {
  ASSERT_TRUE(files_->MakeDirs("metadata").ok());
  const Result<DataDir> opened = OpenDataDir(directory_.path());
  EXPECT_EQ(opened.status().code(), StatusCode::kFatal);
  EXPECT_NE(opened.status().message().find("is not a data directory"), std::string_view::npos);
}

TEST_F(DataDirTest, ThatABrokerHoldsIsRefusedWithWhatToDo) {
  const Result<DataDir> first = OpenDataDir(directory_.path());
  ASSERT_TRUE(first.ok());
  const Status held = OpenDataDir(directory_.path()).status();
  EXPECT_EQ(held.code(), StatusCode::kExists);
  const std::string who = "held by process " + std::to_string(getpid());
  for (const std::string& words : {directory_.path(), who, std::string("stop it first")})
    EXPECT_NE(held.message().find(words), std::string_view::npos) << held.message();
}

TEST_F(DataDirTest, WhoseFirstStartWasKilledIsTaken) {
  Write("meta.properties.tmp");
  EXPECT_TRUE(OpenDataDir(directory_.path()).ok());
}

}  // namespace
}  // namespace odradek::app
