#include "protocol/message/list_config_resources.h"

#include <gtest/gtest.h>

#include <set>

#include "api/testing/broker_fixture.h"
#include "metadata/commands.h"
#include "protocol/message/incremental_alter_configs.h"

namespace odradek::api {
namespace {

using metadata::ResourceType;
using Resources = std::set<std::pair<int8_t, std::string>>;

class ListConfigResourcesTest : public BrokerFixture {
 protected:
  void SetConfig(ResourceType type, std::string_view name, std::string_view key,
                 std::string_view value) {
    IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.Add(arena());
    resource.resource_type = static_cast<int8_t>(type);
    resource.resource_name = name;
    auto& config = resource.configs.Add(arena());
    config.name = key;
    config.value = value;
    EXPECT_EQ(Only(Call(1, request).responses).error_code, ErrorCode::kNone);
  }
  Resources Of(int16_t version, std::initializer_list<int8_t> types) {
    ListConfigResourcesRequest request;
    request.resource_types = List(types);
    const ListConfigResourcesResponse& response = Call(version, request);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    Resources resources;
    for (const auto& r : response.config_resources) {
      resources.emplace(r.resource_type, std::string(r.resource_name));
    }
    return resources;
  }
};

TEST_F(ListConfigResourcesTest, V0ListsClientMetricsAlone) {
  CreateTopic("t");
  SetConfig(ResourceType::kClientMetrics, "m", "interval.ms", "60000");
  EXPECT_EQ(Of(0, {}), (Resources{{16, "m"}}));
}

TEST_F(ListConfigResourcesTest, V1ListsTheTypesAskedFor) {
  Start({.nodes = 2});
  CreateTopic("t");
  SetConfig(ResourceType::kClientMetrics, "m", "interval.ms", "60000");
  SetConfig(ResourceType::kGroup, "g", "consumer.session.timeout.ms", "50000");
  EXPECT_EQ(Of(1, {2}), (Resources{{2, "t"}}));
  EXPECT_EQ(Of(1, {4}), (Resources{{4, "1"}, {4, "2"}}));
  EXPECT_EQ(Of(1, {16, 32}), (Resources{{16, "m"}, {32, "g"}}));
  EXPECT_EQ(Of(1, {}),
            (Resources{{2, "t"}, {4, "1"}, {4, "2"}, {8, "1"}, {8, "2"}, {16, "m"}, {32, "g"}}))
      << "an empty list asks for all";
}

TEST_F(ListConfigResourcesTest, RefusesATypeThatIsNone) {
  ListConfigResourcesRequest request;
  request.resource_types = List<int8_t>({2, 99});
  const ListConfigResourcesResponse& response = Call(1, request);
  EXPECT_EQ(response.error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_TRUE(response.config_resources.empty());
}

}  // namespace
}  // namespace odradek::api
