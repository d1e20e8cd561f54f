#include "app/data_dir.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(opened.status().code(), StatusCode::kInvalid);
  EXPECT_NE(opened.status().message().find("letter.txt"), std::string_view::npos);
}

TEST_F(DataDirTest, WithoutItsMarkerIsToldHowToGetOne) {
  ASSERT_TRUE(files_->MakeDirs("metadata").ok());
  const std::string journal = "metadata/00000000000000000000.journal";
  ASSERT_TRUE(files_->Open(journal, OpenMode::kCreate).ok());
  const Result<DataDir> opened = OpenDataDir(directory_.path());
  EXPECT_EQ(opened.status().code(), StatusCode::kInvalid);
  EXPECT_NE(opened.status().message().find("has lost its meta.properties"), std::string_view::npos);
}

TEST_F(DataDirTest, WithSomebodyElsesMetadataIsRefused) {
  ASSERT_TRUE(files_->MakeDirs("metadata").ok());
  const Result<DataDir> opened = OpenDataDir(directory_.path());
  EXPECT_EQ(opened.status().code(), StatusCode::kInvalid);
  EXPECT_NE(opened.status().message().find("is not a data directory"), std::string_view::npos);
}

TEST_F(DataDirTest, WhoseFirstStartWasKilledIsTaken) {
  Write("meta.properties.tmp");
  EXPECT_TRUE(OpenDataDir(directory_.path()).ok());
}

}  // namespace
}  // namespace odradek::app
