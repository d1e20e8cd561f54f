// A stop does not wait until a long log is loaded.
#include <gtest/gtest.h>

#include "storage/local/testing/store_harness.h"

namespace odradek::storage {
namespace {

constexpr int kSegments = 20;

class LoadStop : public testing::TestWithParam<Layer> {
 protected:
  LoadStop() {
    LogConfig config;
    config.segment_bytes = 300;  // one batch each
    store_.Configure(config);
    for (int i = 0; i < kSegments; ++i) store_.Append({std::string(100, 'v')});
  }
  // The segments that are opened until the log is loaded, or not.
  int64_t Load() {
    const int64_t before = store_.faults().count(FileCall::kOpen);
    status_ = store_.log().Lead({});
    return store_.faults().count(FileCall::kOpen) - before;
  }

  StoreHarness store_{GetParam()};
  Status status_;
};
INSTANTIATE_TEST_SUITE_P(Modes, LoadStop, testing::Values(Layer::kProcess, Layer::kPower),
                         [](const auto& instance) { return LayerName(instance.param); });

TEST_P(LoadStop, EndsALoadAtTheNextSegment) {
  store_.Reopen();
  store_.faults().Before(FileCall::kOpen, [&] { store_.store().BeginClose(); });
  EXPECT_LT(Load(), kSegments);
  EXPECT_EQ(status_.code(), StatusCode::kRetriable);
  EXPECT_TRUE(store_.store().Close().ok());
  store_.Reopen();
  Load();
  EXPECT_TRUE(status_.ok()) << status_.ToString();
  EXPECT_EQ(store_.log().offsets().end, kSegments);
}

TEST_P(LoadStop, ClosesWhatIsLoadedAsEver) {
  store_.store().BeginClose();
  store_.ReopenCleanly();
  Load();
  EXPECT_TRUE(status_.ok()) << status_.ToString();
  EXPECT_EQ(store_.log().offsets().end, kSegments);
}

}  // namespace
}  // namespace odradek::storage
