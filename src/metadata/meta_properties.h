// meta.properties: Kafka's file at the top of a data directory that says whose it is.
// Source: MetaProperties (version 1) of Apache Kafka; KIP-631, KIP-858.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/file.h"
#include "base/result.h"

namespace odradek::metadata {

inline constexpr std::string_view kMetaPropertiesName = "meta.properties";
// What is to become it, and all that a first start writes before it serves.
inline constexpr std::string_view kMetaPropertiesDraftName = "meta.properties.tmp";
// Beside both: the folder of the metadata's journal and snapshots.
inline constexpr std::string_view kMetadataDirectoryName = "metadata";

struct MetaProperties {
  std::string cluster_id;
  std::string directory_id;
  int32_t node_id = 0;
  std::vector<std::string> repeated = {};  // names of which the last counts
};

// Nothing if there is no such file; kCorrupt if it cannot be read as one.
Result<std::optional<MetaProperties>> ReadMetaProperties(Files& files);
// Nothing also if the draft cannot be read as one: a crash may have torn it.
std::optional<MetaProperties> ReadMetaPropertiesDraft(Files& files);
// Waits for no device; what it wrote survives the end of the process.
Status DraftMetaProperties(Files& files, const MetaProperties& properties);
// Ensures: it is on the device. A draft of the same stays whole on the way.
Status WriteMetaProperties(Files& files, const MetaProperties& properties);

}  // namespace odradek::metadata
