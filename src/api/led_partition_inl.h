// Body of AddNodeEndpoint.
#pragma once

#include "api/led_partition.h"
#include "broker/cluster.h"

namespace odradek::api {

template <class NodeEndpoint>
void AddNodeEndpoint(RequestContext& context, int32_t leader, Array<NodeEndpoint>* endpoints) {
  for (const NodeEndpoint& known : *endpoints) {
    if (known.node_id == leader) return;
  }
  const broker::Node* node = context.cluster().FindNode(leader);
  if (node == nullptr) return;
  const auto address = node->AdvertisedFor(context.connection());
  if (!address.has_value()) return;
  NodeEndpoint& added = endpoints->Add(context.arena());
  added.node_id = leader;
  added.host = context.arena().Copy(address->host);
  added.port = address->port;
  if (!node->rack().empty()) added.rack = node->rack();
}

}  // namespace odradek::api
