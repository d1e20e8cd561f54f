#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "metadata/metadata_store.h"
#include "metadata/testing/store_harness.h"

namespace odradek::metadata {
namespace {

NewTopic Plain(std::string_view name, int32_t partitions = -1, int32_t replicas = -1) {
  return {.name = name,
          .partition_count = partitions,
          .replication_factor = replicas,
          .assignments = {},
          .configs = {}};
}

NewTopic Manual(std::string_view name, std::vector<ReplicaAssignment> assignments) {
  NewTopic topic = Plain(name);
  topic.assignments = std::move(assignments);
  return topic;
}

NewTopic WithConfig(std::string_view name, std::string_view key,
                    std::optional<std::string_view> value) {
  NewTopic topic = Plain(name);
  topic.configs.emplace_back(key, value);
  return topic;
}

TEST(CreateTopics, PublishesTheTopicBeforeItAnswers) {
  StoreHarness harness;
  const CreatedTopic created = harness.Create("orders", 3);
  ASSERT_TRUE(created.outcome.ok()) << created.outcome.message;
  const TopicRef found = harness.image()->FindTopic("orders");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found, created.topic);
  EXPECT_EQ(found, harness.image()->FindTopic(found->id));
  ASSERT_EQ(found->partitions.size(), 3u);
  for (const PartitionInfo& partition : found->partitions) {
    EXPECT_EQ(partition.leader, 1);
    EXPECT_EQ(partition.leader_epoch, 0);
    EXPECT_EQ(partition.replicas, std::vector<int32_t>{1});
    EXPECT_EQ(partition.isr, std::vector<int32_t>{1});
  }
}

TEST(CreateTopics, UsesTheBrokersDefaults) {
  StoreHarness harness(3, {"num.partitions=4", "default.replication.factor=2"});
  const CreatedTopic created = harness.Create(Plain("t"));
  ASSERT_TRUE(created.outcome.ok());
  ASSERT_EQ(created.topic->partitions.size(), 4u);
  EXPECT_EQ(created.topic->partitions[0].replicas.size(), 2u);
}

TEST(CreateTopics, OnlyValidatesWhenAskedTo) {
  StoreHarness harness;
  const CreatedTopic created = harness.Create(Plain("t", 2, 1), true);
  EXPECT_TRUE(created.outcome.ok());
  ASSERT_NE(created.topic, nullptr);
  EXPECT_EQ(created.topic->partitions.size(), 2u);
  EXPECT_EQ(harness.image()->FindTopic("t"), nullptr);
  EXPECT_EQ(harness.Create(Plain("t", 0, 1), true).outcome.error, ErrorCode::kInvalidPartitions);
}

TEST(CreateTopics, RefusesIllegalNames) {
  StoreHarness harness;
  const std::string longest(249, 'x');
  const std::string too_long(250, 'x');
  for (const std::string_view name :
       {std::string_view(), std::string_view("."), std::string_view(".."), std::string_view("a/b"),
        std::string_view("ü"), std::string_view(too_long)}) {
    EXPECT_EQ(harness.Create(name).outcome.error, ErrorCode::kInvalidTopicException) << name;
  }
  EXPECT_TRUE(harness.Create(longest).outcome.ok());
  EXPECT_EQ(harness.Create("").outcome.message,
            "Topic name is invalid: the empty string is not allowed");
}

TEST(CreateTopics, RefusesNamesOfFilesOfTheDataDirectory) {
  StoreHarness harness;
  for (const std::string name : {".lock", "meta.properties", "meta.properties.tmp"}) {
    const Outcome outcome = harness.Create(name).outcome;
    EXPECT_EQ(outcome.error, ErrorCode::kInvalidTopicException) << name;
    EXPECT_EQ(outcome.message,
              "Topic name is invalid: a file of the data directory has the name '" + name + "'");
  }
  EXPECT_TRUE(harness.Create("meta.properties.bak").outcome.ok());
}

TEST(CreateTopics, RefusesNamesThatMetricsCannotTellApart) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("a.b_c").outcome.ok());
  const CreatedTopic twin = harness.Create("a_b.c");
  EXPECT_EQ(twin.outcome.error, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(twin.outcome.message, "Topic 'a_b.c' collides with existing topic: a.b_c");
  EXPECT_TRUE(harness.Create("a-b-c").outcome.ok());
}

