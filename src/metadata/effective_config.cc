#include "metadata/effective_config.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "base/check.h"

namespace odradek::metadata {

using config::ConfigDef;
using config::ConfigsOf;
using config::FindConfig;
using config::Scope;

std::optional<std::string> EffectiveConfig::StaticValue(std::string_view name) const {
  if (name == "node.id" || name == "broker.id") return std::to_string(node_);
  if (const std::string* text = server_.FindStatic(name, node_)) return *text;
  if (name != "broker.rack") return std::nullopt;
  const auto& brokers = image_.brokers();
  const auto own = std::find_if(brokers.begin(), brokers.end(),
                                [this](const BrokerInfo& b) { return b.id == node_; });
  return own == brokers.end() || own->rack.empty() ? std::nullopt : std::optional(own->rack);
}

// Kafka drops what stands before the name: of retention.ms without log.retention.ms it tells
// nothing, although log.retention.hours holds.
std::vector<ConfigSynonym> EffectiveConfig::ToldSynonyms(std::string_view name) const {
  std::vector<ConfigSynonym> told = BrokerSynonyms(name);
  told.erase(told.begin(),
             std::find_if(told.begin(), told.end(),
                          [&](const ConfigSynonym& synonym) { return synonym.name == name; }));
  return told;
}

std::vector<ConfigSynonym> EffectiveConfig::BrokerSynonyms(std::string_view name) const {
  const std::vector<std::string_view> names = config::BrokerSynonyms(name);
  std::vector<ConfigSynonym> found;
  const auto collect = [&](ConfigSource source, const auto& find) {
    for (const std::string_view synonym : names) {
      const auto value = find(synonym);
      if (!value) continue;
      const ConfigDef* def = FindConfig(Scope::kBroker, synonym);
      const bool hidden = def == nullptr || def->is_sensitive();
      found.push_back({std::string(synonym), hidden ? std::nullopt : value, source});
    }
  };
  const auto find_in = [](const ConfigMap& map) {
    return [&map](std::string_view key) -> std::optional<std::string> {
      const auto at = map.find(key);
      return at == map.end() ? std::nullopt : std::optional(at->second);
    };
  };
  collect(ConfigSource::kDynamicBroker, find_in(image_.BrokerConfigs(node_)));
  collect(ConfigSource::kDynamicDefaultBroker, find_in(image_.DefaultBrokerConfigs()));
  collect(ConfigSource::kStaticBroker, [this](std::string_view key) { return StaticValue(key); });
  collect(ConfigSource::kDefault, [](std::string_view key) -> std::optional<std::string> {
    const ConfigDef* def = FindConfig(Scope::kBroker, key);
    return def == nullptr || def->default_value == nullptr
               ? std::nullopt
               : std::optional<std::string>(def->default_value);
  });
  return found;
}

std::optional<std::string> EffectiveConfig::BrokerValue(std::string_view name) const {
  const std::vector<ConfigSynonym> synonyms = BrokerSynonyms(name);
  if (synonyms.empty() || !synonyms.front().value) return std::nullopt;
  return config::ConvertSynonym(synonyms.front().name, name, *synonyms.front().value);
}

int64_t EffectiveConfig::BrokerInt(std::string_view name, int64_t unset) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  CHECK(def != nullptr);
  const std::optional<std::string> text = BrokerValue(name);
  if (!text) return unset;
  const auto value = config::ParseConfig(*def, *text);
  return value.ok() ? std::get<int64_t>(*value) : unset;
}

bool EffectiveConfig::BrokerBool(std::string_view name) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  CHECK(def != nullptr);
  const auto value = config::ParseConfig(*def, BrokerValue(name).value_or("false"));
  return value.ok() && std::get<bool>(*value);
}

double EffectiveConfig::BrokerDouble(std::string_view name) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  CHECK(def != nullptr);
  const auto value = config::ParseConfig(*def, BrokerValue(name).value_or("0"));
  return value.ok() ? std::get<double>(*value) : 0;
}

std::optional<std::string> EffectiveConfig::ValueOf(const ConfigDef& def,
                                                    const ConfigMap& overrides) const {
  const auto own = overrides.find(def.name);
  if (own != overrides.end()) return own->second;
  if (!def.broker_config.empty()) return BrokerValue(def.broker_config);
  return def.default_value == nullptr ? std::nullopt
                                      : std::optional<std::string>(def.default_value);
}

