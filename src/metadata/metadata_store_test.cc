#include "metadata/metadata_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/captured_log.h"
#include "metadata/testing/store_harness.h"

namespace odradek::metadata {
namespace {

constexpr char kJournal[] = "metadata/00000000000000000000.journal";

// Everything that clients can see of an image.
std::string Describe(const MetadataImage& image) {
  std::string text = image.cluster_id() + "\n";
  const auto add_configs = [&text](const ConfigMap& configs) {
    for (const auto& [key, value] : configs) text += " " + key + "=" + value;
    text += "\n";
  };
  add_configs(image.DefaultBrokerConfigs());
  for (const auto& [id, configs] : image.AllBrokerConfigs()) add_configs(configs);
  for (const auto& [name, configs] : image.AllGroupConfigs()) add_configs(configs);
  for (const AclBinding& acl : image.acls()) {
    text += std::string(NameOf(acl.resource)).append(" ").append(acl.name).append(" ");
    text += std::string(NameOf(acl.pattern)).append(NameOf(acl.operation));
    text += acl.principal + acl.host + std::string(NameOf(acl.permission)) + "\n";
  }
  for (const TopicRef& topic : image.TopicsByName()) {
    text += topic->name + " " + topic->id.ToString() + (topic->internal ? " internal" : "");
    for (const PartitionInfo& partition : topic->partitions) {
      text += " [" + std::to_string(partition.leader) + "/" +
              std::to_string(partition.leader_epoch) + ":";
      for (const int32_t id : partition.replicas) text += " " + std::to_string(id);
      text += " |";
      for (const int32_t id : partition.isr) text += " " + std::to_string(id);
      text += "]";
    }
    add_configs(topic->configs);
  }
  return text;
}

// One of every kind of change.
void ChangeEverything(StoreHarness& harness) {
  ASSERT_TRUE(harness.Create("kept", 3, 2).outcome.ok());
  ASSERT_TRUE(harness.Create("deleted").outcome.ok());
  ASSERT_TRUE(harness.Delete("deleted").outcome.ok());
  ASSERT_TRUE(harness.store().AutoCreateTopic("__consumer_offsets").outcome.ok());
  const NewPartitions more{.topic = "kept", .count = 5, .assignments = std::nullopt};
  ASSERT_TRUE(harness.store().CreatePartitions({&more, 1}, false)[0].ok());
  ASSERT_TRUE(harness.Set(ResourceType::kTopic, "kept", "retention.ms", "7").ok());
  ASSERT_TRUE(harness.Set(ResourceType::kBroker, "", "message.max.bytes", "2000").ok());
  ASSERT_TRUE(harness.Set(ResourceType::kBroker, "1", "log.retention.ms", "9").ok());
  ASSERT_TRUE(harness.Set(ResourceType::kGroup, "g", "share.session.timeout.ms", "50000").ok());
  AclBinding acl = {.resource = AclResource::kGroup,
                    .pattern = AclPattern::kPrefixed,
                    .name = "gone",
                    .principal = "User:p",
                    .host = "h",
                    .operation = AclOperation::kAll,
                    .permission = AclPermission::kDeny};
  ASSERT_TRUE(harness.store().CreateAcls({&acl, 1})[0].ok());
  acl.name = "stays";
  ASSERT_TRUE(harness.store().CreateAcls({&acl, 1})[0].ok());
  const AclFilter gone = {.name = "gone"};
  ASSERT_EQ(harness.store().DeleteAcls({&gone, 1})[0].acls.size(), 1U);
  const TopicRef kept = harness.image()->FindTopic("kept");
  const PartitionInfo& first = kept->partitions[0];
  const PartitionChange change{
      .topic_id = kept->id, .partition = 0, .leader = first.replicas[1], .isr = first.isr};
  ASSERT_TRUE(harness.store().ChangePartitions({&change, 1})[0].ok());
}

TEST(MetadataStore, RestoresEverythingFromTheJournal) {
  StoreHarness harness(2);
  ChangeEverything(harness);
  const std::string before = Describe(*harness.image());
  const int64_t version = harness.image()->version();
  harness.Restart();
  EXPECT_EQ(Describe(*harness.image()), before);
  EXPECT_EQ(harness.image()->version(), version);
}

TEST(MetadataStore, RestoresEverythingFromASnapshot) {
  StoreHarness harness(2);
  harness.SnapshotAfter(1);  // after every change
  ChangeEverything(harness);
  const std::string before = Describe(*harness.image());
  EXPECT_FALSE(harness.files().Exists(kJournal));
  harness.Restart();
  EXPECT_EQ(Describe(*harness.image()), before);
}

TEST(MetadataStore, LosesNothingAcknowledgedWhenTheTailIsTorn) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("first").outcome.ok());
  const std::string before = Describe(*harness.image());
  const size_t kept = harness.files().ReadAll(kJournal).value().size();
  ASSERT_TRUE(harness.Create("second", 3).outcome.ok());
  const std::string whole = harness.files().ReadAll(kJournal).value();
  for (size_t size = kept; size < whole.size(); ++size) {
    ASSERT_TRUE(
        harness.files().WriteAtomically(kJournal, std::string_view(whole).substr(0, size)).ok());
    harness.Restart();
    ASSERT_EQ(Describe(*harness.image()), before) << "cut at " << size;
  }
}

