#include "metadata/records.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace odradek::metadata {
namespace {

std::vector<Record> OneOfEach() {
  TopicInfo topic;
  topic.name = "t";
  topic.id = Uuid{{1, 2, 3}};
  topic.partitions = {{.leader = 1, .leader_epoch = 2, .replicas = {1, 2}, .isr = {1}},
                      {.leader = -1, .leader_epoch = 2'000'000, .replicas = {300}, .isr = {}}};
  topic.configs = {{"a", ""}, {"b", std::string(300, 'x')}};
  std::vector<Record> records;
  records.emplace_back(ClusterRecord{"id"});
  records.emplace_back(TopicRecord{std::make_shared<TopicInfo>(topic)});
  records.emplace_back(RemoveTopicRecord{topic.id});
  records.emplace_back(PartitionsRecord{topic.id, 7, topic.partitions});
  records.emplace_back(
      ConfigsRecord{ResourceType::kGroup, "g", {{"k", "v"}, {"gone", std::nullopt}}});
  records.emplace_back(ProducerIdsRecord{INT64_MAX});
  records.emplace_back(AclRecord{{.resource = AclResource::kUser,
                                  .pattern = AclPattern::kPrefixed,
                                  .name = "n",
                                  .principal = "User:p",
                                  .host = "h",
                                  .operation = AclOperation::kTwoPhaseCommit,
                                  .permission = AclPermission::kDeny},
                                 true});
  records.emplace_back(ScramRecord{{"u", ScramMechanism::kSha256}, std::nullopt});
  records.emplace_back(ScramRecord{
      {"u", ScramMechanism::kSha512},
      ScramCredential{"", {std::string(64, 'a'), std::string(64, 'b')}, kScramIterationsMax}});
  return records;
}

TEST(Records, ComeBackAsTheyWere) {
  const std::string bytes = EncodeRecords(OneOfEach());
  const auto decoded = DecodeRecords(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
  ASSERT_EQ(decoded->size(), 9u);
  EXPECT_EQ(EncodeRecords(*decoded), bytes);
  const auto& topic = *std::get<TopicRecord>((*decoded)[1]).topic;
  EXPECT_EQ(topic.name, "t");
  EXPECT_EQ(topic.partitions[1].leader_epoch, 2'000'000);
  EXPECT_EQ(topic.partitions[0].replicas, (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(topic.configs.at("b").size(), 300u);
  const auto& configs = std::get<ConfigsRecord>((*decoded)[4]);
  EXPECT_EQ(configs.values[1].second, std::nullopt);
  EXPECT_EQ(std::get<ProducerIdsRecord>((*decoded)[5]).limit, INT64_MAX);
  const auto& acl = std::get<AclRecord>((*decoded)[6]);
  EXPECT_TRUE(acl.is_removed);
  EXPECT_EQ(acl.acl.name + acl.acl.principal + acl.acl.host, "nUser:ph");
  EXPECT_EQ(acl.acl.operation, AclOperation::kTwoPhaseCommit);
  EXPECT_EQ(std::get<ScramRecord>((*decoded)[7]).credential, std::nullopt);
  const auto& scram = std::get<ScramRecord>((*decoded)[8]);
  EXPECT_EQ(scram.name, (ScramName{"u", ScramMechanism::kSha512}));
  EXPECT_EQ(scram.credential->keys.stored_key, std::string(64, 'a'));
  EXPECT_EQ(scram.credential->keys.server_key, std::string(64, 'b'));
  EXPECT_EQ(scram.credential->iterations, kScramIterationsMax);
}

TEST(Records, RefuseAnythingCutShort) {
  for (const Record& record : OneOfEach()) {
    const std::string bytes = EncodeRecords({record});
    for (size_t size = 1; size < bytes.size(); ++size) {
      EXPECT_FALSE(DecodeRecords(std::string_view(bytes).substr(0, size)).ok())
          << record.index() << " at " << size;
    }
  }
  EXPECT_TRUE(DecodeRecords("")->empty());
}

TEST(Records, RefuseUnknownTypesAndVersions) {
  EXPECT_EQ(DecodeRecords(std::string("\x08\0", 2)).status().code(), StatusCode::kCorrupt);
  EXPECT_EQ(DecodeRecords(std::string("\x00\x01\x00", 3)).status().code(), StatusCode::kCorrupt);
}

TEST(Records, RefuseCredentialsThatNobodyCouldHave) {
  const ScramCredential credential{"salt", {std::string(32, 'a'), std::string(32, 'b')}, 4096};
  const auto decodes = [](const ScramRecord& record) {
    return DecodeRecords(EncodeRecords({record})).ok();
  };
  const ScramRecord good = {{"u", ScramMechanism::kSha256}, credential};
  EXPECT_TRUE(decodes(good));
  ScramRecord bad = good;
  bad.name.user.clear();
  EXPECT_FALSE(decodes(bad));
  bad = good;
  bad.name.mechanism = ScramMechanism::kUnknown;
  EXPECT_FALSE(decodes(bad));
  bad = good;
  bad.name.mechanism = ScramMechanism::kSha512;
  EXPECT_FALSE(decodes(bad)) << "keys of the wrong size";
  bad = good;
  bad.credential->iterations = 0;
  EXPECT_FALSE(decodes(bad));
}

TEST(Records, RefuseCountsThatCannotBe) {
  // A partitions record that claims 2^40 partitions.
  std::string bytes("\x03\x00", 2);
  bytes.append(16, '\0');
  bytes.append("\x00", 1);
  bytes.append("\x80\x80\x80\x80\x80\x80\x01", 7);
  EXPECT_FALSE(DecodeRecords(bytes).ok());
}

}  // namespace
}  // namespace odradek::metadata
