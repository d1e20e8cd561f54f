// The value that holds for a config, where it comes from, and what would hold without it.
//
// Strongest first: the resource's own value, then the dynamic configs of the broker, those of all
// brokers, what the broker was started with, the default; each asked for every broker synonym.
// A view for one request or one change. Thread: any, it reads what it was given.
// Source: ConfigHelper, DynamicBrokerConfig.brokerConfigSynonyms of Apache Kafka; KIP-226.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_table.h"
#include "config/server_config.h"
#include "metadata/metadata_image.h"

namespace odradek::metadata {

// The numbers of the wire.
enum class ConfigSource : int8_t {
  kUnknown = 0,
  kTopic = 1,
  kDynamicBroker = 2,
  kDynamicDefaultBroker = 3,
  kStaticBroker = 4,
  kDefault = 5,
  kDynamicBrokerLogger = 6,
  kClientMetrics = 7,
  kGroup = 8,
};

struct ConfigSynonym {
  std::string name;
  std::optional<std::string> value;  // none for passwords
  ConfigSource source = ConfigSource::kUnknown;
};

struct DescribedConfig {
  std::string name;
  std::optional<std::string> value{};  // none if unset or a password
  ConfigSource source = ConfigSource::kDefault;
  bool is_read_only = false;
  bool is_sensitive = false;
  int8_t type = 0;  // a config::Type, 0 for properties that the table does not know
  std::vector<ConfigSynonym> synonyms{};  // strongest first
  std::string_view documentation{};
};

class EffectiveConfig {
 public:
  // As broker `node` sees it. Borrows both.
  EffectiveConfig(const MetadataImage& image, const config::ServerConfig& server, int32_t node)
      : image_(image), server_(server), node_(node) {}

  // The text that holds for a config of the broker; none if unset.
  std::optional<std::string> BrokerValue(std::string_view name) const;
  // Typed; requires that the table has it with that type.
  int64_t BrokerInt(std::string_view name, int64_t unset = -1) const;
  bool BrokerBool(std::string_view name) const;
  double BrokerDouble(std::string_view name) const;
  // The text that holds for a config of a topic or group with these overrides.
  std::optional<std::string> ValueOf(const config::ConfigDef& def,
                                     const ConfigMap& overrides) const;

  std::vector<DescribedConfig> DescribeTopic(const ConfigMap& overrides) const;
  std::vector<DescribedConfig> DescribeGroup(const ConfigMap& overrides) const;
  std::vector<DescribedConfig> DescribeClientMetrics(const ConfigMap& overrides) const;
  std::vector<DescribedConfig> DescribeBroker() const;
  // What the tools call the default broker: dynamic configs of all brokers.
  std::vector<DescribedConfig> DescribeAllBrokers() const;

 private:
  // What was set when the broker started, or what it is by itself (its id, its rack).
  std::optional<std::string> StaticValue(std::string_view name) const;
  // Everything set for a broker config and its synonyms, strongest first.
  std::vector<ConfigSynonym> BrokerSynonyms(std::string_view name) const;
  // As the tools are told: from the name itself on.
  std::vector<ConfigSynonym> ToldSynonyms(std::string_view name) const;
  DescribedConfig DescribeBrokerConfig(std::string_view name, bool of_all) const;
  DescribedConfig Describe(const config::ConfigDef& def, const ConfigMap& overrides,
                           ConfigSource own_source) const;

  const MetadataImage& image_;
  const config::ServerConfig& server_;
  const int32_t node_;
};

}  // namespace odradek::metadata