TEST(MetadataStore, RefusesAJournalWithAHole) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("first").outcome.ok());
  const size_t at = harness.files().ReadAll(kJournal).value().size();
  ASSERT_TRUE(harness.Create("second").outcome.ok());
  ASSERT_TRUE(harness.Create("third").outcome.ok());
  std::string content = harness.files().ReadAll(kJournal).value();
  content[at + 20] ^= 1;
  ASSERT_TRUE(harness.files().WriteAtomically(kJournal, content).ok());
  EXPECT_EQ(harness.Open().status().code(), StatusCode::kCorrupt);
}

TEST(MetadataStore, KeepsItsClusterId) {
  StoreHarness harness;
  const std::string id = harness.image()->cluster_id();
  EXPECT_EQ(id.size(), 22u);
  harness.Restart();
  EXPECT_EQ(harness.image()->cluster_id(), id);
}

TEST(MetadataStore, LeadsByBrokersThatExist) {
  StoreHarness harness(3);
  ASSERT_TRUE(harness.Create("t", 6, 2).outcome.ok());
  const ImageRef before = harness.image();
  const CapturedLog lines;
  harness.RestartWith({{.id = 1, .rack = "r"}});
  EXPECT_EQ(lines.Count("no broker 2, 3 any more: 6 partitions have fewer replicas"), 1U)
      << log::Captured();
  const TopicRef old_topic = before->FindTopic("t");
  const TopicRef topic = harness.image()->FindTopic("t");
  ASSERT_EQ(topic->partitions.size(), 6u);
  EXPECT_EQ(topic->id, old_topic->id);
  for (size_t i = 0; i < 6; ++i) {
    const PartitionInfo& partition = topic->partitions[i];
    EXPECT_EQ(partition.leader, 1);
    EXPECT_EQ(partition.replicas, std::vector<int32_t>{1});
    EXPECT_EQ(partition.isr, std::vector<int32_t>{1});
    EXPECT_EQ(partition.leader_epoch, old_topic->partitions[i].leader == 1 ? 0 : 1);
  }
  EXPECT_EQ(harness.image()->brokers()[0].rack, "r");
}

TEST(MetadataStore, NeverGivesAProducerIdTwice) {
  StoreHarness harness;
  std::set<int64_t> seen;
  for (int restart = 0; restart < 3; ++restart) {
    for (int i = 0; i < 1500; ++i) {
      const int64_t id = harness.store().NextProducerId().value();
      ASSERT_GE(id, 0);
      ASSERT_TRUE(seen.insert(id).second) << id;
    }
    harness.Restart();
  }
  harness.SnapshotAfter(1);
  ASSERT_TRUE(harness.Create("t").outcome.ok());  // makes a snapshot
  harness.Restart();
  EXPECT_TRUE(seen.insert(harness.store().NextProducerId().value()).second);
}

