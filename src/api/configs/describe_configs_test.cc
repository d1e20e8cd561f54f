#include "protocol/message/describe_configs.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"
#include "metadata/commands.h"

namespace odradek::api {
namespace {

using metadata::ResourceType;
using Config = DescribeConfigsResponseResourceResult;

constexpr int8_t kTopicSource = 1;
constexpr int8_t kStaticSource = 4;
constexpr int8_t kDefaultSource = 5;

class DescribeConfigsTest : public BrokerFixture {
 protected:
  // No keys ask for all.
  DescribeConfigsRequest Of(ResourceType type, std::string_view name,
                            std::initializer_list<std::string_view> keys = {}) {
    DescribeConfigsRequest request;
    auto& resource = request.resources.Add(arena());
    resource.resource_type = static_cast<int8_t>(type);
    resource.resource_name = name;
    resource.configuration_keys = Array<std::string_view>::Null();
    for (const std::string_view key : keys) resource.configuration_keys.Add(arena(), key);
    return request;
  }
  ErrorCode ErrorOf(const DescribeConfigsRequest& request) {
    const auto& result = Only(Call(4, request).results);
    EXPECT_TRUE(result.configs.empty());
    return result.error_code;
  }
  static const Config& Named(const DescribeConfigsResponse& response, std::string_view name) {
    return Find(Only(response.results).configs, [&](const Config& c) { return c.name == name; });
  }
};

TEST_F(DescribeConfigsTest, TellsAllConfigsOfATopic) {
  CreateTopic("t", 1, {{"retention.ms", "1000"}});
  for (int16_t version = 1; version <= 4; ++version) {
    SCOPED_TRACE(version);
    const DescribeConfigsResponse& response = Call(version, Of(ResourceType::kTopic, "t"));
    EXPECT_EQ(Only(response.results).error_code, ErrorCode::kNone);
    EXPECT_EQ(Only(response.results).resource_name, "t");
    EXPECT_EQ(Only(response.results).configs.size(), 33U);
    const Config& own = Named(response, "retention.ms");
    EXPECT_EQ(own.value, "1000");
    EXPECT_EQ(own.config_source, kTopicSource);
    EXPECT_FALSE(own.read_only);
    EXPECT_TRUE(own.synonyms.empty()) << "not asked for";
    EXPECT_EQ(own.config_type, version < 3 ? 0 : 5);
    EXPECT_EQ(Named(response, "cleanup.policy").config_source, kDefaultSource);
  }
}

TEST_F(DescribeConfigsTest, AnswersThatFindNoRoomCloseTheConnection) {
  Start({.limits = {.request_bytes_max = 1024 * 1024}});
  CreateTopic("t");
  const auto asked_often = [this](size_t times) {
    DescribeConfigsRequest request;
    for (size_t i = 0; i < times; ++i) {
      auto& resource = request.resources.Add(arena());
      resource.resource_type = static_cast<int8_t>(ResourceType::kTopic);
      resource.resource_name = "t";
      resource.configuration_keys = Array<std::string_view>::Null();
    }
    return request;
  };
  EXPECT_EQ(Call(4, asked_often(10)).results.size(), 10U);
  WireClient greedy(broker().port());
  EXPECT_EQ(greedy.Call(4, asked_often(10'000)), nullptr);
  DescribeConfigsRequest refused = asked_often(1000);
  refused.resources[0].resource_type = 77;
  const std::string long_name(10'000, 'x');
  refused.resources[0].resource_name = long_name;
  WireClient noisy(broker().port());
  EXPECT_EQ(noisy.Call(4, refused), nullptr) << "every result tells of the long name";
  EXPECT_EQ(Call(4, asked_often(10)).results.size(), 10U) << "all of it was given back";
}

TEST_F(DescribeConfigsTest, TellsNoMoreThanTheKeysAskedFor) {
  CreateTopic("t");
  const auto& result =
      Only(Call(4, Of(ResourceType::kTopic, "t", {"segment.bytes", "no.such.key"})).results);
  EXPECT_EQ(result.error_code, ErrorCode::kNone);
  EXPECT_EQ(Only(result.configs).name, "segment.bytes");
}

TEST_F(DescribeConfigsTest, TellsSynonymsStrongestFirst) {
  Start({.settings = {"log.retention.ms=7000000"}});
  CreateTopic("t");
  DescribeConfigsRequest request = Of(ResourceType::kTopic, "t", {"retention.ms"});
  request.include_synonyms = true;
  const Config& config = Named(Call(1, request), "retention.ms");
  EXPECT_EQ(config.value, "7000000");
  EXPECT_EQ(config.config_source, kStaticSource);
  ASSERT_EQ(config.synonyms.size(), 2U);
  EXPECT_EQ(config.synonyms[0].name, "log.retention.ms");
  EXPECT_EQ(config.synonyms[0].value, "7000000");
  EXPECT_EQ(config.synonyms[0].source, kStaticSource);
  EXPECT_EQ(config.synonyms[1].name, "log.retention.hours");
  EXPECT_EQ(config.synonyms[1].source, kDefaultSource);
}

TEST_F(DescribeConfigsTest, DocumentsIfAsked) {
  CreateTopic("t");
  DescribeConfigsRequest request = Of(ResourceType::kTopic, "t", {"retention.ms"});
  EXPECT_EQ(Named(Call(4, request), "retention.ms").documentation, std::nullopt);
  request.include_documentation = true;
  EXPECT_TRUE(Named(Call(4, request), "retention.ms").documentation.has_value());
}

TEST_F(DescribeConfigsTest, ABrokerTellsOfItselfAlone) {
  Start({.nodes = 2});
  const auto& response = Call(4, Of(ResourceType::kBroker, "2", {"node.id"}), 1);
  EXPECT_EQ(Named(response, "node.id").value, "2");
  EXPECT_TRUE(Named(response, "node.id").read_only);
  const auto& of_other = Only(Call(4, Of(ResourceType::kBroker, "2")).results);
  EXPECT_EQ(of_other.error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(of_other.error_message,
            "Unexpected broker id, expected 1 or empty string, but received 2");
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBroker, "one")), ErrorCode::kInvalidRequest);
  const auto& of_all = Only(Call(4, Of(ResourceType::kBroker, "")).results);
  EXPECT_EQ(of_all.error_code, ErrorCode::kNone);
  EXPECT_TRUE(of_all.configs.empty()) << "nothing was set for all brokers";
}

TEST_F(DescribeConfigsTest, DescribesLoggersGroupsAndSubscriptions) {
  EXPECT_EQ(Named(Call(4, Of(ResourceType::kBrokerLogger, "1")), "root").config_source, 6);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBrokerLogger, "")), ErrorCode::kInvalidRequest);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kBrokerLogger, "2")), ErrorCode::kInvalidRequest);
  EXPECT_FALSE(Only(Call(4, Of(ResourceType::kGroup, "g")).results).configs.empty());
  EXPECT_EQ(ErrorOf(Of(ResourceType::kGroup, "")), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Only(Call(4, Of(ResourceType::kClientMetrics, "m")).results).error_code,
            ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kClientMetrics, "")), ErrorCode::kInvalidRequest);
}

TEST_F(DescribeConfigsTest, TellsWhatDoesNotExist) {
  EXPECT_EQ(ErrorOf(Of(ResourceType::kTopic, "missing")), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ErrorOf(Of(ResourceType::kTopic, "a b")), ErrorCode::kInvalidTopicException);
}

TEST_F(DescribeConfigsTest, AnUnknownTypeFailsTheWholeRequest) {
  CreateTopic("t");
  DescribeConfigsRequest request = Of(ResourceType::kTopic, "t");
  request.resources.Add(arena(), Of(static_cast<ResourceType>(7), "x").resources[0]);
  const auto& response = Call(4, request);
  ASSERT_EQ(response.results.size(), 2U);
  for (const auto& result : response.results) {
    EXPECT_EQ(result.error_code, ErrorCode::kInvalidRequest);
    EXPECT_TRUE(result.configs.empty());
  }
}

}  // namespace
}  // namespace odradek::api
