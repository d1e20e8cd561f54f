// ListConfigResources (74) v0-1. The resources that have configs, by type.
//   v0 client-metrics subscriptions only   v1 resource_types, an empty list asks for all
// Deviations from Apache Kafka: none.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/list_config_resources.h"

namespace odradek::api {
namespace {

using metadata::ResourceType;

constexpr ResourceType kAllTypes[] = {ResourceType::kGroup, ResourceType::kClientMetrics,
                                      ResourceType::kBrokerLogger, ResourceType::kBroker,
                                      ResourceType::kTopic};

std::vector<std::string> NamesOf(ResourceType type, const metadata::MetadataImage& image) {
  std::vector<std::string> names;
  switch (type) {
    case ResourceType::kGroup:
      for (const auto& [name, configs] : image.AllGroupConfigs()) names.push_back(name);
      break;
    case ResourceType::kClientMetrics:
      for (const auto& [name, configs] : image.AllClientMetricsConfigs()) names.push_back(name);
      break;
    case ResourceType::kBrokerLogger:
    case ResourceType::kBroker:
      for (const metadata::BrokerInfo& broker : image.brokers())
        names.push_back(std::to_string(broker.id));
      break;
    case ResourceType::kTopic:
      for (const metadata::TopicRef& topic : image.TopicsByName()) names.push_back(topic->name);
      break;
  }
  return names;
}

}  // namespace

void HandleListConfigResources(RequestContext& context, const ListConfigResourcesRequest& request,
                               Responder<ListConfigResourcesResponse> respond) {
  ListConfigResourcesResponse response;
  if (!Access(context).ToCluster(AclOperation::kDescribeConfigs)) {
    response.error_code = ErrorCode::kClusterAuthorizationFailed;
    return respond.Send(response);
  }
  const auto& asked = request.resource_types;
  const auto is_asked = [&](ResourceType type) {
    if (context.version() == 0) return type == ResourceType::kClientMetrics;
    return asked.empty() ||
           std::find(asked.begin(), asked.end(), static_cast<int8_t>(type)) != asked.end();
  };
  const bool has_unknown = std::any_of(asked.begin(), asked.end(), [](int8_t type) {
    return std::find(std::begin(kAllTypes), std::end(kAllTypes), static_cast<ResourceType>(type)) ==
           std::end(kAllTypes);
  });
  if (has_unknown) {
    response.error_code = ErrorCode::kUnsupportedVersion;
    return respond.Send(response);
  }
  const metadata::ImageRef image = context.cluster().metadata().image();
  for (const ResourceType type : kAllTypes) {
    if (!is_asked(type)) continue;
    for (const std::string& name : NamesOf(type, *image)) {
      auto& resource = response.config_resources.Add(context.arena());
      resource.resource_name = context.arena().Copy(name);
      resource.resource_type = static_cast<int8_t>(type);
    }
  }
  respond.Send(response);
}

}  // namespace odradek::api
