// AlterConfigs (33) v0-2. Replaces all configs of a resource: what is not named returns to its
// default.
//   v2 flexible
// Deviations from Apache Kafka: none.
#include <utility>
#include <vector>

#include "api/configs/broker_resource.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/alter_configs.h"

namespace odradek::api {

void HandleAlterConfigs(RequestContext& context, const AlterConfigsRequest& request,
                        Responder<AlterConfigsResponse> respond) {
  std::vector<metadata::ConfigAlteration> alterations;
  for (const auto& resource : request.resources) {
    metadata::ConfigAlteration& alteration = alterations.emplace_back();
    alteration.type = resource.resource_type;
    alteration.name = resource.resource_name;
    for (const auto& config : resource.configs)
      alteration.changes.push_back({config.name, 0, config.value});
  }
  metadata::MetadataStore& store = context.cluster().metadata();
  const auto outcomes = AlterConfigsHere(context, std::move(alterations), [&](const auto& ours) {
    return store.ReplaceConfigs(ours, request.validate_only);
  });
  AlterConfigsResponse response;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    auto& result = response.responses.Add(context.arena());
    result.resource_type = request.resources[i].resource_type;
    result.resource_name = request.resources[i].resource_name;
    result.error_code = outcomes[i].error;
    result.error_message = std::nullopt;
    if (!outcomes[i].message.empty()) result.error_message = outcomes[i].message;
  }
  respond.Send(response);
}

}  // namespace odradek::api
