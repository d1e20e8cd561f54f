#include "metadata/placement.h"

#include <utility>

#include "base/check.h"

namespace odradek::metadata {

std::vector<int32_t> PlaceReplicas(const std::vector<BrokerInfo>& brokers, size_t start,
                                   int32_t index, size_t replication_factor) {
  const size_t count = brokers.size();
  CHECK(replication_factor >= 1 && replication_factor <= count);
  const size_t partition = static_cast<size_t>(index);
  const size_t leader = (start + partition) % count;
  std::vector<int32_t> replicas{brokers[leader].id};
  for (size_t follower = 0; follower + 1 < replication_factor; ++follower) {
    const size_t step = 1 + (partition / count + follower) % (count - 1);
    replicas.push_back(brokers[(leader + step) % count].id);
  }
  return replicas;
}

PartitionInfo NewPartition(std::vector<int32_t> replicas) {
  PartitionInfo partition;
  partition.leader = replicas.front();
  partition.isr = replicas;
  partition.replicas = std::move(replicas);
  return partition;
}

}  // namespace odradek::metadata
