#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "metadata/metadata_store.h"
#include "metadata/testing/store_harness.h"

namespace odradek::metadata {
namespace {

ImportedTopic Topic(const std::string& name, uint8_t id) {
  return {
      .name = name, .id = Uuid{{id}}, .leader_epochs = {4, 0}, .configs = {{"retention.ms", "-1"}}};
}

TEST(ImportTopics, KeepIdsEpochsAndConfigs) {
  StoreHarness harness;
  const std::vector<ImportedTopic> topics = {Topic("a", 1), Topic("b", 2)};
  ASSERT_TRUE(harness.store().ImportTopics(topics, 0, false).ok());
  for (int round = 0; round < 2; ++round) {
    const TopicRef b = harness.image()->FindTopic(Uuid{{2}});
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(b->name, "b");
    EXPECT_EQ(b->configs, (ConfigMap{{"retention.ms", "-1"}}));
    ASSERT_EQ(b->partitions.size(), 2u);
    EXPECT_EQ(b->partitions[0].leader_epoch, 4);
    EXPECT_EQ(b->partitions[1].leader_epoch, 0);
    EXPECT_EQ(b->partitions[1].replicas, std::vector<int32_t>{1});
    harness.Restart();
  }
}

TEST(ImportTopics, AreAllMadeOrNone) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("b").outcome.ok());
  const auto refused = [&](ImportedTopic second, std::string_view why) {
    const std::vector<ImportedTopic> topics = {Topic("a", 1), std::move(second)};
    const Status status = harness.store().ImportTopics(topics, 0, false);
    EXPECT_EQ(status.code(), StatusCode::kInvalid);
    EXPECT_NE(status.message().find(why), std::string_view::npos) << status.ToString();
    EXPECT_EQ(harness.image()->topic_count(), 1u);
  };
  refused(Topic("b", 2), "Topic 'b' already exists.");
  refused(Topic("c", 1), "its id is that of topic a");
  refused(Topic("c", 0), "it has no id");
  refused(Topic("no name", 2), "no name");
  ImportedTopic wrong = Topic("c", 2);
  wrong.configs["retention.ms"] = "soon";
  refused(wrong, "retention.ms");
}

TEST(ImportTopics, ValidateOnlyChangesNothing) {
  StoreHarness harness;
  const std::vector<ImportedTopic> topics = {Topic("a", 1)};
  ASSERT_TRUE(harness.store().ImportTopics(topics, 500, true).ok());
  EXPECT_EQ(harness.image()->topic_count(), 0u);
  EXPECT_EQ(harness.store().NextProducerId().value(), 0);
}

TEST(ImportTopics, InternalTopicsAreCompactedWhateverIsKnownOfThem) {
  StoreHarness harness;
  const std::vector<ImportedTopic> topics = {Topic("__consumer_offsets", 1)};
  ASSERT_TRUE(harness.store().ImportTopics(topics, 0, false).ok());
  const TopicRef topic = harness.image()->FindTopic("__consumer_offsets");
  EXPECT_TRUE(topic->internal);
  EXPECT_EQ(topic->configs.at("cleanup.policy"), "compact");
  EXPECT_EQ(topic->configs.at("retention.ms"), "-1");
}

TEST(ImportTopics, ProducerIdsBelowTheLimitAreNotHandedOut) {
  StoreHarness harness;
  ASSERT_EQ(harness.store().NextProducerId().value(), 0);
  const std::vector<ImportedTopic> topics = {Topic("a", 1)};
  ASSERT_TRUE(harness.store().ImportTopics(topics, 5321, false).ok());
  EXPECT_EQ(harness.store().NextProducerId().value(), 5321);
  harness.Restart();
  EXPECT_GE(harness.store().NextProducerId().value(), 5322);
  const std::vector<ImportedTopic> more = {Topic("b", 2)};
  ASSERT_TRUE(harness.store().ImportTopics(more, 10, false).ok());
  EXPECT_GE(harness.store().NextProducerId().value(), 5323);
}

}  // namespace
}  // namespace odradek::metadata
