#include "metadata/meta_properties.h"

#include <utility>

#include "config/parse.h"
#include "config/properties.h"

namespace odradek::metadata {

Result<std::optional<MetaProperties>> ReadMetaProperties(Files& files) {
  const std::string path(kMetaPropertiesName);
  if (!files.Exists(path)) return std::optional<MetaProperties>();
  ASSIGN_OR_RETURN(const std::string text, files.ReadAll(path));
  ASSIGN_OR_RETURN(const std::vector<config::Property> all, config::ParseProperties(text, path));
  MetaProperties properties;
  std::string version;
  for (const config::Property& property : all) {
    if (property.name == "cluster.id") properties.cluster_id = property.value;
    if (property.name == "directory.id") properties.directory_id = property.value;
    if (property.name == "version") version = property.value;
    if (property.name == "node.id") {
      const auto id = config::ParseInteger(property.value);
      if (!id || *id < 0 || *id > INT32_MAX)
        return Corrupt("meta.properties: node.id is not a number");
      properties.node_id = static_cast<int32_t>(*id);
    }
  }
  if (version != "1") return Corrupt("meta.properties: version is \"" + version + "\", expected 1");
  if (properties.cluster_id.empty()) return Corrupt("meta.properties: cluster.id is missing");
  return std::optional(std::move(properties));
}

Status WriteMetaProperties(Files& files, const MetaProperties& properties) {
  const std::string text = "#\ncluster.id=" + properties.cluster_id +
                           "\ndirectory.id=" + properties.directory_id +
                           "\nnode.id=" + std::to_string(properties.node_id) + "\nversion=1\n";
  return files.WriteAtomically(std::string(kMetaPropertiesName), text);
}

}  // namespace odradek::metadata
