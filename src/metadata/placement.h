// Which brokers hold a new partition.
//
// Leaders go round the brokers; the followers of a partition start one further with each round, so
// that no two brokers share all their partitions. Racks are not looked at.
#pragma once

#include <cstdint>
#include <vector>

#include "metadata/metadata_image.h"

namespace odradek::metadata {

// Partition `index` of a topic whose first partition is led by brokers[start].
// Requires: 1 <= replication_factor <= brokers.size().
std::vector<int32_t> PlaceReplicas(const std::vector<BrokerInfo>& brokers, size_t start,
                                   int32_t index, size_t replication_factor);

// A partition that nobody has led yet.
PartitionInfo NewPartition(std::vector<int32_t> replicas);

}  // namespace odradek::metadata
