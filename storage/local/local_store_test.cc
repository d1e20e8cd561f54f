#include "storage/local/local_store.h"

#include <gtest/gtest.h>

#include "base/testing/held_clock.h"
#include "protocol/records/batch_builder.h"

namespace odradek::storage {
namespace {

TEST(LocalStore, AppendsAndReads) {
  HeldClock clock;
  SeededRandom random(1);
  const std::unique_ptr<Files> files = MakeMemoryFiles();
  const Env env{.clock = &clock, .random = &random, .files = files.get()};
  const std::unique_ptr<LogStore> store = MakeLocalStore(env, {});
  Result<std::shared_ptr<PartitionLog>> log = store->Open({"t", random.NewUuid(), 0}, {});
  ASSERT_TRUE(log.ok());
  for (int i = 0; i < 100; ++i) {
    records::BatchBuilder builder;
    builder.Add(clock.WallMs(), "k", "value");
    builder.Add(clock.WallMs(), "k", "value");
    std::string batch = std::move(builder.Finish()).value();
    const AppendResult result = (*log)->Append({.owner = {}, .batches = batch});
    ASSERT_EQ(result.error, AppendError::kNone) << result.status.ToString();
    ASSERT_EQ(result.base_offset, 2 * i);
  }
  EXPECT_EQ((*log)->offsets().end, 200);
  ReadResult result;
  ASSERT_TRUE((*log)->Read({.offset = 11, .offset_limit = 200, .max_bytes = 1000}, &result).ok());
  EXPECT_GT(result.next_offset, 12);
  EXPECT_LE(result.data.size(), 1000u);
}

}  // namespace
}  // namespace odradek::storage
