#include "broker/fetch_session.h"

#include <gtest/gtest.h>

#include "base/testing/held_clock.h"

namespace odradek::broker {
namespace {

FetchTarget Target(std::string_view topic, int32_t partition, int64_t offset = 0) {
  return {.topic = topic, .partition = partition, .fetch_offset = offset, .max_bytes = 1024};
}

std::vector<int32_t> PartitionsOf(FetchSession& session) {
  Arena arena;
  std::vector<FetchTarget> targets;
  session.List(arena, &targets);
  std::vector<int32_t> partitions;
  for (const FetchTarget& target : targets) partitions.push_back(target.partition);
  return partitions;
}

class FetchSessionTest : public testing::Test {
 protected:
  HeldClock clock_;
  SeededRandom random_{1};
  FetchSessionCache cache_{clock_, random_, 2};
};

TEST_F(FetchSessionTest, EpochsRiseByOneAndAWrongOneIsRefused) {
  FetchSession session(7, false, 0);
  EXPECT_EQ(session.Advance(1, false), ErrorCode::kNone);
  EXPECT_EQ(session.Advance(1, false), ErrorCode::kInvalidFetchSessionEpoch);
  EXPECT_EQ(session.Advance(2, false), ErrorCode::kNone);
}

TEST_F(FetchSessionTest, ARefusedRequestDoesNotStepTheEpoch) {
  FetchSession session(7, false, 0);
  EXPECT_EQ(session.Advance(1, true), ErrorCode::kFetchSessionTopicIdError);
  EXPECT_EQ(session.Advance(1, false), ErrorCode::kNone);
}

TEST_F(FetchSessionTest, PuttingAPartitionAgainUpdatesItsOffset) {
  FetchSession session(7, false, 0);
  session.Put(Target("t", 0, 5));
  session.Put(Target("t", 0, 9));
  Arena arena;
  std::vector<FetchTarget> targets;
  session.List(arena, &targets);
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].fetch_offset, 9);
}

TEST_F(FetchSessionTest, PartitionsThatReturnedRecordsMoveToTheEnd) {
  FetchSession session(7, false, 0);
  for (int32_t i = 0; i < 3; ++i) session.Put(Target("t", i));
  const FetchAnswer answer{
      .target = Target("t", 0), .has_records = true, .high_watermark = 1, .log_start_offset = 0};
  EXPECT_TRUE(session.Note(answer, false));
  EXPECT_EQ(PartitionsOf(session), (std::vector<int32_t>{0, 1, 2})) << "a full answer";
  EXPECT_TRUE(session.Note(answer, true));
  EXPECT_EQ(PartitionsOf(session), (std::vector<int32_t>{1, 2, 0}));
}

TEST_F(FetchSessionTest, AnUnchangedPartitionIsNotTold) {
  FetchSession session(7, false, 0);
  session.Put(Target("t", 0));
  const FetchAnswer answer{.target = Target("t", 0), .high_watermark = 4, .log_start_offset = 0};
  EXPECT_TRUE(session.Note(answer, true));
  EXPECT_FALSE(session.Note(answer, true));
}

TEST_F(FetchSessionTest, RecoveryFromAnErrorIsTold) {
  FetchSession session(7, false, 0);
  session.Put(Target("t", 0));
  const FetchAnswer good{.target = Target("t", 0), .high_watermark = 4, .log_start_offset = 0};
  session.Note(good, true);
  EXPECT_TRUE(
      session.Note({.target = Target("t", 0), .is_exceptional = true, .failed = true}, true));
  EXPECT_TRUE(session.Note(good, true));
}

TEST_F(FetchSessionTest, ForgottenPartitionsAreNotListed) {
  FetchSession session(7, false, 0);
  session.Put(Target("t", 0));
  session.Put(Target("t", 1));
  session.Forget(Target("t", 0));
  EXPECT_EQ(PartitionsOf(session), std::vector<int32_t>{1});
}

TEST_F(FetchSessionTest, AFullCacheDeclinesNewcomersUntilASessionIsIdle) {
  ASSERT_NE(cache_.Create(1, false), nullptr);
  ASSERT_NE(cache_.Create(1, false), nullptr);
  EXPECT_EQ(cache_.Create(1, false), nullptr);
  clock_.Advance(FetchSessionCache::kEvictionMs + 1);
  EXPECT_NE(cache_.Create(1, false), nullptr);
  EXPECT_EQ(cache_.size(), 2u);
}

TEST_F(FetchSessionTest, ALargerNewcomerReplacesAnOldSmallSessionInUse) {
  const int32_t small = cache_.Create(0, false)->id();
  const FetchSessionRef large = cache_.Create(2, false);
  large->Put(Target("t", 0));
  large->Put(Target("t", 1));
  clock_.Advance(FetchSessionCache::kEvictionMs + 1);
  cache_.Find(small);
  cache_.Find(large->id());
  EXPECT_NE(cache_.Create(1, false), nullptr);
  EXPECT_EQ(cache_.Find(small), nullptr);
  EXPECT_NE(cache_.Find(large->id()), nullptr);
}

TEST_F(FetchSessionTest, ARemovedSessionIsUnknown) {
  const int32_t id = cache_.Create(1, false)->id();
  cache_.Remove(id);
  EXPECT_EQ(cache_.Find(id), nullptr);
}

}  // namespace
}  // namespace odradek::broker
