// The topics that coordinators keep their state in, and how they are made.
#pragma once

#include <cstdint>
#include <string_view>

#include "metadata/effective_config.h"
#include "metadata/metadata_image.h"

namespace odradek::metadata {

bool IsInternalTopicName(std::string_view name);

struct InternalTopicPlan {
  int32_t partition_count = 1;
  int32_t replication_factor = 1;
  ConfigMap configs;
};

// What the broker's configs say of an internal topic. Replicas and min.insync.replicas never exceed
// the brokers there are: one broker is a whole cluster here, and Kafka's defaults ask for three.
// Requires: IsInternalTopicName(name).
InternalTopicPlan PlanInternalTopic(std::string_view name, const EffectiveConfig& effective,
                                    size_t broker_count);
// How many partitions a new cluster makes it with. Requires the same.
int32_t InternalTopicPartitions(std::string_view name, const config::ServerConfig& server);

}  // namespace odradek::metadata
