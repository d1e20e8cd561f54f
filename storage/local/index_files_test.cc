// Index files that a lookup finds to be other than what was written with their segment.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/testing/captured_log.h"
#include "storage/local/file_names.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

class IndexFiles : public testing::TestWithParam<Layer> {
 protected:
  IndexFiles() {
    LogConfig config;
    config.segment_bytes = 2000;
    store_.Configure(config);
    for (int i = 0; i < 30; ++i) store_.Append({std::string(100, static_cast<char>('a' + i % 26))});
    values_ = store_.Values();
    EXPECT_TRUE(store_.store().Close().ok());
    for (const std::string& name : store_.FileNames())
      if (name.ends_with(kLogSuffix)) bases_.push_back(*ParseOffsetFileName(name, kLogSuffix));
  }

  std::string PathOf(size_t segment, std::string_view suffix) {
    return JoinPath(store_.path(), OffsetFileName(bases_.at(segment), suffix));
  }
  std::string Content(const std::string& path) { return store_.files().ReadAll(path).value(); }
  void Replace(const std::string& path, const std::string& content) {
    ASSERT_TRUE(store_.files().WriteAtomically(path, content).ok());
  }
  // How often the log says so since the last call.
  size_t TimesMadeAgain() {
    const size_t before = std::exchange(told_, captured_.Count("made again"));
    return told_ - before;
  }

  CapturedLog captured_;
  StoreHarness store_{GetParam(), {.directory = "", .index_interval_bytes = 300, .boot_id = ""}};
  std::vector<std::string> values_;
  std::vector<int64_t> bases_;
  size_t told_ = 0;  // by the log
};
INSTANTIATE_TEST_SUITE_P(Modes, IndexFiles, testing::Values(Layer::kProcess, Layer::kPower));

TEST_P(IndexFiles, AreMadeAgainByTheFirstLookupAndToldOnce) {
  for (const std::string_view suffix : {kOffsetIndexSuffix, kTimeIndexSuffix}) {
    // The last one is of the active segment, which a clean stop has left as it is.
    for (const size_t segment : {size_t{0}, bases_.size() - 1}) {
      const std::string path = PathOf(segment, suffix);
      const std::string before = Content(path);
      ASSERT_FALSE(before.empty());
      Replace(path, std::string(before.size(), '\x5a'));
      store_.Reopen();
      EXPECT_EQ(store_.Values(), values_);
      EXPECT_EQ(Content(path), before);
      EXPECT_EQ(TimesMadeAgain(), 1U) << path;
      EXPECT_EQ(store_.Values(), values_);
      store_.ReopenCleanly();
      EXPECT_EQ(store_.Values(), values_);
      EXPECT_EQ(TimesMadeAgain(), 0U) << "it is sound now";
      ASSERT_TRUE(store_.store().Close().ok());
    }
  }
}

TEST_P(IndexFiles, AreMadeAgainWhenTheyAreGone) {
  const std::string path = PathOf(1, kOffsetIndexSuffix);
  const std::string before = Content(path);
  ASSERT_TRUE(store_.files().Remove(path).ok());
  store_.Reopen();
  EXPECT_EQ(store_.Values(), values_);
  EXPECT_EQ(Content(path), before);
}

// What a crash leaves in the middle of it is found once more.
TEST_P(IndexFiles, ThatCannotBeWrittenAreTriedAgainByTheNextStart) {
  const std::string path = PathOf(0, kOffsetIndexSuffix);
  const std::string before = Content(path);
  Replace(path, "garbage!");
  store_.Reopen();
  store_.faults().Fail(FileCall::kRename, 0, StatusCode::kFull, /*forever=*/true);
  EXPECT_EQ(store_.Values(), values_);
  EXPECT_EQ(Content(path), "garbage!");
  store_.faults().Heal();
  store_.Reopen();
  EXPECT_EQ(store_.Values(), values_);
  EXPECT_EQ(Content(path), before);
}

// The index of a segment with few large batches has no entry.
TEST_P(IndexFiles, WithoutEntriesAreTakenAsTheyAre) {
  store_.Reopen();
  for (int i = 0; i < 4; ++i) store_.Append({std::string(1500, 'l')});
  const std::vector<std::string> values = store_.Values();
  store_.ReopenCleanly();
  EXPECT_EQ(store_.Values(), values);
  EXPECT_EQ(TimesMadeAgain(), 0U);
}

}  // namespace
}  // namespace odradek::storage
