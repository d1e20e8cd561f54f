#include "protocol/message/alter_configs.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "metadata/commands.h"

namespace odradek::api {
namespace {

using metadata::ResourceType;

class AlterConfigsTest : public BrokerFixture {
 protected:
  struct Value {
    std::string_view name;
    std::optional<std::string_view> value;
  };

  AlterConfigsRequest Of(ResourceType type, std::string_view name,
                         std::initializer_list<Value> values) {
    AlterConfigsRequest request;
    auto& resource = request.resources.Add(arena());
    resource.resource_type = static_cast<int8_t>(type);
    resource.resource_name = name;
    for (const Value& value : values) {
      auto& config = resource.configs.Add(arena());
      config.name = value.name;
      config.value = value.value;
    }
    return request;
  }
  ErrorCode ErrorOf(const AlterConfigsRequest& request, int16_t version = 2) {
    const auto& result = Only(Call(version, request).responses);
    EXPECT_EQ(result.resource_name, request.resources[0].resource_name);
    EXPECT_NE(result.error_message, "") << "Kafka says why, or null";
    return result.error_code;
  }
  metadata::ConfigMap TopicConfigs() {
    return broker().cluster().metadata().image()->FindTopic("t")->configs;
  }
};

TEST_F(AlterConfigsTest, ReplacesAllConfigsInEveryVersion) {
  CreateTopic("t", 1, {{"segment.ms", "5000"}});
  for (int16_t version = 0; version <= 2; ++version) {
    const std::string value = std::to_string(1000 + version);
    EXPECT_EQ(ErrorOf(Of(ResourceType::kTopic, "t", {{"retention.ms", value}}), version),
              ErrorCode::kNone);
    EXPECT_EQ(TopicConfigs(), (metadata::ConfigMap{{"retention.ms", value}})) << version;
  }
  EXPECT_EQ(ErrorOf(Of(ResourceType::kTopic, "t", {})), ErrorCode::kNone);
  EXPECT_TRUE(TopicConfigs().empty());
}

TEST_F(AlterConfigsTest, KeepsAllConfigsIfOneIsRefused) {
  CreateTopic("t", 1, {{"segment.ms", "5000"}});
  const auto error_with = [this](const Value& bad) {
    return ErrorOf(Of(ResourceType::kTopic, "t", {{"retention.ms", "1"}, bad}));
  };
  EXPECT_EQ(error_with({"no.such.key", "1"}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(error_with({"segment.bytes", "many"}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(error_with({"segment.bytes", std::nullopt}), ErrorCode::kInvalidRequest);
  EXPECT_EQ(TopicConfigs(), (metadata::ConfigMap{{"segment.ms", "5000"}}));
}

TEST_F(AlterConfigsTest, AnswersEachResourceInOrder) {
  CreateTopic("t");
  AlterConfigsRequest request = Of(ResourceType::kBroker, "7", {});
  request.resources.Add(arena(), Of(ResourceType::kTopic, "missing", {}).resources[0]);
  request.resources.Add(arena(),
                        Of(ResourceType::kTopic, "t", {{"retention.ms", "1"}}).resources[0]);
  const auto& response = Call(2, request);
  ASSERT_EQ(response.responses.size(), 3U);
  EXPECT_EQ(response.responses[0].error_code, ErrorCode::kInvalidRequest) << "another broker";
  EXPECT_EQ(response.responses[1].error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(response.responses[2].error_code, ErrorCode::kNone);
  EXPECT_EQ(TopicConfigs().count("retention.ms"), 1U);
}

TEST_F(AlterConfigsTest, ReplacesTheDynamicConfigsOfABroker) {
  const auto configs = [this] { return broker().cluster().metadata().image()->BrokerConfigs(1); };
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBroker, "1", {{"log.retention.ms", "800000000"}})),
            ErrorCode::kNone);
  EXPECT_EQ(configs().count("log.retention.ms"), 1U);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBroker, "1", {})), ErrorCode::kNone);
  EXPECT_TRUE(configs().empty());
}

TEST_F(AlterConfigsTest, ValidatesWithoutChanging) {
  CreateTopic("t");
  AlterConfigsRequest request = Of(ResourceType::kTopic, "t", {{"retention.ms", "1000"}});
  request.validate_only = true;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kNone);
  request.resources[0].configs[0].value = "soon";
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInvalidConfig);
  EXPECT_TRUE(TopicConfigs().empty());
}

}  // namespace
}  // namespace odradek::api
