#include "app/node_plan.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <string_view>

#include "base/log.h"
#include "config/config_table.h"

namespace odradek::app {
namespace {

using broker::Node;
using broker::NodeListener;

struct ListenerUri {
  std::string name;
  std::string host;
  uint16_t port = 0;
};

// "PLAINTEXT://host:9092"; the host may be empty or an IPv6 address in brackets.
Result<ListenerUri> ParseUri(std::string_view property, std::string_view text) {
  const auto bad = [&] {
    return Invalid(
        fmt::format("{}: '{}' is not a listener; write NAME://host:port, such as "
                    "PLAINTEXT://localhost:9092 (an empty host means every address)",
                    property, text));
  };
  const size_t scheme = text.find("://");
  const size_t colon = text.rfind(':');
  if (scheme == std::string_view::npos || scheme == 0 || colon <= scheme + 2) return bad();
  ListenerUri uri;
  uri.name = text.substr(0, scheme);
  std::transform(uri.name.begin(), uri.name.end(), uri.name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  std::string_view host = text.substr(scheme + 3, colon - scheme - 3);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  uri.host = host;
  const std::string_view port = text.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), uri.port);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) return bad();
  return uri;
}

Result<std::vector<ListenerUri>> ParseUris(const config::ServerConfig& config,
                                           std::string_view property, int32_t node) {
  std::vector<ListenerUri> uris;
  for (const std::string& text : config.GetList(property, node)) {
    ASSIGN_OR_RETURN(ListenerUri uri, ParseUri(property, text));
    const auto same = [&](const ListenerUri& other) { return other.name == uri.name; };
    if (std::any_of(uris.begin(), uris.end(), same)) {
      return Invalid(fmt::format("{}: listener {} stands there twice; each needs a name of its own",
                                 property, uri.name));
    }
    uris.push_back(std::move(uri));
  }
  return uris;
}

// The security protocol of a listener; only PLAINTEXT is served.
Status CheckProtocol(const config::ServerConfig& config, int32_t node, const std::string& name) {
  std::string protocol = name;
  const std::string map = config.GetString("listener.security.protocol.map", node);
  for (const std::string_view entry : config::SplitList(map)) {
    const size_t colon = entry.find(':');
    if (colon != std::string_view::npos && entry.substr(0, colon) == name)
      protocol = entry.substr(colon + 1);
  }
  if (protocol == "PLAINTEXT") return {};
  if (protocol == "SSL" || protocol == "SASL_PLAINTEXT" || protocol == "SASL_SSL") {
    return Invalid(fmt::format(
        "listeners: {} uses {}, which this version does not serve; use PLAINTEXT", name, protocol));
  }
  return Invalid(
      fmt::format("listeners: no security protocol is defined for listener {}; add {}:PLAINTEXT to "
                  "listener.security.protocol.map",
                  name, name));
}

bool IsControllerListener(const config::ServerConfig& config, int32_t node,
                          const std::string& name) {
  const std::vector<std::string> names = config.GetList("controller.listener.names", node);
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<uint16_t> NodePort(uint16_t first, int32_t index) {
  if (first == 0) return uint16_t{0};
  if (first + index > UINT16_MAX) {
    return Invalid(
        fmt::format("port {} is too high for node {}: ports end at 65535", first, index));
  }
  return static_cast<uint16_t>(first + index);
}

bool IsOwnSetting(const config::ServerConfig& config, std::string_view property, int32_t node) {
  return config.HasNodeSettings(node) &&
         config.FindStatic(property, node) != config.FindStatic(property);
}

Result<std::vector<NodeListener>> PlanListeners(const ServeOptions& options,
                                                const config::ServerConfig& config, int32_t node,
                                                int32_t index) {
  std::vector<NodeListener> listeners;
  if (config.FindStatic("listeners", node) == nullptr) {
    ASSIGN_OR_RETURN(const uint16_t port, NodePort(options.port.value_or(kDefaultPort), index));
    listeners.push_back({.name = "PLAINTEXT", .bind_host = "localhost", .port = port});
  }
  // A node's own listeners name its ports; shared ones count up from node to node.
  const int32_t step = IsOwnSetting(config, "listeners", node) ? 0 : index;
  ASSIGN_OR_RETURN(const std::vector<ListenerUri> uris, listeners.empty()
                                                            ? ParseUris(config, "listeners", node)
                                                            : std::vector<ListenerUri>());
  for (const ListenerUri& uri : uris) {
    if (IsControllerListener(config, node, uri.name)) continue;
    RETURN_IF_ERROR(CheckProtocol(config, node, uri.name));
    const bool first = listeners.empty();
    ASSIGN_OR_RETURN(const uint16_t port,
                     NodePort(first ? options.port.value_or(uri.port) : uri.port, step));
    const bool any = uri.host.empty() || uri.host == "0.0.0.0" || uri.host == "::";
    listeners.push_back({.name = uri.name, .bind_host = any ? "" : uri.host, .port = port});
  }
  if (listeners.empty())
    return Invalid("listeners: none is left for clients besides the controller's");
  return listeners;
}

Status Advertise(const config::ServerConfig& config, int32_t node, int32_t index,
                 std::vector<NodeListener>* listeners) {
  ASSIGN_OR_RETURN(const std::vector<ListenerUri> uris,
                   ParseUris(config, "advertised.listeners", node));
  const int32_t step = IsOwnSetting(config, "advertised.listeners", node) ? 0 : index;
  for (const ListenerUri& uri : uris) {
    if (IsControllerListener(config, node, uri.name)) continue;
    if (uri.host.empty() || uri.host == "0.0.0.0" || uri.host == "::") {
      return Invalid(
          fmt::format("advertised.listeners: {}://{}:{} cannot be reached by clients; name a host",
                      uri.name, uri.host, uri.port));
    }
    const auto listener = std::find_if(listeners->begin(), listeners->end(),
                                       [&](const NodeListener& l) { return l.name == uri.name; });
    if (listener == listeners->end()) {
      return Invalid(fmt::format("advertised.listeners: {} is not among the listeners", uri.name));
    }
    listener->advertised_host = uri.host;
    ASSIGN_OR_RETURN(listener->advertised_port, NodePort(uri.port, step));
  }
  return {};
}

int32_t FirstNodeId(const config::ServerConfig& config) {
  const int64_t older_name = std::max<int64_t>(config.GetInt("broker.id"), 0);
  return static_cast<int32_t>(
      config.GetInt("node.id", config::ServerConfig::kAllNodes, older_name));
}

}  // namespace

Result<std::vector<Node>> PlanNodes(const ServeOptions& options,
                                    const config::ServerConfig& config) {
  std::vector<Node> nodes;
  const int32_t first = FirstNodeId(config);
  for (int32_t index = 0; index < options.brokers; ++index) {
    const int32_t id = first + index;
    ASSIGN_OR_RETURN(std::vector<NodeListener> listeners,
                     PlanListeners(options, config, id, index));
    RETURN_IF_ERROR(Advertise(config, id, index, &listeners));
    nodes.emplace_back(id, config.GetString("broker.rack", id), std::move(listeners));
  }
  return nodes;
}

}  // namespace odradek::app
