#include "metadata/config_validation.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/config_table.h"

namespace odradek::metadata {
namespace {

using config::ConfigDef;
using config::ConfigValue;
using config::FindConfig;
using config::Scope;

Outcome InvalidConfig(std::string message) {
  return {ErrorCode::kInvalidConfig, std::move(message)};
}

// Unknown names come before bad values, as Kafka does it.
Outcome ParseAll(Scope scope, std::string_view kind, const ConfigMap& configs) {
  for (const auto& [name, value] : configs) {
    if (FindConfig(scope, name) == nullptr) {
      return InvalidConfig("Unknown " + std::string(kind) + " config name: " + name);
    }
  }
  for (const auto& [name, value] : configs) {
    const auto parsed = config::ParseConfig(*FindConfig(scope, name), value);
    if (!parsed.ok()) return InvalidConfig(std::string(parsed.status().message()));
  }
  return {};
}

int64_t IntOf(Scope scope, std::string_view name, const ConfigMap& configs,
              const EffectiveConfig& effective) {
  const ConfigDef* def = FindConfig(scope, name);
  CHECK(def != nullptr);
  const auto value = config::ParseConfig(*def, effective.ValueOf(*def, configs).value_or("-1"));
  return value.ok() ? std::get<int64_t>(*value) : -1;
}

// A group config and the broker configs that bound it; "" for no bound.
struct GroupBound {
  std::string_view name;
  std::string_view min;
  std::string_view max;
  bool only_if_set;  // what the group does not set is not looked at
};

constexpr GroupBound kGroupBounds[] = {
    {"consumer.heartbeat.interval.ms", "group.consumer.min.heartbeat.interval.ms",
     "group.consumer.max.heartbeat.interval.ms", false},
    {"consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms",
     "group.consumer.max.session.timeout.ms", false},
    {"consumer.assignment.interval.ms", "group.consumer.min.assignment.interval.ms",
     "group.consumer.max.assignment.interval.ms", true},
    {"share.heartbeat.interval.ms", "group.share.min.heartbeat.interval.ms",
     "group.share.max.heartbeat.interval.ms", false},
    {"share.session.timeout.ms", "group.share.min.session.timeout.ms",
     "group.share.max.session.timeout.ms", false},
    {"share.record.lock.duration.ms", "group.share.min.record.lock.duration.ms",
     "group.share.max.record.lock.duration.ms", false},
    {"share.delivery.count.limit", "group.share.min.delivery.count.limit",
     "group.share.max.delivery.count.limit", false},
    {"share.partition.max.record.locks", "group.share.min.partition.max.record.locks",
     "group.share.max.partition.max.record.locks", false},
    {"share.assignment.interval.ms", "group.share.min.assignment.interval.ms",
     "group.share.max.assignment.interval.ms", true},
    {"streams.heartbeat.interval.ms", "group.streams.min.heartbeat.interval.ms",
     "group.streams.max.heartbeat.interval.ms", false},
    {"streams.session.timeout.ms", "group.streams.min.session.timeout.ms",
     "group.streams.max.session.timeout.ms", false},
    {"streams.num.standby.replicas", "", "group.streams.max.standby.replicas", false},
    {"streams.assignment.interval.ms", "group.streams.min.assignment.interval.ms",
     "group.streams.max.assignment.interval.ms", true},
};

std::string Names(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const std::string& name : names) text.append(text.size() > 1 ? ", " : "").append(name);
  return text + "]";
}

}  // namespace

Outcome ValidateTopicConfigs(const ConfigMap& configs, const EffectiveConfig& effective) {
  if (Outcome parsed = ParseAll(Scope::kTopic, "topic", configs); !parsed.ok()) return parsed;
  const int64_t min_lag = IntOf(Scope::kTopic, "min.compaction.lag.ms", configs, effective);
  const int64_t max_lag = IntOf(Scope::kTopic, "max.compaction.lag.ms", configs, effective);
  if (min_lag > max_lag) {
    return InvalidConfig("conflict topic config setting min.compaction.lag.ms (" +
                         std::to_string(min_lag) + ") > max.compaction.lag.ms (" +
                         std::to_string(max_lag) + ")");
  }
  const auto remote = configs.find("remote.storage.enable");
  if (remote != configs.end() && config::CanonicalConfig(*FindConfig(Scope::kTopic, remote->first),
                                                         remote->second) == "true") {
    return InvalidConfig(
        "Tiered Storage functionality is disabled in the broker. "
        "Topic cannot be configured with remote log storage.");
  }
  return {};
}

Outcome ValidateGroupConfigs(const ConfigMap& configs, const EffectiveConfig& effective) {
  if (Outcome parsed = ParseAll(Scope::kGroup, "group", configs); !parsed.ok()) return parsed;
  for (const GroupBound& bound : kGroupBounds) {
    if (bound.only_if_set && configs.find(bound.name) == configs.end()) continue;
    const int64_t value = IntOf(Scope::kGroup, bound.name, configs, effective);
    if (!bound.min.empty() && value < effective.BrokerInt(bound.min)) {
      return InvalidConfig(std::string(bound.name) + " must be greater than or equal to " +
                           std::string(bound.min));
    }
    if (!bound.max.empty() && value > effective.BrokerInt(bound.max)) {
      return InvalidConfig(std::string(bound.name) + " must be less than or equal to " +
                           std::string(bound.max));
    }
  }
  for (const std::string kind : {"consumer", "share", "streams"}) {
    const std::string session = kind + ".session.timeout.ms";
    const std::string heartbeat = kind + ".heartbeat.interval.ms";
    if (IntOf(Scope::kGroup, session, configs, effective) <=
        IntOf(Scope::kGroup, heartbeat, configs, effective)) {
      return InvalidConfig(session + " must be greater than " + heartbeat);
    }
  }
  return {};
}

Outcome ValidateClientMetricsConfigs(const ConfigMap& configs) {
  return ParseAll(Scope::kClientMetrics, "client metrics", configs);
}

Outcome ValidateBrokerConfigs(const ConfigMap& configs, bool of_all) {
  std::vector<std::string> read_only;
  std::vector<std::string> per_broker;
  for (const auto& [name, value] : configs) {
    const ConfigDef* def = FindConfig(Scope::kBroker, name);
    if (def == nullptr) continue;  // custom configs are the business of whoever reads them
    if (def->dynamic == config::Dynamic::kReadOnly) read_only.push_back(name);
    if (def->dynamic == config::Dynamic::kPerBroker) per_broker.push_back(name);
  }
  const auto refuse = [](std::string message) {
    return Outcome{ErrorCode::kInvalidRequest, std::move(message)};
  };
  if (!read_only.empty())
    return refuse("Cannot update these configs dynamically: " + Names(read_only));
  if (of_all && !per_broker.empty()) {
    return refuse(
        "Cannot update these configs at default cluster level, broker id must be specified: " +
        Names(per_broker));
  }
  for (const auto& [name, value] : configs) {
    const ConfigDef* def = FindConfig(Scope::kBroker, name);
    if (def == nullptr) continue;
    const auto parsed = config::ParseConfig(*def, value);
    if (!parsed.ok()) return refuse(std::string(parsed.status().message()));
  }
  return {};
}

}  // namespace odradek::metadata