TEST(MetadataStore, TellsListenersBeforeItAnswers) {
  StoreHarness harness;
  std::vector<MetadataChange> changes;
  harness.store().Subscribe([&](const MetadataChange& change) {
    EXPECT_EQ(harness.image(), change.after);  // published already
    changes.push_back(change);
  });
  ASSERT_TRUE(harness.Create("a").outcome.ok());
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].topics, std::vector<std::string>{"a"});
  EXPECT_EQ(changes[0].before->FindTopic("a"), nullptr);
  EXPECT_NE(changes[0].after->FindTopic("a"), nullptr);
  EXPECT_FALSE(changes[0].configs_changed);

  ASSERT_TRUE(harness.Set(ResourceType::kBroker, "", "message.max.bytes", "5").ok());
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_TRUE(changes[1].topics.empty());
  EXPECT_TRUE(changes[1].configs_changed);

  ASSERT_TRUE(harness.Delete("a").outcome.ok());
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[2].topics, std::vector<std::string>{"a"});
  EXPECT_EQ(changes[2].after->FindTopic("a"), nullptr);

  EXPECT_FALSE(harness.Create("a", 0).outcome.ok());
  EXPECT_FALSE(harness.Delete("a").outcome.ok());
  EXPECT_EQ(changes.size(), 3u);  // nothing happened
}

TEST(MetadataStore, ChangesNothingThatItCannotJournal) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("a").outcome.ok());
  const std::string before = Describe(*harness.image());
  int told = 0;
  harness.store().Subscribe([&](const MetadataChange&) { ++told; });
  harness.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull, true);
  EXPECT_EQ(harness.Create("b").outcome.error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(harness.Create("b").topic, nullptr);
  EXPECT_EQ(harness.Delete("a").outcome.error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(harness.Set(ResourceType::kTopic, "a", "retention.ms", "1").error,
            ErrorCode::kUnknownServerError);
  EXPECT_EQ(harness.store().AutoCreateTopic("c").outcome.error, ErrorCode::kUnknownServerError);
  EXPECT_FALSE(harness.store().NextProducerId().ok());
  EXPECT_EQ(Describe(*harness.image()), before);
  EXPECT_EQ(told, 0);
  harness.faults().Heal();
  EXPECT_TRUE(harness.Create("b").outcome.ok());
}

// Else nobody could make room.
TEST(MetadataStore, WhatMakesRoomMayUseWhatIsKeptForAFullDevice) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("a").outcome.ok());
  int asked = 0;
  harness.set_make_room([&] {
    ++asked;
    harness.faults().Heal();
    return true;
  });
  const auto fill = [&] { harness.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull, true); };
  fill();
  EXPECT_FALSE(harness.Create("b").outcome.ok());
  EXPECT_EQ(asked, 0) << "it is not for what takes room";
  EXPECT_TRUE(harness.Set(ResourceType::kTopic, "a", "retention.ms", "1").ok());
  fill();
  const ConfigAlteration resource{
      static_cast<int8_t>(ResourceType::kTopic), "a", {{.name = "retention.ms", .value = "2"}}};
  EXPECT_TRUE(harness.store().ReplaceConfigs({&resource, 1}, false)[0].ok());
  fill();
  EXPECT_TRUE(harness.Delete("a").outcome.ok());
  EXPECT_EQ(asked, 3);
  const std::string before = Describe(*harness.image());
  harness.Restart();
  EXPECT_EQ(Describe(*harness.image()), before);
}

TEST(MetadataStore, OnlyAFullDeviceIsAskedForRoom) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("a").outcome.ok());
  int asked = 0;
  harness.set_make_room([&] { return ++asked > 0; });
  harness.faults().Fail(FileCall::kWrite, 0, StatusCode::kFatal);
  EXPECT_FALSE(harness.Delete("a").outcome.ok());
  EXPECT_EQ(asked, 0);
}

TEST(MetadataStore, ASnapshotThatFindsNoRoomFailsNoCommand) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("a").outcome.ok());
  harness.SnapshotAfter(1);
  harness.set_make_room([] { return true; });
  const CapturedLog lines;
  for (const std::string_view value : {"1", "2"}) {
    harness.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull);
    harness.faults().Fail(FileCall::kWrite, 2, StatusCode::kFull);  // that of the snapshot
    EXPECT_TRUE(harness.Set(ResourceType::kTopic, "a", "retention.ms", value).ok());
  }
  EXPECT_EQ(lines.Count("metadata snapshot: "), 1U);
  harness.Restart();
  EXPECT_EQ(harness.image()->FindTopic("a")->configs.at("retention.ms"), "2");
}