DescribedConfig EffectiveConfig::Describe(const ConfigDef& def, const ConfigMap& overrides,
                                          ConfigSource own_source) const {
  DescribedConfig out{.name = std::string(def.name),
                      .type = static_cast<int8_t>(def.type),
                      .documentation = def.documentation};
  out.is_sensitive = def.is_sensitive();
  const std::optional<std::string> value = ValueOf(def, overrides);
  if (value && !out.is_sensitive) out.value = config::CanonicalConfig(def, *value);
  if (overrides.find(def.name) != overrides.end())
    out.synonyms.push_back({out.name, out.value, own_source});
  if (!def.broker_config.empty()) {
    for (ConfigSynonym& synonym : ToldSynonyms(def.broker_config))
      out.synonyms.push_back(std::move(synonym));
  } else if (def.scope == Scope::kGroup && def.default_value != nullptr) {
    out.synonyms.push_back({out.name, def.default_value, ConfigSource::kDefault});
  }
  if (!out.synonyms.empty()) out.source = out.synonyms.front().source;
  return out;
}

std::vector<DescribedConfig> EffectiveConfig::DescribeTopic(const ConfigMap& overrides) const {
  std::vector<DescribedConfig> all;
  for (const ConfigDef& def : ConfigsOf(Scope::kTopic))
    all.push_back(Describe(def, overrides, ConfigSource::kTopic));
  return all;
}

std::vector<DescribedConfig> EffectiveConfig::DescribeGroup(const ConfigMap& overrides) const {
  std::vector<DescribedConfig> all;
  for (const ConfigDef& def : ConfigsOf(Scope::kGroup))
    all.push_back(Describe(def, overrides, ConfigSource::kGroup));
  return all;
}

std::vector<DescribedConfig> EffectiveConfig::DescribeClientMetrics(
    const ConfigMap& overrides) const {
  std::vector<DescribedConfig> all;
  for (const ConfigDef& def : ConfigsOf(Scope::kClientMetrics)) {
    all.push_back(Describe(def, overrides, ConfigSource::kClientMetrics));
  }
  return all;
}

DescribedConfig EffectiveConfig::DescribeBrokerConfig(std::string_view name, bool of_all) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  DescribedConfig out{.name = std::string(name)};
  // What the table does not know may be a secret of some plug-in.
  out.is_sensitive = def == nullptr || def->is_sensitive();
  out.is_read_only = def == nullptr || def->dynamic == config::Dynamic::kReadOnly;
  if (def != nullptr) {
    out.type = static_cast<int8_t>(def->type);
    out.documentation = def->documentation;
  }
  // The value of the name itself: log.retention.hours keeps its 168 when log.retention.ms is set.
  out.synonyms = ToldSynonyms(name);
  if (of_all) {
    std::erase_if(out.synonyms, [](const ConfigSynonym& s) {
      return s.source != ConfigSource::kDynamicDefaultBroker;
    });
  }
  if (!out.synonyms.empty()) {
    out.source = out.synonyms.front().source;
    const std::optional<std::string>& value = out.synonyms.front().value;
    if (value && !out.is_sensitive) out.value = config::CanonicalConfig(*def, *value);
  }
  return out;
}

std::vector<DescribedConfig> EffectiveConfig::DescribeBroker() const {
  std::set<std::string, std::less<>> names;
  for (const ConfigDef& def : ConfigsOf(Scope::kBroker)) {
    if (def.effect != config::Effect::kUnlisted) names.emplace(def.name);
  }
  for (const auto& [name, value] : server_.StaticConfigs(node_)) names.insert(name);
  for (const auto& [name, value] : image_.BrokerConfigs(node_)) names.insert(name);
  for (const auto& [name, value] : image_.DefaultBrokerConfigs()) names.insert(name);
  std::vector<DescribedConfig> all;
  for (const std::string& name : names) all.push_back(DescribeBrokerConfig(name, false));
  return all;
}

std::vector<DescribedConfig> EffectiveConfig::DescribeAllBrokers() const {
  std::vector<DescribedConfig> all;
  for (const auto& [name, value] : image_.DefaultBrokerConfigs()) {
    all.push_back(DescribeBrokerConfig(name, true));
  }
  return all;
}

}  // namespace odradek::metadata
