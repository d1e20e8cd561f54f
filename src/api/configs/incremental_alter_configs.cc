// IncrementalAlterConfigs (44) v0-1. Sets, deletes, appends to and subtracts from single configs.
//   v1 flexible
// All changes of a resource are made or none. They hold when the answer is out.
// Deviations from Apache Kafka: levels of loggers cannot be set; INVALID_REQUEST.
#include <utility>
#include <vector>

#include "api/configs/broker_resource.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/incremental_alter_configs.h"

namespace odradek::api {

void HandleIncrementalAlterConfigs(RequestContext& context,
                                   const IncrementalAlterConfigsRequest& request,
                                   Responder<IncrementalAlterConfigsResponse> respond) {
  std::vector<metadata::ConfigAlteration> alterations;
  for (const auto& resource : request.resources) {
    metadata::ConfigAlteration& alteration = alterations.emplace_back();
    alteration.type = resource.resource_type;
    alteration.name = resource.resource_name;
    for (const auto& config : resource.configs) {
      alteration.changes.push_back({config.name, config.config_operation, config.value});
    }
  }
  metadata::MetadataStore& store = context.cluster().metadata();
  const auto outcomes = AlterConfigsHere(context, std::move(alterations), [&](const auto& ours) {
    return store.IncrementalAlterConfigs(ours, request.validate_only);
  });
  IncrementalAlterConfigsResponse response;
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