TEST(MetadataStore, TellsWhatItCannotJournalAndWhatToDo) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("a").outcome.ok());
  const CapturedLog lines;
  harness.faults().Fail(FileCall::kWrite, 0, StatusCode::kFull, true);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(harness.Delete("a").outcome.ok());
  EXPECT_FALSE(harness.store().NextProducerId().ok());
  EXPECT_EQ(lines.Count("metadata cannot be written: "), 1U) << log::Captured();
  EXPECT_EQ(lines.Count("make room on the device"), 1U) << log::Captured();
  harness.faults().Heal();
  EXPECT_TRUE(harness.Delete("a").outcome.ok());
  EXPECT_EQ(lines.Count("metadata can be written again"), 1U);
}

TEST(MetadataStore, TellsThatADeadDeviceNeedsARestart) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("a").outcome.ok());
  const CapturedLog lines;
  harness.faults().Fail(FileCall::kSync, 0, StatusCode::kFatal);
  EXPECT_FALSE(harness.Delete("a").outcome.ok());
  EXPECT_EQ(lines.Count("then restart"), 1U) << log::Captured();
}

TEST(MetadataStore, OldImagesStayAsTheyWere) {
  StoreHarness harness;
  ASSERT_TRUE(harness.Create("a").outcome.ok());
  const ImageRef old_image = harness.image();
  const std::string before = Describe(*old_image);
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(harness.Create("t" + std::to_string(i)).outcome.ok());
  ASSERT_TRUE(harness.Delete("a").outcome.ok());
  EXPECT_EQ(Describe(*old_image), before);
  EXPECT_EQ(harness.image()->topic_count(), 600u);
}

// 100 000 partitions: what creating and replaying them costs is in the benchmarks; here it must
// work at all, and nothing may grow with the square.
TEST(MetadataStore, HoldsAHundredThousandPartitions) {
  StoreHarness harness;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::string> names;
    std::vector<NewTopic> topics;
    for (int j = 0; j < 10; ++j)
      names.push_back("topic." + std::to_string(i) + "-" + std::to_string(j));
    for (const std::string& name : names) {
      topics.push_back({.name = name,
                        .partition_count = 100,
                        .replication_factor = 1,
                        .assignments = {},
                        .configs = {}});
    }
    for (const CreatedTopic& created : harness.store().CreateTopics(topics, false)) {
      ASSERT_TRUE(created.outcome.ok()) << created.outcome.message;
    }
  }
  harness.Restart();
  ASSERT_EQ(harness.image()->topic_count(), 1000u);
  size_t partitions = 0;
  for (const TopicRef& topic : harness.image()->TopicsByName())
    partitions += topic->partitions.size();
  EXPECT_EQ(partitions, 100'000u);
}

class OnDisk : public testing::Test {
 protected:
  OnDisk() {
    std::string pattern = testing::TempDir() + "odradek-metadata-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    files_ = MakePosixFiles(root_);
  }
  ~OnDisk() override {
    EXPECT_TRUE(MakePosixFiles(testing::TempDir())
                    ->RemoveTree(root_.substr(testing::TempDir().size()))
                    .ok());
  }

  Result<std::unique_ptr<MetadataStore>> Open(std::string cluster_id = {}, Files* files = nullptr) {
    MetadataOptions options;
    options.snapshot_at_stop_bytes = snapshot_at_stop_bytes_;
    options.cluster_id = std::move(cluster_id);
    options.brokers = {{.id = 4, .rack = {}}};
    options.config = &server_;
    if (files == nullptr) files = files_.get();
    return MetadataStore::Open(Env{&clock_, &random_, files, nullptr}, std::move(options));
  }
  // The cluster id that clients of a broker that is killed next may have been told.
  std::string StartAndBeKilled() {
    const auto store = Open().value();
    EXPECT_TRUE(store->Draft().ok());
    return store->image()->cluster_id();
  }

  HeldClock clock_;
  SeededRandom random_{3};
  int64_t snapshot_at_stop_bytes_ = MetadataOptions().snapshot_at_stop_bytes;
  config::ServerConfig server_;
  std::string root_;
  std::unique_ptr<Files> files_;
};

TEST_F(OnDisk, WritesMetaPropertiesAsKafkaDoes) {
  auto store = Open().value();
  const std::string id = store->image()->cluster_id();
  ASSERT_TRUE(store->Settle().ok());
  const std::string text = files_->ReadAll("meta.properties").value();
  EXPECT_NE(text.find("\ncluster.id=" + id + "\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nnode.id=4\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nversion=1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\ndirectory.id="), std::string::npos) << text;
  EXPECT_EQ(Open().value()->image()->cluster_id(), id);
  EXPECT_EQ(files_->ReadAll("meta.properties").value(), text);
}

