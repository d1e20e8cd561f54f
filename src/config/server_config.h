// ServerConfig: what the broker was started with, under Kafka's property names.
//
// Layers, weakest first: defaults of configs.def, a server.properties file, KAFKA_* environment
// variables as the official container image spells them, --set name=value, and settings of single
// nodes (--set ID:name=value). Dynamic configs lie above it: metadata/effective_config.h.
// Owner: the cluster. Thread: immutable once built.
// Errors: kInvalid; the message names the layer, the property, the reason and what is allowed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/config_table.h"

namespace odradek::config {

using PropertyMap = std::map<std::string, std::string, std::less<>>;

class ServerConfig {
 public:
  class Builder;

  ServerConfig() = default;  // all defaults

  // Typed values of broker configs; a node's own setting wins. Unset numbers are `unset`.
  // Requires: the name is in the table with that type (CHECKed).
  int64_t GetInt(std::string_view name, int32_t node = kAllNodes, int64_t unset = -1) const;
  bool GetBool(std::string_view name, int32_t node = kAllNodes) const;
  double GetDouble(std::string_view name, int32_t node = kAllNodes) const;
  std::string GetString(std::string_view name, int32_t node = kAllNodes) const;  // "" if unset
  std::vector<std::string> GetList(std::string_view name, int32_t node = kAllNodes) const;

  // The text that was set for a node, its own or everybody's; null if the default holds.
  const std::string* FindStatic(std::string_view name, int32_t node = kAllNodes) const;
  // Everything that was set for a node, also properties that the table does not know.
  PropertyMap StaticConfigs(int32_t node = kAllNodes) const;
  bool HasNodeSettings(int32_t node) const { return of_nodes_.contains(node); }

  static constexpr size_t kWarningsMax = 20;
  // Properties that nobody reads, one line each, for the start-up log; with more than kWarningsMax
  // the last line counts the others.
  const std::vector<std::string>& warnings() const { return warnings_; }

  static constexpr int32_t kAllNodes = -1;

 private:
  ConfigValue Value(const ConfigDef& def, int32_t node) const;

  PropertyMap of_all_;
  std::map<int32_t, PropertyMap> of_nodes_;
  std::vector<std::string> warnings_;
};

// Collects the layers in any order, then checks all values. Not thread-safe.
class ServerConfig::Builder {
 public:
  // The text of a server.properties file: Java's property syntax with comments, escapes and
  // continued lines. `origin` names it in messages.
  Status AddProperties(std::string_view text, std::string_view origin);
  // KAFKA_NUM_PARTITIONS=3 sets num.partitions; "__" stands for "_" and "___" for "-". Variables of
  // the image's start scripts (KAFKA_OPTS, KAFKA_HEAP_OPTS ...) and foreign ones are passed over.
  Status AddEnvironment(std::span<const std::pair<std::string, std::string>> variables);
  // "name=value" for all nodes, "2:name=value" for node 2.
  Status Set(std::string_view setting);
  Status Set(std::string_view name, std::string_view value) {
    return SetFor(kAllNodes, name, value, kLine);
  }

  Result<ServerConfig> Build() const;

 private:
  enum Layer : uint8_t { kFile, kEnvironment, kLine, kNode, kLayers };
  struct Entry {
    std::string value;
    std::string origin;  // "server.properties line 3", "KAFKA_NUM_PARTITIONS", "--set"
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  Status SetFor(int32_t node, std::string_view name, std::string_view value, Layer layer);
  static Status Check(const std::string& name, const Entry& entry, ServerConfig* config);

  Entries layers_[kLayers];
  std::map<int32_t, Entries> of_nodes_;
};

}  // namespace odradek::config
