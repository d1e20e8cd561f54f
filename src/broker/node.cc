#include "broker/node.h"

#include <algorithm>

namespace odradek::broker {

std::optional<Endpoint> Node::AdvertisedFor(const wire::ConnectionInfo& connection) const {
  const auto listener =
      std::find_if(listeners_.begin(), listeners_.end(),
                   [&](const NodeListener& l) { return l.name == connection.listener; });
  if (listener == listeners_.end()) return std::nullopt;
  Endpoint endpoint;
  // Host and port texts join with ':' in clients; the name reaches both loopbacks, a bare "::1"
  // not.
  const bool ipv6_loopback = connection.local_host == "::1";
  endpoint.host = !listener->advertised_host.empty() ? listener->advertised_host
                  : ipv6_loopback                    ? "localhost"
                                                     : connection.local_host;
  endpoint.port = listener->advertised_port != 0 ? listener->advertised_port : listener->port;
  return endpoint;
}

bool Node::Follows(const metadata::PartitionInfo& partition) const {
  return !Leads(partition) && std::find(partition.replicas.begin(), partition.replicas.end(),
                                        id_) != partition.replicas.end();
}

}  // namespace odradek::broker
