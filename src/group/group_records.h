// Records of __consumer_offsets in Kafka's format, so that Kafka's own tools read them.
//
// Only the kinds that classic groups and offsets use; keys of other kinds parse as kOther.
// Pure functions. Source: GroupCoordinatorRecordHelpers and CoordinatorRecordSerde of Apache Kafka.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/env/clock.h"
#include "base/uuid.h"
#include "coordinator/partition_writer.h"
#include "protocol/message/group_metadata_value.h"

namespace odradek::group {

// A committed offset as it is kept.
struct CommittedOffset {
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata = {};
  Millis commit_ms = 0;
  Millis expire_ms = -1;  // -1: by offsets.retention.minutes
  Uuid topic_id = {};     // zero: not known

  bool operator==(const CommittedOffset&) const = default;
};

enum class KeyKind { kOffset, kGroup, kOther };

// Views into the key that was parsed.
struct RecordKey {
  KeyKind kind = KeyKind::kOther;
  std::string_view group;
  std::string_view topic;  // kOffset only
  int32_t partition = 0;   // kOffset only
};

coordinator::Record OffsetRecord(std::string_view group, std::string_view topic, int32_t partition,
                                 const CommittedOffset& offset);
coordinator::Record OffsetTombstone(std::string_view group, std::string_view topic,
                                    int32_t partition, Millis wall_ms);
coordinator::Record GroupRecord(std::string_view group, const GroupMetadataValue& value,
                                Millis wall_ms);
coordinator::Record GroupTombstone(std::string_view group, Millis wall_ms);

// None: the bytes are not what they claim to be.
std::optional<RecordKey> ParseKey(std::string_view key);
std::optional<CommittedOffset> ParseOffset(std::string_view value);
// Views into `value`, arrays in `arena`.
std::optional<GroupMetadataValue> ParseGroup(std::string_view value, Arena& arena);

}  // namespace odradek::group
