// meta.properties: Kafka's file at the top of a data directory that says whose it is.
// Source: MetaProperties (version 1) of Apache Kafka; KIP-631, KIP-858.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/env/file.h"
#include "base/result.h"

namespace odradek::metadata {

inline constexpr std::string_view kMetaPropertiesName = "meta.properties";

struct MetaProperties {
  std::string cluster_id;
  std::string directory_id;
  int32_t node_id = 0;
};

// Nothing if there is no such file; kCorrupt if it cannot be read as one.
Result<std::optional<MetaProperties>> ReadMetaProperties(Files& files);
Status WriteMetaProperties(Files& files, const MetaProperties& properties);

}  // namespace odradek::metadata
