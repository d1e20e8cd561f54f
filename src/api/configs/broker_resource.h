// What a broker checks before it changes configs: only the broker itself takes configs of its own.
// Source: ConfigAdminManager.validateResourceNameIsCurrentNodeId of Apache Kafka.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "config/parse.h"
#include "metadata/commands.h"

namespace odradek::api {

// Success for every resource that is not a broker.
inline metadata::Outcome CheckBrokerResource(const RequestContext& context, int8_t type,
                                             std::string_view name) {
  if (static_cast<metadata::ResourceType>(type) != metadata::ResourceType::kBroker || name.empty())
    return {};
  const std::optional<int64_t> id = config::ParseInteger(name);
  if (!id)
    return {ErrorCode::kInvalidRequest,
            "Node id must be an integer, but it is: " + std::string(name)};
  if (*id == context.node().id()) return {};
  return {ErrorCode::kInvalidRequest, "Unexpected broker id, expected " +
                                          std::to_string(context.node().id()) + ", but received " +
                                          std::string(name)};
}

// Carries out `alterations` but for the configs of other brokers and those that the client may not
// alter, and answers all of them in order.
// `alter` takes the list and gives an outcome for each.
template <class Alter>
std::vector<metadata::Outcome> AlterConfigsHere(const RequestContext& context,
                                                std::vector<metadata::ConfigAlteration> alterations,
                                                Alter alter) {
  const Access access(context);
  std::vector<metadata::Outcome> outcomes;
  std::vector<metadata::ConfigAlteration> ours;
  for (metadata::ConfigAlteration& alteration : alterations) {
    outcomes.push_back(CheckBrokerResource(context, alteration.type, alteration.name));
    const ErrorCode refused =
        access.ToConfigs(AclOperation::kAlterConfigs, alteration.type, alteration.name);
    if (outcomes.back().ok() && refused != ErrorCode::kNone)
      outcomes.back() = {refused, std::string(ErrorMessage(refused))};
    if (outcomes.back().ok()) ours.push_back(std::move(alteration));
  }
  std::vector<metadata::Outcome> altered = alter(ours);
  size_t next = 0;
  for (metadata::Outcome& outcome : outcomes) {
    if (outcome.ok()) outcome = std::move(altered[next++]);
  }
  return outcomes;
}

}  // namespace odradek::api
