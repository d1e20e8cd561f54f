#include "broker/background_recovery.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/env/random.h"
#include "base/testing/captured_log.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_scheduler.h"
#include "base/testing/held_workers.h"
#include "broker/partition_manager.h"
#include "protocol/records/batch_builder.h"
#include "storage/local/local_store.h"

namespace odradek::broker {
namespace {

class BackgroundRecoveryTest : public testing::Test {
 protected:
  metadata::TopicRef Topic(const std::string& name, size_t partitions) {
    auto topic = std::make_shared<metadata::TopicInfo>();
    topic->name = name;
    topic->id = random_.NewUuid();
    topic->partitions.resize(partitions);
    return topic;
  }
  void Append(const metadata::TopicRef& topic, int32_t partition) {
    records::BatchBuilder builder;
    builder.Add(clock_.WallMs(), "key", "value");
    std::string batch = std::move(builder.Finish()).value();
    const auto log = store_->Open({topic->name, topic->id, partition}, {});
    ASSERT_TRUE(log.ok());
    ASSERT_EQ((*log)->Append({.owner = {}, .batches = batch}).error, storage::AppendError::kNone);
  }
  std::shared_ptr<BackgroundRecovery> Start(std::vector<metadata::TopicRef> topics) {
    auto recovery = std::make_shared<BackgroundRecovery>(
        env_, *store_,
        [this](const metadata::TopicInfo& topic, int32_t partition) {
          opened_.insert(topic.name + "-" + std::to_string(partition));
        },
        [this](const std::string& topic, int32_t partition) {
          return known_.contains(topic + "/" + std::to_string(partition));
        });
    recovery->Start([this] { opened_.insert("first"); }, std::move(topics));
    return recovery;
  }

  HeldClock clock_;
  HeldWorkers workers_;
  SeededRandom random_{7};
  std::unique_ptr<Files> files_ = MakeMemoryFiles();
  const Env env_{.clock = &clock_, .random = &random_, .files = files_.get(), .workers = &workers_};
  std::unique_ptr<storage::LogStore> store_ = storage::MakeLocalStore(env_, {});
  CapturedLog captured_;
  std::set<std::string> opened_;
  std::set<std::string> known_;  // now
};

TEST_F(BackgroundRecoveryTest, OpensWhatHasFilesAndNothingElse) {
  const metadata::TopicRef a = Topic("a", 3);
  const metadata::TopicRef b = Topic("b", 1);
  Append(a, 0);
  Append(a, 2);
  Append(b, 0);
  const auto recovery = Start({a, Topic("empty", 2), b});
  workers_.RunAll();
  EXPECT_EQ(opened_, (std::set<std::string>{"a-0", "a-2", "b-0", "first"}));
}

// A directory that a deleted topic of the same name left behind.
TEST_F(BackgroundRecoveryTest, LeavesPartitionsAloneThatTheTopicDoesNotHave) {
  const metadata::TopicRef wide = Topic("a", 3);
  Append(wide, 0);
  Append(wide, 2);
  const auto recovery = Start({Topic("a", 1)});
  workers_.RunAll();
  EXPECT_EQ(opened_, (std::set<std::string>{"a-0", "first"}));
}

TEST_F(BackgroundRecoveryTest, OpensOnePartitionAtATimeAndNoneOnceItIsStopped) {
  const metadata::TopicRef a = Topic("a", 3);
  for (int32_t partition = 0; partition < 3; ++partition) Append(a, partition);
  const auto recovery = Start({a});
  workers_.RunOne();
  EXPECT_EQ(opened_.size(), 2U);
  recovery->Stop();
  workers_.RunAll();
  EXPECT_EQ(opened_.size(), 2U);
}

TEST_F(BackgroundRecoveryTest, LooksAtAFewTopicsWithoutFilesAtATime) {
  std::vector<metadata::TopicRef> topics;
  for (size_t i = 0; i < 3 * BackgroundRecovery::kTopicsPerStep; ++i)
    topics.push_back(Topic("t" + std::to_string(i), 1));
  Append(topics.front(), 0);
  const auto recovery = Start(topics);
  int steps = 0;
  while (workers_.RunOne()) ++steps;
  EXPECT_EQ(steps, 4);
  EXPECT_EQ(opened_, (std::set<std::string>{"t0-0", "first"}));
}

TEST_F(BackgroundRecoveryTest, TellsOfFoldersThatTheMetadataDoesNotHave) {
  Append(Topic("renamed", 2), 1);
  Append(Topic("a", 3), 2);
  const metadata::TopicRef a = Topic("a", 1);
  Append(a, 0);
  ASSERT_TRUE(files_->MakeDirs("metadata").ok());
  ASSERT_TRUE(files_->MakeDirs("@deleted/0").ok());
  const auto recovery = Start({a});
  workers_.RunAll();
  EXPECT_EQ(captured_.Count("stray partition"), 2U);
  EXPECT_EQ(captured_.Count("found stray partition renamed/1: "), 1U);
  EXPECT_EQ(captured_.Count("found stray partition a/2: "), 1U);
  EXPECT_EQ(opened_, (std::set<std::string>{"a-0", "first"}));
  EXPECT_TRUE(files_->Exists("renamed/1"));
}

TEST_F(BackgroundRecoveryTest, TellsOfAFewStraysAndCountsTheOthers) {
  constexpr auto kStrays = static_cast<int32_t>(BackgroundRecovery::kStraysToldMax) + 5;
  const metadata::TopicRef stray = Topic("stray", kStrays);
  for (int32_t i = 0; i < kStrays; ++i) Append(stray, i);
  const auto recovery = Start({});
  workers_.RunAll();
  EXPECT_EQ(captured_.Count("found stray partition stray/"),
            static_cast<size_t>(BackgroundRecovery::kStraysToldMax));
  EXPECT_EQ(captured_.Count("found 5 more stray partitions"), 1U);
}

// Made, or deleted, since the start.
TEST_F(BackgroundRecoveryTest, TellsNothingOfWhatTheMetadataHasOrHadAtTheStart) {
  const metadata::TopicRef deleted = Topic("deleted", 1);
  Append(deleted, 0);
  Append(Topic("made", 1), 0);
  Append(Topic("widened", 3), 2);
  known_ = {"made/0", "widened/0", "widened/2"};
  const auto recovery = Start({deleted, Topic("widened", 1)});
  workers_.RunAll();
  EXPECT_EQ(captured_.Count("stray"), 0U);
}

TEST_F(BackgroundRecoveryTest, DoesNothingOnceItIsStopped) {
  Start({})->Stop();
  workers_.RunAll();
  EXPECT_TRUE(opened_.empty());
}

}  // namespace
}  // namespace odradek::broker
