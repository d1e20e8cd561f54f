// Node: one virtual broker of a cluster: its id, rack, listeners, and its view of the cluster.
//
// All nodes share one store. Whatever may differ per broker (who leads, who coordinates, which
// address is handed out) is asked of the node, never of the cluster, so that views can be moved
// apart later. Owner: Cluster. Thread: constant after the listeners are bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metadata/metadata_image.h"
#include "protocol/wire/frame_sink.h"

namespace odradek::broker {

struct Endpoint {
  std::string host;
  int32_t port = -1;
};

struct NodeListener {
  std::string name;       // "PLAINTEXT"
  std::string bind_host;  // empty: all addresses of both families; "localhost": both loopbacks
  uint16_t port = 0;      // 0 until bound, if ephemeral
  std::string advertised_host{};  // empty: what the client dialled
  uint16_t advertised_port = 0;   // 0: the bound port
};

class Node {
 public:
  Node(int32_t id, std::string rack, std::vector<NodeListener> listeners)
      : id_(id), rack_(std::move(rack)), listeners_(std::move(listeners)) {}

  int32_t id() const { return id_; }
  const std::string& rack() const { return rack_; }
  const std::vector<NodeListener>& listeners() const { return listeners_; }
  // Called once per listener while the server starts, before it serves.
  void SetBoundPort(size_t listener, uint16_t port) { listeners_[listener].port = port; }

  // This node's address for the client behind `connection`, which may be connected to another node:
  // the listener of the same name, at the host that the client dialled unless one is configured.
  // Nothing if this node has no such listener.
  std::optional<Endpoint> AdvertisedFor(const wire::ConnectionInfo& connection) const;

  // The node's view of a partition.
  bool Leads(const metadata::PartitionInfo& partition) const { return partition.leader == id_; }
  bool Follows(const metadata::PartitionInfo& partition) const;

 private:
  const int32_t id_;
  const std::string rack_;
  std::vector<NodeListener> listeners_;
};

}  // namespace odradek::broker
