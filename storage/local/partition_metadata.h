// The file "partition.metadata": the id of the topic that a partition's folder belongs to.
// Source: PartitionMetadataFile of Apache Kafka, KIP-516. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace odradek::storage {

std::string EncodePartitionMetadata(const Uuid& topic_id);
// Nothing if no id can be read.
std::optional<Uuid> ParsePartitionMetadata(std::string_view text);

}  // namespace odradek::storage
