#include "metadata/meta_properties.h"

#include <set>
#include <utility>

#include "config/parse.h"
#include "config/properties.h"

namespace odradek::metadata {
namespace {

Result<MetaProperties> Read(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, files.ReadAll(path));
  ASSIGN_OR_RETURN(const std::vector<config::Property> all, config::ParseProperties(text, path));
  MetaProperties properties;
  std::string version;
  std::set<std::string> names;
  for (const config::Property& property : all) {
    if (!names.insert(property.name).second) properties.repeated.push_back(property.name);
    if (property.name == "cluster.id") properties.cluster_id = property.value;
    if (property.name == "directory.id") properties.directory_id = property.value;
    if (property.name == "version") version = property.value;
    if (property.name == "node.id") {
      const auto id = config::ParseInteger(property.value);
      if (!id || *id < 0 || *id > INT32_MAX) return Corrupt(path + ": node.id is not a number");
      properties.node_id = static_cast<int32_t>(*id);
    }
  }
  if (version != "1") return Corrupt(path + ": version is \"" + version + "\", expected 1");
  if (properties.cluster_id.empty()) return Corrupt(path + ": cluster.id is missing");
  return properties;
}

// Overwrites in place: a kill leaves the draft as it was or as it is to be.
Status WriteDraft(Files& files, const MetaProperties& properties, Files::Durably durably) {
  const std::string text = "#\ncluster.id=" + properties.cluster_id +
                           "\ndirectory.id=" + properties.directory_id +
                           "\nnode.id=" + std::to_string(properties.node_id) + "\nversion=1\n";
  ASSIGN_OR_RETURN(const Ref<File> file,
                   files.Open(std::string(kMetaPropertiesDraftName), OpenMode::kCreate));
  RETURN_IF_ERROR(file->WriteAt(0, text));
  RETURN_IF_ERROR(file->Truncate(static_cast<int64_t>(text.size())));
  return durably == Files::Durably::kYes ? file->Sync() : Status();
}

}  // namespace

Result<std::optional<MetaProperties>> ReadMetaProperties(Files& files) {
  const std::string path(kMetaPropertiesName);
  if (!files.Exists(path)) return std::optional<MetaProperties>();
  ASSIGN_OR_RETURN(MetaProperties properties, Read(files, path));
  return std::optional(std::move(properties));
}

std::optional<MetaProperties> ReadMetaPropertiesDraft(Files& files) {
  Result<MetaProperties> properties = Read(files, std::string(kMetaPropertiesDraftName));
  return properties.ok() ? std::optional(std::move(properties).value()) : std::nullopt;
}

Status DraftMetaProperties(Files& files, const MetaProperties& properties) {
  return WriteDraft(files, properties, Files::Durably::kNo);
}

Status WriteMetaProperties(Files& files, const MetaProperties& properties) {
  RETURN_IF_ERROR(WriteDraft(files, properties, Files::Durably::kYes));
  RETURN_IF_ERROR(
      files.Rename(std::string(kMetaPropertiesDraftName), std::string(kMetaPropertiesName)));
  return files.SyncDir("");
}

}  // namespace odradek::metadata
