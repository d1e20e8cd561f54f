// The commands of MetadataStore that change configs, with Kafka's checks in Kafka's order.
// Source: ConfigAdminManager, ConfigurationControlManager of Apache Kafka 4.3; KIP-226, KIP-339.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "config/parse.h"
#include "metadata/config_validation.h"
#include "metadata/effective_config.h"
#include "metadata/image_builder.h"
#include "metadata/metadata_store.h"
#include "metadata/topic_name.h"

namespace odradek::metadata {
namespace {

constexpr size_t kValueLengthMax = INT16_MAX;

config::Scope ScopeOf(ResourceType type) {
  switch (type) {
    case ResourceType::kTopic:
      return config::Scope::kTopic;
    case ResourceType::kGroup:
      return config::Scope::kGroup;
    case ResourceType::kClientMetrics:
      return config::Scope::kClientMetrics;
    case ResourceType::kBroker:
    case ResourceType::kBrokerLogger:
      return config::Scope::kBroker;
  }
  UNREACHABLE();
}

bool IsKnownType(int8_t type) {
  switch (static_cast<ResourceType>(type)) {
    case ResourceType::kTopic:
    case ResourceType::kBroker:
    case ResourceType::kClientMetrics:
    case ResourceType::kGroup:
      return true;
    case ResourceType::kBrokerLogger:
      break;
  }
  return false;
}

// What is wrong with the request itself.
Outcome CheckShape(const ConfigAlteration& resource, bool incremental) {
  std::set<std::string_view> names;
  std::vector<std::string_view> nulls;
  for (const ConfigChange& change : resource.changes) {
    if (!names.insert(change.name).second)
      return InvalidRequest("Error due to duplicate config keys");
    const bool may_be_null = incremental && change.op == static_cast<int8_t>(ConfigOp::kDelete);
    if (!change.value && !may_be_null) nulls.push_back(change.name);
  }
  if (!nulls.empty()) {
    return InvalidRequest(fmt::format("Null value not supported for : {}", fmt::join(nulls, ", ")));
  }
  if (!IsKnownType(resource.type)) {
    return InvalidRequest("Unknown resource type " + std::to_string(resource.type));
  }
  const bool has_unknown_op =
      incremental &&
      std::any_of(resource.changes.begin(), resource.changes.end(), [](const ConfigChange& change) {
        return change.op < 0 || change.op > static_cast<int8_t>(ConfigOp::kSubtract);
      });
  if (!has_unknown_op) return {};
  // Kafka's controller trips over it; its brokers look.
  if (static_cast<ResourceType>(resource.type) != ResourceType::kBroker) {
    return Refuse(ErrorCode::kUnknownServerError,
                  std::string(ErrorMessage(ErrorCode::kUnknownServerError)));
  }
  return InvalidRequest("Unknown operations type");
}

// Items of a list value, without those that are empty.
std::vector<std::string> Items(std::string_view value) {
  std::vector<std::string> items;
  for (const std::string_view item : config::SplitList(value)) {
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

std::string ChangedList(std::string_view current, ConfigOp op, std::string_view change) {
  std::vector<std::string> items = Items(current);
  for (std::string& item : Items(change)) {
    const auto at = std::find(items.begin(), items.end(), item);
    if (op == ConfigOp::kSubtract) {
      if (at != items.end()) items.erase(at);
    } else if (at == items.end()) {
      items.push_back(std::move(item));
    }
  }
  std::string joined;
  for (const std::string& item : items) joined.append(joined.empty() ? "" : ",").append(item);
  return joined;
}

Outcome CheckListOperation(ResourceType type, const ConfigChange& change,
                           const config::ConfigDef* def) {
  const bool is_append = static_cast<ConfigOp>(change.op) == ConfigOp::kAppend;
  if (def != nullptr && def->type == config::Type::kList) return {};
  const std::string name(change.name);
  if (type == ResourceType::kBroker) {
    if (def == nullptr) return Refuse(ErrorCode::kInvalidConfig, "Unknown config name: " + name);
    return Refuse(ErrorCode::kInvalidConfig, "Config value " +
                                                 std::string(is_append ? "append" : "subtract") +
                                                 " is not allowed for config key: " + name);
  }
  return Refuse(ErrorCode::kInvalidConfig,
                "Can't " + std::string(is_append ? "APPEND" : "SUBTRACT") + " to key " + name +
                    " because its type is not LIST.");
}

Outcome ApplyChange(ResourceType type, const ConfigChange& change, ConfigMap* configs) {
  const std::string name(change.name);
  switch (static_cast<ConfigOp>(change.op)) {
    case ConfigOp::kSet:
      configs->insert_or_assign(name, std::string(*change.value));
      return {};
    case ConfigOp::kDelete:
      configs->erase(name);
      return {};
    case ConfigOp::kAppend:
    case ConfigOp::kSubtract: {
      const config::ConfigDef* def = config::FindConfig(ScopeOf(type), change.name);
      if (Outcome checked = CheckListOperation(type, change, def); !checked.ok()) return checked;
      const auto own = configs->find(name);
      std::string_view current = def->default_value == nullptr ? "" : def->default_value;
      if (own != configs->end()) current = own->second;
      std::string next = ChangedList(current, static_cast<ConfigOp>(change.op), *change.value);
      configs->insert_or_assign(name, std::move(next));
      return {};
    }
  }
  UNREACHABLE();
}

ConfigMap CurrentConfigs(const MetadataImage& image, ResourceType type, std::string_view name) {
  switch (type) {
    case ResourceType::kTopic: {
      const TopicRef topic = image.FindTopic(name);
      return topic == nullptr ? ConfigMap() : topic->configs;
    }
    case ResourceType::kBroker:
      if (name.empty()) return image.DefaultBrokerConfigs();
      return image.BrokerConfigs(static_cast<int32_t>(config::ParseInteger(name).value_or(-1)));
    case ResourceType::kGroup:
      return image.GroupConfigs(name);
    case ResourceType::kClientMetrics:
      return image.ClientMetricsConfigs(name);
    case ResourceType::kBrokerLogger:
      break;
  }
  UNREACHABLE();
}

Outcome CheckBrokerName(const MetadataImage& image, std::string_view name) {
  if (name.empty()) return {};
  const auto id = config::ParseInteger(name);
  if (!id) return InvalidRequest("Unable to parse broker name as a base 10 number.");
  if (*id < 0) return InvalidRequest("Invalid negative broker ID.");
  if (*id <= INT32_MAX && image.HasBroker(static_cast<int32_t>(*id))) return {};
  return Refuse(ErrorCode::kBrokerIdNotRegistered,
                "No broker with id " + std::to_string(*id) + " found.");
}

Outcome Validate(const MetadataImage& image, const EffectiveConfig& effective, ResourceType type,
                 std::string_view name, const ConfigMap& configs) {
  switch (type) {
    case ResourceType::kTopic: {
      if (name.empty()) return InvalidRequest("Default topic resources are not allowed.");
      if (std::string why = WhyIllegalTopicName(name); !why.empty()) {
        return Refuse(ErrorCode::kInvalidTopicException, std::move(why));
      }
      if (Outcome valid = ValidateTopicConfigs(configs, effective); !valid.ok()) return valid;
      if (image.FindTopic(name) != nullptr) return {};
      return Refuse(ErrorCode::kUnknownTopicOrPartition,
                    "The topic '" + std::string(name) + "' does not exist.");
    }
    case ResourceType::kBroker: {
      if (Outcome valid = CheckBrokerName(image, name); !valid.ok()) return valid;
      return ValidateBrokerConfigs(configs, name.empty());
    }
    case ResourceType::kGroup:
      if (name.empty()) return InvalidRequest("Default group resources are not allowed.");
      return ValidateGroupConfigs(configs, effective);
    case ResourceType::kClientMetrics:
      if (name.empty()) return InvalidRequest("Subscription name can't be empty");
      return ValidateClientMetricsConfigs(configs);
    case ResourceType::kBrokerLogger:
      break;
  }
  UNREACHABLE();
}

// The record that turns `before` into `after`.
ConfigsRecord Difference(ResourceType type, std::string_view name, const ConfigMap& before,
                         const ConfigMap& after) {
  ConfigsRecord record{type, std::string(name), {}};
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old == before.end() || old->second != value) record.values.emplace_back(key, value);
  }
  for (const auto& [key, value] : before) {
    if (after.find(key) == after.end()) record.values.emplace_back(key, std::nullopt);
  }
  return record;
}

}  // namespace

Outcome MetadataStore::AlterConfigs(const ConfigAlteration& resource, bool incremental,
                                    ImageBuilder& builder) {
  if (Outcome shape = CheckShape(resource, incremental); !shape.ok()) return shape;
  const auto type = static_cast<ResourceType>(resource.type);
  const MetadataImage& image = builder.image();
  const EffectiveConfig effective(image, *options_.config, image.controller_id());
  const ConfigMap before = CurrentConfigs(image, type, resource.name);
  ConfigMap after = incremental ? before : ConfigMap();
  for (ConfigChange change : resource.changes) {
    if (!incremental) change.op = static_cast<int8_t>(ConfigOp::kSet);
    if (Outcome applied = ApplyChange(type, change, &after); !applied.ok()) return applied;
  }
  for (const auto& [name, value] : after) {
    if (value.size() <= kValueLengthMax) continue;
    return Refuse(
        ErrorCode::kInvalidConfig,
        "The configuration value cannot be added because it exceeds the maximum value size of " +
            std::to_string(kValueLengthMax) + " bytes.");
  }
  if (Outcome valid = Validate(image, effective, type, resource.name, after); !valid.ok())
    return valid;
  ConfigsRecord record = Difference(type, resource.name, before, after);
  if (record.values.empty()) return {};
  const Status changed = builder.Add(std::move(record));
  CHECK(changed.ok());
  return {};
}

std::vector<Outcome> MetadataStore::AlterAll(std::span<const ConfigAlteration> resources,
                                             bool incremental, bool validate_only) {
  MutexLock lock(mutex_);
  std::vector<Outcome> answers;
  ImageBuilder builder(image());
  std::map<std::pair<int8_t, std::string_view>, int> appearances;
  for (const ConfigAlteration& resource : resources) ++appearances[{resource.type, resource.name}];
  for (const ConfigAlteration& resource : resources) {
    answers.push_back(appearances[{resource.type, resource.name}] > 1
                          ? InvalidRequest("Each resource must appear at most once.")
                          : AlterConfigs(resource, incremental, builder));
  }
  if (validate_only || builder.records().empty()) return answers;
  const Status committed = Commit(builder, Purpose::kMayMakeRoom);  // by a shorter retention
  if (!committed.ok()) {
    for (Outcome& answer : answers) {
      if (answer.ok()) answer = {ErrorCode::kUnknownServerError, std::string(committed.message())};
    }
  }
  return answers;
}

std::vector<Outcome> MetadataStore::IncrementalAlterConfigs(
    std::span<const ConfigAlteration> resources, bool validate_only) {
  return AlterAll(resources, true, validate_only);
}

std::vector<Outcome> MetadataStore::ReplaceConfigs(std::span<const ConfigAlteration> resources,
                                                   bool validate_only) {
  return AlterAll(resources, false, validate_only);
}

}  // namespace odradek::metadata
