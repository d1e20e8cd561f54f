#include "config/server_config.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "config/parse.h"
#include "config/properties.h"

namespace odradek::config {
namespace {

// Variables of the container image, and those that tell applications their broker, as
// `odradek exec` does: no properties.
constexpr std::string_view kForeignVariables[] = {
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_BROKER",
    "KAFKA_BROKERS",
    "KAFKA_CLUSTER_ID",
    "KAFKA_DEBUG",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_HOME",
    "KAFKA_JMX_HOSTNAME",
    "KAFKA_JMX_OPTS",
    "KAFKA_JMX_PORT",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_LOG4J_LOGGERS",
    "KAFKA_LOG4J_OPTS",
    "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_OPTS",
    "KAFKA_TOOLS_LOG4J_LOGLEVEL",
    "KAFKA_VERSION",
    "KAFKA_SSL_KEYSTORE_FILENAME",
    "KAFKA_SSL_KEYSTORE_CREDENTIALS",
    "KAFKA_SSL_KEY_CREDENTIALS",
    "KAFKA_SSL_TRUSTSTORE_FILENAME",
    "KAFKA_SSL_TRUSTSTORE_CREDENTIALS",
};

// KAFKA_LOG_RETENTION_MS -> log.retention.ms; "__" is an underscore, "___" a hyphen.
std::string PropertyOfVariable(std::string_view variable) {
  std::string name;
  variable.remove_prefix(std::string_view("KAFKA_").size());
  while (!variable.empty()) {
    size_t length = 1;
    if (variable.starts_with("___")) {
      length = 3;
      name.push_back('-');
    } else if (variable.starts_with("__")) {
      length = 2;
      name.push_back('_');
    } else if (variable.front() == '_') {
      name.push_back('.');
    } else {
      const char c = variable.front();
      name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    variable.remove_prefix(length);
  }
  return name;
}

bool IsPropertyName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '$';
  });
}

// Read by the authorizer, which is no part of Kafka's own table of configs.
bool IsOfAuthorizer(std::string_view name) {
  return name == "super.users" || name == "allow.everyone.if.no.acl.found";
}

// Why a property that the table does not know is of no use; empty if it may be of use to a
// listener or the authorizer.
std::string WhyUnknown(std::string_view name) {
  if (name.starts_with("listener.name.") || IsOfAuthorizer(name)) return {};
  if (const ConfigDef* topic = FindConfig(Scope::kTopic, name)) {
    std::string why = "is a config of topics";
    if (!topic->broker_config.empty())
      why.append("; brokers call it ").append(topic->broker_config);
    return why;
  }
  if (FindConfig(Scope::kGroup, name) != nullptr) return "is a config of groups";
  return "is not a known property and changes nothing";
}

}  // namespace

Status ServerConfig::Builder::SetFor(int32_t node, std::string_view name, std::string_view value,
                                     Layer layer) {
  constexpr std::string_view kOrigin = "--set ";
  if (!IsPropertyName(name)) {
    return Invalid(std::string(kOrigin).append(name) +
                   ": not a property name; names are made of "
                   "letters, digits, '.', '-' and '_'");
  }
  Entry entry{std::string(value), std::string(kOrigin).append(name)};
  Entries& entries = node == kAllNodes ? layers_[layer] : of_nodes_[node];
  entries.insert_or_assign(std::string(name), std::move(entry));
  return {};
}

Status ServerConfig::Builder::AddProperties(std::string_view text, std::string_view origin) {
  ASSIGN_OR_RETURN(const std::vector<Property> properties, ParseProperties(text, origin));
  for (const Property& property : properties) {
    std::string where =
        std::string(origin) + " line " + std::to_string(property.line) + ": " + property.name;
    layers_[kFile].insert_or_assign(property.name, Entry{property.value, std::move(where)});
  }
  return {};
}

Status ServerConfig::Builder::AddEnvironment(
    std::span<const std::pair<std::string, std::string>> variables) {
  for (const auto& [variable, value] : variables) {
    if (!variable.starts_with("KAFKA_") || variable.size() == 6) continue;
    const bool is_foreign = std::find(std::begin(kForeignVariables), std::end(kForeignVariables),
                                      variable) != std::end(kForeignVariables);
    if (is_foreign) continue;
    layers_[kEnvironment].insert_or_assign(PropertyOfVariable(variable), Entry{value, variable});
  }
  return {};
}

Status ServerConfig::Builder::Set(std::string_view setting) {
  const size_t equals = setting.find('=');
  if (equals == std::string_view::npos) {
    return Invalid("--set " + std::string(setting) +
                   ": give name=value, or 2:name=value for node 2");
  }
  std::string_view name = Trim(setting.substr(0, equals));
  const std::string_view value = Trim(setting.substr(equals + 1));
  const size_t colon = name.find(':');
  if (colon == std::string_view::npos) return SetFor(kAllNodes, name, value, kLine);
  const auto node = ParseInteger(name.substr(0, colon));
  if (!node || *node < 0 || *node > INT32_MAX) {
    return Invalid("--set " + std::string(setting) + ": \"" + std::string(name.substr(0, colon)) +
                   "\" is not a node id");
  }
  return SetFor(static_cast<int32_t>(*node), name.substr(colon + 1), value, kNode);
}

