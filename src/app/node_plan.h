// Works out the nodes of a cluster from its configs: ids, racks, listeners, advertised addresses.
//
// Kafka's `listeners` and `advertised.listeners` decide where they are set; without them a node
// listens on localhost in both families. Listeners named in controller.listener.names belong to a
// quorum that this broker does not have, and are left out. Pure. Errors: kInvalid, naming the
// property, the value and what is allowed.
#pragma once

#include <vector>

#include "app/serve_options.h"
#include "base/result.h"
#include "broker/node.h"
#include "config/server_config.h"

namespace odradek::app {

inline constexpr uint16_t kDefaultPort = 9092;

Result<std::vector<broker::Node>> PlanNodes(const ServeOptions& options,
                                            const config::ServerConfig& config);

}  // namespace odradek::app
