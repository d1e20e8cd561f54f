// Finds the partition that a request names, as the node that was asked may serve it: the shared
// first step of every API that only a leader answers.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/handler.h"
#include "base/uuid.h"
#include "broker/partition.h"
#include "metadata/metadata_image.h"
#include "protocol/errors.h"

namespace odradek::api {

struct LedPartition {
  ErrorCode error = ErrorCode::kNone;
  broker::PartitionRef partition;                 // set iff error is kNone
  metadata::TopicRef topic;                       // set if the topic exists
  const metadata::PartitionInfo* info = nullptr;  // set if the partition exists; lives in topic
};

// By id if `topic_id` is not zero, else by name. Errors: UNKNOWN_TOPIC_ID,
// UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR; with
// `current_leader_epoch` >= 0 also FENCED_LEADER_EPOCH and UNKNOWN_LEADER_EPOCH.
LedPartition FindLedPartition(RequestContext& context, std::string_view topic, const Uuid& topic_id,
                              int32_t partition, int32_t current_leader_epoch = -1);
// The same where followers answer, too: by name, on every replica.
LedPartition FindReplica(RequestContext& context, std::string_view topic, int32_t partition);

// Adds the broker with id `leader` to a list of node endpoints, once (KIP-951). Element types are
// those of the Produce and Fetch responses.
template <class NodeEndpoint>
void AddNodeEndpoint(RequestContext& context, int32_t leader, Array<NodeEndpoint>* endpoints);

}  // namespace odradek::api

#include "api/led_partition_inl.h"  // IWYU pragma: export