Status ServerConfig::Builder::Check(const std::string& name, const Entry& entry,
                                    ServerConfig* config) {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  if (def == nullptr) {
    const std::string why = WhyUnknown(name);
    std::string line = entry.origin;
    if (!line.ends_with(name)) line.append(": ").append(name);
    if (!why.empty()) config->warnings_.push_back(line.append(" ").append(why));
    return {};
  }
  const auto check = [&entry](const ConfigDef& against) -> Status {
    const Result<ConfigValue> parsed = ParseConfig(against, entry.value);
    if (parsed.ok()) return {};
    std::string why(parsed.status().message());
    // Kafka's words list choices already.
    if (against.allowed.choices.empty()) why += " (allowed: " + DescribeAllowed(against) + ")";
    return Invalid(entry.origin + ": " + why);
  };
  RETURN_IF_ERROR(check(*def));
  // As topics without a config of their own would have it: Kafka refuses to start as well.
  for (const ConfigDef& topic : ConfigsOf(Scope::kTopic))
    if (topic.broker_config == name) RETURN_IF_ERROR(check(topic));
  return {};
}

Result<ServerConfig> ServerConfig::Builder::Build() const {
  ServerConfig config;
  Entries merged;
  for (const Entries& layer : layers_) {
    for (const auto& [name, entry] : layer) merged.insert_or_assign(name, entry);
  }
  for (const auto& [name, entry] : merged) {
    RETURN_IF_ERROR(Check(name, entry, &config));
    config.of_all_.emplace(name, entry.value);
  }
  for (const auto& [node, entries] : of_nodes_) {
    for (const auto& [name, entry] : entries) {
      RETURN_IF_ERROR(Check(name, entry, &config));
      config.of_nodes_[node].emplace(name, entry.value);
    }
  }
  std::vector<std::string>& warnings = config.warnings_;
  if (warnings.size() > kWarningsMax) {
    const size_t unsaid = warnings.size() - kWarningsMax;
    warnings.resize(kWarningsMax);
    warnings.push_back("and " + std::to_string(unsaid) + " more properties that nobody reads");
  }
  return config;
}

const std::string* ServerConfig::FindStatic(std::string_view name, int32_t node) const {
  if (node != kAllNodes) {
    const auto own = of_nodes_.find(node);
    if (own != of_nodes_.end()) {
      const auto at = own->second.find(name);
      if (at != own->second.end()) return &at->second;
    }
  }
  const auto at = of_all_.find(name);
  return at == of_all_.end() ? nullptr : &at->second;
}

PropertyMap ServerConfig::StaticConfigs(int32_t node) const {
  PropertyMap all = of_all_;
  const auto own = of_nodes_.find(node);
  if (own != of_nodes_.end()) {
    for (const auto& [name, value] : own->second) all.insert_or_assign(name, value);
  }
  return all;
}

ConfigValue ServerConfig::Value(const ConfigDef& def, int32_t node) const {
  const std::string* text = FindStatic(def.name, node);
  Result<ConfigValue> parsed = ParseConfig(def, text != nullptr ? *text : def.default_value);
  CHECK(parsed.ok());  // Build has checked the text, a test the defaults
  return std::move(parsed).value();
}

int64_t ServerConfig::GetInt(std::string_view name, int32_t node, int64_t unset) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  CHECK(def != nullptr);
  if (FindStatic(name, node) == nullptr && def->default_value == nullptr) return unset;
  return std::get<int64_t>(Value(*def, node));
}

bool ServerConfig::GetBool(std::string_view name, int32_t node) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  CHECK(def != nullptr);
  return std::get<bool>(Value(*def, node));
}

double ServerConfig::GetDouble(std::string_view name, int32_t node) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  CHECK(def != nullptr);
  return std::get<double>(Value(*def, node));
}

std::string ServerConfig::GetString(std::string_view name, int32_t node) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  CHECK(def != nullptr);
  if (FindStatic(name, node) == nullptr && def->default_value == nullptr) return {};
  return std::get<std::string>(Value(*def, node));
}

std::vector<std::string> ServerConfig::GetList(std::string_view name, int32_t node) const {
  const ConfigDef* def = FindConfig(Scope::kBroker, name);
  CHECK(def != nullptr);
  if (FindStatic(name, node) == nullptr && def->default_value == nullptr) return {};
  return std::get<std::vector<std::string>>(Value(*def, node));
}

}  // namespace odradek::config