// A broker serves before the device has answered.
TEST_F(OnDisk, AFirstStartWaitsForNoDeviceUntilSomethingIsDone) {
  FaultyFiles counting(*files_);
  auto store = Open({}, &counting).value();
  EXPECT_TRUE(files_->List("")->empty());
  ASSERT_TRUE(store->Draft().ok());
  EXPECT_EQ(counting.plan().count(FileCall::kSync), 0);
  EXPECT_EQ(counting.plan().count(FileCall::kSyncDir), 0);
  const std::vector<DirEntry> entries = files_->List("").value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].name, kMetaPropertiesDraftName);
  const NewTopic topic{.name = "t", .assignments = {}, .configs = {}};
  ASSERT_TRUE(store->CreateTopics({&topic, 1}, false)[0].outcome.ok());
  const std::string before = Describe(*store->image());
  store.reset();
  EXPECT_EQ(Describe(*Open().value()->image()), before);
}

TEST_F(OnDisk, AFirstStartThatEndsCleanlyKeepsItsClusterId) {
  auto store = Open().value();
  const std::string id = store->image()->cluster_id();
  ASSERT_TRUE(store->Draft().ok());
  ASSERT_TRUE(store->Close().ok());
  EXPECT_EQ(Open().value()->image()->cluster_id(), id);
}

// Its port was taken, or its device is full.
TEST_F(OnDisk, AFirstStartThatCameToNothingWritesNothing) {
  ASSERT_TRUE(Open().value()->Close().ok());
  EXPECT_TRUE(files_->List("")->empty());
}

// Clients may have been told of it.
TEST_F(OnDisk, AFirstStartThatIsKilledKeepsItsClusterId) {
  const std::string id = StartAndBeKilled();
  EXPECT_EQ(StartAndBeKilled(), id);
  ASSERT_TRUE(Open().value()->Settle().ok());
  EXPECT_FALSE(files_->Exists(std::string(kMetaPropertiesDraftName)));
  EXPECT_EQ(StartAndBeKilled(), id);
  EXPECT_FALSE(files_->Exists(std::string(kMetaPropertiesDraftName)));
}

// By a power cut.
TEST_F(OnDisk, AFirstStartWhoseDraftIsTornIsAFirstStart) {
  const std::string draft(kMetaPropertiesDraftName);
  const std::string id = StartAndBeKilled();
  const std::string whole = files_->ReadAll(draft).value();
  for (const size_t size : {size_t{0}, size_t{1}, whole.size() / 2, whole.size() - 2}) {
    ASSERT_TRUE(files_->WriteAtomically(draft, whole.substr(0, size)).ok());
    EXPECT_NE(StartAndBeKilled(), id);
    EXPECT_NE(files_->ReadAll(draft).value(), whole);
  }
}

TEST_F(OnDisk, WhatAFirstStartCouldNotWriteIsTriedAgain) {
  FaultyFiles faulty(*files_);
  auto store = Open({}, &faulty).value();
  const std::string id = store->image()->cluster_id();
  const NewTopic topic{.name = "t", .assignments = {}, .configs = {}};
  faulty.plan().Fail(FileCall::kWrite, 0, StatusCode::kFull);
  EXPECT_FALSE(store->CreateTopics({&topic, 1}, false)[0].outcome.ok());
  faulty.plan().Fail(FileCall::kMakeDirs, 0, StatusCode::kFull);
  EXPECT_FALSE(store->NextProducerId().ok());
  ASSERT_TRUE(store->CreateTopics({&topic, 1}, false)[0].outcome.ok());
  store.reset();
  const ImageRef image = Open().value()->image();
  EXPECT_EQ(image->cluster_id(), id);
  EXPECT_NE(image->FindTopic("t"), nullptr);
}

