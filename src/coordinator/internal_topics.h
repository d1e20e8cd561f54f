// The compacted topics that coordinators keep their state in, and which partition owns which key.
#pragma once

#include <cstdint>
#include <string_view>

namespace odradek::coordinator {

enum class InternalTopic : unsigned char { kConsumerOffsets, kTransactionState, kShareGroupState };

std::string_view InternalTopicName(InternalTopic topic);

// Java's String.hashCode over the UTF-16 form of `text`, which Kafka places keys by. Bytes that are
// not UTF-8 count as U+FFFD each, as Java decodes them.
int32_t JavaStringHash(std::string_view text);

// The partition that owns `key` (a group id or a transactional id) when there are `partitions` > 0.
// Source: Utils.abs(hashCode) % partitions.
int32_t PartitionFor(std::string_view key, int32_t partitions);

}  // namespace odradek::coordinator
