#include <gtest/gtest.h>

#include <algorithm>

#include "api/served_apis.h"
#include "api/testing/running_broker.h"
#include "api/testing/wire_client.h"
#include "protocol/message/api_versions.h"

namespace odradek::api {
namespace {

ApiVersionsRequest FromSoftware(std::string_view name, std::string_view version) {
  ApiVersionsRequest request;
  request.client_software_name = name;
  request.client_software_version = version;
  return request;
}

TEST(ApiVersions, ListsTheRegistryInEveryVersion) {
  RunningBroker broker;
  WireClient client(broker.port());
  for (int16_t version = 0; version <= 4; ++version) {
    const auto* response = client.Call(version, FromSoftware("test", "1.0"));
    ASSERT_NE(response, nullptr) << version;
    EXPECT_EQ(response->error_code, ErrorCode::kNone);
    ASSERT_EQ(response->api_keys.size(), ServedApis().size());
    for (size_t i = 0; i < ServedApis().size(); ++i) {
      const ServedApi& api = ServedApis()[i];
      EXPECT_EQ(response->api_keys[i].api_key, api.key);
      EXPECT_EQ(response->api_keys[i].min_version, api.advertised_min_version) << api.name;
      EXPECT_EQ(response->api_keys[i].max_version, api.max_version) << api.name;
    }
  }
}

TEST(ApiVersions, AdvertisesNothingThatKafkaDoesNotKnow) {
  for (const ServedApi& api : ServedApis()) {
    const ApiInfo* info = FindApi(api.key);
    ASSERT_NE(info, nullptr) << api.name;
    EXPECT_EQ(info->name, api.name);
    EXPECT_TRUE(info->on_broker) << api.name;
    EXPECT_LE(api.max_version, HighestVersionIn(*info, "4.3").value_or(-1)) << api.name;
    EXPECT_GE(api.min_version, info->accepted_min) << api.name;
  }
}

TEST(ApiVersions, ListsFeaturesFromVersion3On) {
  RunningBroker broker;
  WireClient client(broker.port());
  const auto* old = client.Call(2, ApiVersionsRequest());
  ASSERT_NE(old, nullptr);
  EXPECT_TRUE(old->finalized_features.empty());
  const auto* response = client.Call(3, FromSoftware("test", "1.0"));
  ASSERT_NE(response, nullptr);
  EXPECT_GE(response->finalized_features_epoch, 0);
  ASSERT_EQ(response->finalized_features.size(), 1U);
  EXPECT_EQ(response->finalized_features[0].name, "metadata.version");
  EXPECT_EQ(response->finalized_features[0].max_version_level, 30);
}

TEST(ApiVersions, RefusesSoftwareThatIsNoName) {
  RunningBroker broker;
  WireClient client(broker.port());
  for (const auto& [name, version] :
       {std::pair("", "1"), std::pair("a", ""), std::pair("-a", "1"), std::pair("a-", "1"),
        std::pair("a b", "1"), std::pair("a", "1_0")}) {
    const auto* response = client.Call(3, FromSoftware(name, version));
    ASSERT_NE(response, nullptr);
    EXPECT_EQ(response->error_code, ErrorCode::kInvalidRequest) << name << " " << version;
    EXPECT_TRUE(response->api_keys.empty());
  }
  EXPECT_EQ(client.Call(3, FromSoftware("a.b-c", "1.0-SNAPSHOT"))->error_code, ErrorCode::kNone);
}

TEST(ApiVersions, AnswersAVersionItDoesNotKnowInTheFirst) {
  RunningBroker broker;
  WireClient client(broker.port());
  std::string frame = {0, 18, 0, 99, 0, 0, 0, 42, 0, 1, 'c', 0};
  ASSERT_TRUE(client.socket().SendFrame(frame + "a body from the future"));
  int32_t correlation_id = 0;
  const auto* response = client.Receive<ApiVersionsResponse>(0, &correlation_id);
  ASSERT_NE(response, nullptr);
  EXPECT_EQ(correlation_id, 42);
  EXPECT_EQ(response->error_code, ErrorCode::kUnsupportedVersion);
  ASSERT_EQ(response->api_keys.size(), 1U);
  EXPECT_EQ(response->api_keys[0].api_key, 18);
  EXPECT_EQ(response->api_keys[0].max_version, FindServedApi(18)->max_version);
  EXPECT_NE(client.Call(3, FromSoftware("test", "1")), nullptr) << "the connection lives on";
}

}  // namespace
}  // namespace odradek::api