// A start would make their topics anew over them.
TEST_F(OnDisk, RefusesPartitionsWithoutTheMetadataThatKnowsThem) {
  ASSERT_TRUE(Open().value()->Settle().ok());
  ASSERT_TRUE(files_->MakeDirs("t/0").ok());
  ASSERT_TRUE(files_->MakeDirs("lost+found/0").ok());
  ASSERT_TRUE(Open().ok());
  const auto expect_refused = [&] {
    const auto opened = Open();
    EXPECT_EQ(opened.status().code(), StatusCode::kFatal);
    EXPECT_NE(opened.status().message().find("t/0"), std::string_view::npos);
  };
  const std::string whole = files_->ReadAll(kJournal).value();
  ASSERT_TRUE(files_->Remove("metadata/journal.mark").ok());
  for (const size_t size : {size_t{0}, size_t{8}, whole.size() - 1}) {
    ASSERT_TRUE(files_->WriteAtomically(kJournal, whole.substr(0, size)).ok());
    expect_refused();
  }
  ASSERT_TRUE(files_->RemoveTree("metadata").ok());
  expect_refused();
  EXPECT_FALSE(files_->Exists("metadata"));
  ASSERT_TRUE(files_->RemoveTree("t").ok());
  EXPECT_TRUE(Open().ok());
}

TEST_F(OnDisk, TakesTheClusterIdOfADirectoryThatKafkaFormatted) {
  ASSERT_TRUE(
      files_->WriteAtomically("meta.properties", "#\n#Mon\ncluster.id=abc\nnode.id=4\nversion=1\n")
          .ok());
  EXPECT_EQ(Open().value()->image()->cluster_id(), "abc");
}

TEST_F(OnDisk, RefusesTheDirectoryOfAnotherCluster) {
  ASSERT_TRUE(Open("one").value()->Settle().ok());
  EXPECT_EQ(Open("two").status().code(), StatusCode::kInvalid);
  ASSERT_TRUE(
      files_->WriteAtomically("meta.properties", "cluster.id=three\nnode.id=4\nversion=1\n").ok());
  EXPECT_FALSE(Open().ok());
  ASSERT_TRUE(
      files_->WriteAtomically("meta.properties", "cluster.id=one\nnode.id=4\nversion=0\n").ok());
  EXPECT_EQ(Open().status().code(), StatusCode::kCorrupt);
  // As a crash of the system may leave it; only the metadata knows the id then.
  for (const std::string& content : {std::string(), std::string(30, '\0')}) {
    ASSERT_TRUE(files_->WriteAtomically("meta.properties", content).ok());
    const Status refused = Open().status();
    EXPECT_EQ(refused.code(), StatusCode::kCorrupt);
    for (const char* words : {"put it back", "'version=1'", "'node.id=4'", "'cluster.id=one'"})
      EXPECT_NE(refused.message().find(words), std::string_view::npos) << refused.ToString();
  }
}

// Its replica lists would be rewritten without a word.
TEST_F(OnDisk, RefusesTheDirectoryOfAnotherNode) {
  ASSERT_TRUE(
      files_->WriteAtomically("meta.properties", "cluster.id=one\nnode.id=3\nversion=1\n").ok());
  const Status refused = Open().status();
  EXPECT_EQ(refused.code(), StatusCode::kInvalid);
  EXPECT_NE(refused.message().find("meta.properties says node.id=3"), std::string_view::npos);
  ASSERT_TRUE(
      files_->WriteAtomically("meta.properties", "cluster.id=one\nnode.id=4\nversion=1\n").ok());
  EXPECT_TRUE(Open().ok());
}

TEST_F(OnDisk, ClosingLeavesASnapshotWhereAJournalIsLong) {
  snapshot_at_stop_bytes_ = 1;
  auto store = Open().value();
  const NewTopic topic{.name = "t", .assignments = {}, .configs = {}};
  ASSERT_TRUE(store->CreateTopics({&topic, 1}, false)[0].outcome.ok());
  const std::string before = Describe(*store->image());
  ASSERT_TRUE(store->Close().ok());
  EXPECT_FALSE(files_->Exists(kJournal));
  EXPECT_EQ(Describe(*Open().value()->image()), before);
}

TEST_F(OnDisk, ClosingLeavesAShortJournalAsItIs) {
  auto store = Open().value();
  const NewTopic topic{.name = "t", .assignments = {}, .configs = {}};
  ASSERT_TRUE(store->CreateTopics({&topic, 1}, false)[0].outcome.ok());
  const std::string before = Describe(*store->image());
  const std::string journal = files_->ReadAll(kJournal).value();
  ASSERT_TRUE(store->Close().ok());
  EXPECT_EQ(files_->ReadAll(kJournal).value(), journal);
  EXPECT_EQ(Describe(*Open().value()->image()), before);
}

}  // namespace
}  // namespace odradek::metadata