TEST(CreateTopics, RefusesAnExistingName) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("t").outcome.ok());
  const CreatedTopic again = harness.Create("t");
  EXPECT_EQ(again.outcome.error, ErrorCode::kTopicAlreadyExists);
  EXPECT_EQ(again.outcome.message, "Topic 't' already exists.");
}

TEST(CreateTopics, JudgesEachTopicByItself) {
  StoreHarness harness;
  const std::vector<NewTopic> topics = {Plain("good"), Plain("bad", 0), Plain("fine", 2)};
  const auto answers = harness.store().CreateTopics(topics, false);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_TRUE(answers[0].outcome.ok());
  EXPECT_EQ(answers[1].outcome.error, ErrorCode::kInvalidPartitions);
  EXPECT_TRUE(answers[2].outcome.ok());
  EXPECT_EQ(harness.image()->topic_count(), 2u);
}

TEST(CreateTopics, ChecksPartitionAndReplicaNumbers) {
  StoreHarness harness(2);
  EXPECT_EQ(harness.Create("t", 0, 1).outcome.error, ErrorCode::kInvalidPartitions);
  EXPECT_EQ(harness.Create("t", -2, 1).outcome.error, ErrorCode::kInvalidPartitions);
  EXPECT_EQ(harness.Create("t", 1, 0).outcome.error, ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(harness.Create("t", 1, -2).outcome.error, ErrorCode::kInvalidReplicationFactor);
  const CreatedTopic three = harness.Create("t", 1, 3);
  EXPECT_EQ(three.outcome.error, ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(three.outcome.message,
            "Unable to replicate the partition 3 time(s): The target replication factor of 3 "
            "cannot be reached "
            "because only 2 broker(s) are registered or some brokers have all their log "
            "directories cordoned.");
  EXPECT_TRUE(harness.Create("t", 1, 2).outcome.ok());
}

TEST(CreateTopics, ChecksManualAssignments) {
  StoreHarness harness(3);
  const auto error = [&](std::vector<ReplicaAssignment> assignments) {
    return harness.Create(Manual("t", std::move(assignments))).outcome.error;
  };
  EXPECT_EQ(error({{0, {1}}, {2, {1}}}), ErrorCode::kInvalidReplicaAssignment);  // a gap
  EXPECT_EQ(error({{0, {1}}, {0, {2}}}), ErrorCode::kInvalidReplicaAssignment);  // twice
  EXPECT_EQ(error({{0, {}}}), ErrorCode::kInvalidReplicaAssignment);             // nobody
  EXPECT_EQ(error({{0, {1, 1}}}), ErrorCode::kInvalidReplicaAssignment);         // twice the same
  EXPECT_EQ(error({{0, {4}}}), ErrorCode::kInvalidReplicaAssignment);            // unknown broker
  EXPECT_EQ(error({{0, {1, 2}}, {1, {3}}}), ErrorCode::kInvalidReplicaAssignment);  // unequal
  EXPECT_EQ(error({{-1, {1}}}), ErrorCode::kInvalidReplicaAssignment);
  NewTopic both = Manual("t", {{0, {1}}});
  both.partition_count = 1;
  EXPECT_EQ(harness.Create(both).outcome.error, ErrorCode::kInvalidRequest);
  both.partition_count = -1;
  both.replication_factor = 1;
  EXPECT_EQ(harness.Create(both).outcome.error, ErrorCode::kInvalidRequest);

  const CreatedTopic good = harness.Create(Manual("t", {{1, {3, 1}}, {0, {2, 3}}}));
  ASSERT_TRUE(good.outcome.ok()) << good.outcome.message;
  EXPECT_EQ(good.topic->partitions[0].leader, 2);
  EXPECT_EQ(good.topic->partitions[1].replicas, (std::vector<int32_t>{3, 1}));
}

TEST(CreateTopics, ChecksConfigs) {
  StoreHarness harness;
  const auto outcome = [&](std::string_view key, std::optional<std::string_view> value) {
    return harness.Create(WithConfig("t", key, value)).outcome;
  };
  EXPECT_EQ(outcome("no.such.config", "1").message, "Unknown topic config name: no.such.config");
  EXPECT_EQ(outcome("retention.ms", "soon").message,
            "Invalid value soon for configuration retention.ms: Not a number of type LONG");
  EXPECT_EQ(outcome("retention.ms", "-2").message,
            "Invalid value -2 for configuration retention.ms: Value must be at least -1");
  EXPECT_EQ(outcome("retention.ms", std::nullopt).message,
            "Null value not supported for topic configs: retention.ms");
  EXPECT_EQ(outcome("", std::nullopt).message, "Null value not supported for topic configs: ");
  EXPECT_EQ(outcome("cleanup.policy", "shred").error, ErrorCode::kInvalidConfig);
  EXPECT_EQ(outcome("max.compaction.lag.ms", "1").error, ErrorCode::kNone);
  ASSERT_TRUE(harness.Delete("t").outcome.ok());
  NewTopic conflict = WithConfig("t", "max.compaction.lag.ms", "1");
  conflict.configs.emplace_back("min.compaction.lag.ms", "2");
  EXPECT_EQ(harness.Create(conflict).outcome.message,
            "conflict topic config setting min.compaction.lag.ms (2) > max.compaction.lag.ms (1)");
}

TEST(CreateTopics, RefusesRequestsThatAreTooLarge) {
  StoreHarness harness;
  EXPECT_EQ(harness.Create("t", 10'001).outcome.error, ErrorCode::kPolicyViolation);
  EXPECT_EQ(harness.Create("t", 10'001).outcome.message,
            "Excessively large number of partitions per request.");
  EXPECT_EQ(harness.Create("t", 10'000).outcome.message,
            "Unable to perform excessively large batch operation.");
  EXPECT_TRUE(harness.Create("t", 9'999).outcome.ok());
}

TEST(CreateTopics, SpreadsLeadersAndReplicas) {
  StoreHarness harness(4);
  const CreatedTopic created = harness.Create("t", 12, 3);
  ASSERT_TRUE(created.outcome.ok());
  std::vector<int> led(5), held(5);
  for (const PartitionInfo& partition : created.topic->partitions) {
    EXPECT_EQ(partition.leader, partition.replicas.front());
    EXPECT_EQ(std::set<int32_t>(partition.replicas.begin(), partition.replicas.end()).size(), 3u);
    ++led[static_cast<size_t>(partition.leader)];
    for (const int32_t id : partition.replicas) ++held[static_cast<size_t>(id)];
  }
  for (size_t id = 1; id <= 4; ++id) {
    EXPECT_EQ(led[id], 3);
    EXPECT_EQ(held[id], 9);
  }
}

TEST(DeleteTopics, FreesTheNameAndGivesANewIdNextTime) {
  StoreHarness harness;
  const Uuid first = harness.Create("t").topic->id;
  const DeletedTopic deleted = harness.Delete("t");
  EXPECT_TRUE(deleted.outcome.ok());
  EXPECT_EQ(deleted.id, first);
  EXPECT_EQ(harness.image()->FindTopic("t"), nullptr);
  EXPECT_EQ(harness.image()->FindTopic(first), nullptr);
  const CreatedTopic again = harness.Create("t");
  ASSERT_TRUE(again.outcome.ok());
  EXPECT_NE(again.topic->id, first);
}

TEST(DeleteTopics, FindsByNameOrById) {
  StoreHarness harness;
  const Uuid id = harness.Create("t").topic->id;
  const std::vector<TopicToDelete> topics = {{.name = {}, .id = id},
                                             {.name = "absent", .id = {}},
                                             {.name = {}, .id = Uuid{{1}}},
                                             {.name = "t", .id = {}}};
  const auto answers = harness.store().DeleteTopics(topics);
  EXPECT_TRUE(answers[0].outcome.ok());
  EXPECT_EQ(answers[0].name, "t");
  EXPECT_EQ(answers[1].outcome.error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(answers[2].outcome.error, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(answers[3].outcome.error, ErrorCode::kUnknownTopicOrPartition);  // gone by now
}

TEST(CreatePartitions, AddsAndRefuses) {
  StoreHarness harness(3);
  ASSERT_TRUE(harness.Create("t", 2, 2).outcome.ok());
  const auto add = [&](int32_t count,
                       std::optional<std::vector<std::vector<int32_t>>> assignments = std::nullopt,
                       std::string_view name = "t", bool validate_only = false) {
    const NewPartitions topic{name, count, std::move(assignments)};
    return harness.store().CreatePartitions({&topic, 1}, validate_only)[0];
  };
  EXPECT_EQ(add(2).message, "Topic already has 2 partition(s).");
  EXPECT_EQ(add(1).message,
            "The topic t currently has 2 partition(s); 1 would not be an increase.");
  EXPECT_EQ(add(3, std::nullopt, "absent").error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(add(4, {{{1, 2}}}).error, ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(add(3, {{{1}}}).error, ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(add(100'000).error, ErrorCode::kPolicyViolation);
  EXPECT_TRUE(add(3, std::nullopt, "t", true).ok());
  EXPECT_EQ(harness.image()->FindTopic("t")->partitions.size(), 2u);
  EXPECT_TRUE(add(3, {{{3, 1}}}).ok());
  EXPECT_EQ(harness.image()->FindTopic("t")->partitions[2].replicas, (std::vector<int32_t>{3, 1}));
  EXPECT_TRUE(add(6).ok());
  EXPECT_EQ(harness.image()->FindTopic("t")->partitions.size(), 6u);
}

TEST(ChangePartitions, MovesTheLeaderAndRaisesTheEpoch) {
  StoreHarness harness(3);
  const TopicRef topic = harness.Create("t", 1, 3).topic;
  const int32_t next = topic->partitions[0].replicas[1];
  PartitionChange change{.topic_id = topic->id, .partition = 0, .leader = next, .isr = {next}};
  EXPECT_TRUE(harness.store().ChangePartitions({&change, 1})[0].ok());
  const PartitionInfo& partition = harness.image()->FindTopic("t")->partitions[0];
  EXPECT_EQ(partition.leader, next);
  EXPECT_EQ(partition.leader_epoch, 1);
  EXPECT_EQ(partition.isr, std::vector<int32_t>{next});
  EXPECT_EQ(topic->partitions[0].leader_epoch, 0);  // older images stay as they were
  change.leader = 9;
  EXPECT_EQ(harness.store().ChangePartitions({&change, 1})[0].error, ErrorCode::kInvalidRequest);
}

TEST(AutoCreateTopic, MakesInternalTopicsTheirOwnWay) {
  StoreHarness harness;
  const CreatedTopic offsets = harness.store().AutoCreateTopic("__consumer_offsets");
  ASSERT_TRUE(offsets.outcome.ok()) << offsets.outcome.message;
  EXPECT_TRUE(offsets.topic->internal);
  EXPECT_EQ(offsets.topic->partitions.size(), 50u);
  EXPECT_EQ(offsets.topic->partitions[0].replicas.size(), 1u);  // Kafka's three are not to be had
  EXPECT_EQ(offsets.topic->configs, (ConfigMap{{"cleanup.policy", "compact"},
                                               {"compression.type", "producer"},
                                               {"segment.bytes", "104857600"}}));
  const CreatedTopic transactions = harness.store().AutoCreateTopic("__transaction_state");
  EXPECT_EQ(transactions.topic->configs.at("min.insync.replicas"), "1");
  EXPECT_EQ(harness.store().AutoCreateTopic("__consumer_offsets").topic, offsets.topic);
}

TEST(AutoCreateTopic, MakesOrdinaryTopicsWithTheDefaults) {
  StoreHarness harness(1, {"num.partitions=3"});
  EXPECT_EQ(harness.store().AutoCreateTopic("t").topic->partitions.size(), 3u);
  EXPECT_EQ(harness.store().AutoCreateTopic("a b").outcome.error,
            ErrorCode::kInvalidTopicException);
}

}  // namespace
}  // namespace odradek::metadata
