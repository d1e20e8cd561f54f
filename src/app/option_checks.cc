#include "app/option_checks.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "app/node_plan.h"
#include "base/log.h"

namespace odradek::app {
namespace {

// The node of "2:name=value"; none for settings of all nodes.
std::optional<int32_t> NodeOf(const std::string& setting) {
  int32_t id = 0;
  const char* end = setting.data() + setting.size();
  const auto parsed = std::from_chars(setting.data(), end, id);
  if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != ':') return std::nullopt;
  return id;
}

std::string IdsOf(const std::vector<broker::Node>& nodes) {
  std::string ids;
  for (const broker::Node& node : nodes)
    ids.append(ids.empty() ? "" : ", ").append(std::to_string(node.id()));
  return ids;
}

}  // namespace

Status CheckNodeSettings(const ServeOptions& options, const std::vector<broker::Node>& nodes) {
  for (const std::string& setting : options.settings) {
    const std::optional<int32_t> id = NodeOf(setting);
    const auto is_it = [&](const broker::Node& node) { return node.id() == id; };
    if (!id.has_value() || std::any_of(nodes.begin(), nodes.end(), is_it)) continue;
    return Invalid(fmt::format("--node-set {}: there is no node {}; the ids are {}", setting, *id,
                               IdsOf(nodes)));
  }
  return {};
}

Result<std::string> ResolveDurability(const std::string& asked, bool has_data_dir) {
  constexpr std::string_view kNoDurability = "none";
  const std::string_view strongest = has_data_dir ? kPowerDurability : kNoDurability;
  if (asked.empty()) return std::string(strongest);
  if (!has_data_dir && asked != kNoDurability) {
    return Invalid(fmt::format("{}={} needs --data-dir: data in memory survives nothing",
                               kDurabilityConfig, asked));
  }
  if (has_data_dir && asked == kNoDurability) {
    return Invalid(
        fmt::format("{}=none is for data in memory; with --data-dir it is power or process",
                    kDurabilityConfig));
  }
  return asked;
}

namespace {

// The port that listeners names and --port replaces; none if they do not differ.
std::optional<uint16_t> PortNotUsed(ServeOptions options, const config::ServerConfig& config) {
  const std::optional<uint16_t> asked = std::exchange(options.port, std::nullopt);
  const auto nodes = PlanNodes(options, config);
  if (!asked.has_value() || !nodes.ok()) return std::nullopt;
  const broker::Node& first = nodes->front();
  const uint16_t named = first.listeners().front().port;
  const bool is_named = config.FindStatic("listeners", first.id()) != nullptr;
  return is_named && named != *asked ? std::optional(named) : std::nullopt;
}

}  // namespace

std::vector<std::string> OptionWarnings(const ServeOptions& options,
                                        const config::ServerConfig& config) {
  std::vector<std::string> warnings;
  if (const auto port = PortNotUsed(options, config)) {
    const std::string instead =
        *options.port == 0 ? "a free one is taken" : fmt::format("--port says {}", *options.port);
    warnings.push_back(fmt::format("port {} of listeners is not used: {}", *port, instead));
  }
  for (const char* name : {"log.dirs", "log.dir"}) {
    if (config.FindStatic(name) == nullptr) continue;
    warnings.push_back(std::string(name) +
                       (options.data_dir.has_value()
                            ? " is not used; --data-dir says where data is kept"
                            : " is not used: data is kept in memory; --data-dir DIR keeps it"));
    break;
  }
  return warnings;
}

}  // namespace odradek::app
