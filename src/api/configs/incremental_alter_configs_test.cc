#include "protocol/message/incremental_alter_configs.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "metadata/commands.h"

namespace odradek::api {
namespace {

using metadata::ConfigOp;
using metadata::ResourceType;

class IncrementalAlterConfigsTest : public BrokerFixture {
 protected:
  struct Change {
    std::string_view name;
    ConfigOp op;
    std::optional<std::string_view> value;
  };

  IncrementalAlterConfigsRequest Of(ResourceType type, std::string_view name,
                                    std::initializer_list<Change> changes) {
    IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.Add(arena());
    resource.resource_type = static_cast<int8_t>(type);
    resource.resource_name = name;
    for (const Change& change : changes) {
      auto& config = resource.configs.Add(arena());
      config.name = change.name;
      config.config_operation = static_cast<int8_t>(change.op);
      config.value = change.value;
    }
    return request;
  }
  ErrorCode ErrorOf(const IncrementalAlterConfigsRequest& request, int16_t version = 1) {
    const auto& result = Only(Call(version, request).responses);
    EXPECT_EQ(result.resource_type, request.resources[0].resource_type);
    EXPECT_EQ(result.resource_name, request.resources[0].resource_name);
    EXPECT_NE(result.error_message, "") << "Kafka says why, or null";
    return result.error_code;
  }
  ErrorCode ErrorOfTopic(std::initializer_list<Change> changes) {
    return ErrorOf(Of(ResourceType::kTopic, "t", changes));
  }
  const metadata::ConfigMap& TopicConfigs() {
    topic_ = broker().cluster().metadata().image()->FindTopic("t");
    return topic_->configs;
  }

 private:
  metadata::TopicRef topic_;
};

TEST_F(IncrementalAlterConfigsTest, SetsAndDeletesSingleConfigs) {
  CreateTopic("t", 1, {{"segment.ms", "5000"}});
  const Change set = {"retention.ms", ConfigOp::kSet, "1000"};
  EXPECT_EQ(ErrorOf(Of(ResourceType::kTopic, "t", {set}), 0), ErrorCode::kNone);
  EXPECT_EQ(TopicConfigs(),
            (metadata::ConfigMap{{"retention.ms", "1000"}, {"segment.ms", "5000"}}));
  EXPECT_EQ(ErrorOfTopic({{"retention.ms", ConfigOp::kDelete, std::nullopt}}), ErrorCode::kNone);
  EXPECT_EQ(TopicConfigs(), (metadata::ConfigMap{{"segment.ms", "5000"}}));
}

TEST_F(IncrementalAlterConfigsTest, AppendsToAndSubtractsFromLists) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOfTopic({{"cleanup.policy", ConfigOp::kAppend, "compact"}}), ErrorCode::kNone);
  EXPECT_EQ(TopicConfigs().at("cleanup.policy"), "delete,compact");
  EXPECT_EQ(ErrorOfTopic({{"cleanup.policy", ConfigOp::kSubtract, "delete"}}), ErrorCode::kNone);
  EXPECT_EQ(TopicConfigs().at("cleanup.policy"), "compact");
  EXPECT_EQ(ErrorOfTopic({{"retention.ms", ConfigOp::kAppend, "5"}}), ErrorCode::kInvalidConfig);
}

TEST_F(IncrementalAlterConfigsTest, TakesEffectWithTheAnswer) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOfTopic({{"max.message.bytes", ConfigOp::kSet, "100"}}), ErrorCode::kNone);
  const auto& refused = Call(9, ProduceOf("t", 0, Batch(std::string(200, 'x'))));
  EXPECT_EQ(Only(Only(refused.responses).partition_responses).error_code,
            ErrorCode::kMessageTooLarge);
}

TEST_F(IncrementalAlterConfigsTest, DoesNothingOfWhatItRefuses) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOfTopic(
                {{"segment.ms", ConfigOp::kSet, "1000"}, {"retention.ms", ConfigOp::kSet, "soon"}}),
            ErrorCode::kInvalidConfig);
  EXPECT_EQ(ErrorOfTopic({{"no.such.key", ConfigOp::kSet, "1"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(ErrorOfTopic({{"retention.ms", ConfigOp::kSet, std::nullopt}}),
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(ErrorOfTopic({{"retention.ms", static_cast<ConfigOp>(9), "1"}}),
            ErrorCode::kUnknownServerError);
  EXPECT_EQ(ErrorOfTopic({{"retention.ms", ConfigOp::kSet, "1"},
                          {"retention.ms", ConfigOp::kDelete, std::nullopt}}),
            ErrorCode::kInvalidRequest);
  EXPECT_TRUE(TopicConfigs().empty());
}

TEST_F(IncrementalAlterConfigsTest, RefusesResourcesThatAreNone) {
  const Change change = {"retention.ms", ConfigOp::kSet, "1"};
  EXPECT_EQ(ErrorOf(Of(ResourceType::kTopic, "missing", {change})),
            ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(Of(static_cast<ResourceType>(9), "t", {change})), ErrorCode::kInvalidRequest);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBrokerLogger, "1", {{"root", ConfigOp::kSet, "DEBUG"}})),
            ErrorCode::kInvalidRequest);
}

TEST_F(IncrementalAlterConfigsTest, RefusesAResourceThatComesTwice) {
  CreateTopic("t");
  auto request = Of(ResourceType::kTopic, "t", {{"retention.ms", ConfigOp::kSet, "1"}});
  request.resources.Add(arena(), request.resources[0]);
  const auto& response = Call(1, request);
  ASSERT_EQ(response.responses.size(), 2U);
  EXPECT_EQ(response.responses[0].error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(response.responses[1].error_code, ErrorCode::kInvalidRequest);
  EXPECT_TRUE(TopicConfigs().empty());
}

TEST_F(IncrementalAlterConfigsTest, ABrokerTakesItsOwnConfigsAndThoseOfAll) {
  Start({.nodes = 2});
  const Change change = {"log.retention.ms", ConfigOp::kSet, "900000000"};
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBroker, "1", {change})), ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBroker, "2", {change})), ErrorCode::kInvalidRequest);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBroker, "one", {change})), ErrorCode::kInvalidRequest);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBroker, "", {change})), ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBroker, "1", {{"node.id", ConfigOp::kSet, "5"}})),
            ErrorCode::kInvalidRequest);
  const metadata::ImageRef image = broker().cluster().metadata().image();
  EXPECT_EQ(image->BrokerConfigs(1).at("log.retention.ms"), "900000000");
  EXPECT_EQ(image->DefaultBrokerConfigs().at("log.retention.ms"), "900000000");
  EXPECT_TRUE(image->BrokerConfigs(2).empty());
}

TEST_F(IncrementalAlterConfigsTest, ValidatesWithoutChanging) {
  CreateTopic("t");
  auto request = Of(ResourceType::kTopic, "t", {{"retention.ms", ConfigOp::kSet, "1000"}});
  request.validate_only = true;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kNone);
  request.resources[0].configs[0].value = "soon";
  EXPECT_EQ(ErrorOf(request), ErrorCode::kInvalidConfig);
  EXPECT_TRUE(TopicConfigs().empty());
}

}  // namespace
}  // namespace odradek::api
