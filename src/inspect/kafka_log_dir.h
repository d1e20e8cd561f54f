// Reads a log directory that Apache Kafka wrote: its partitions, where their logs begin, and from
// the log of Kafka's own metadata the configs of topics and the producer ids that were handed out.
// Nothing is changed. Thread: one at a time. Source: LogManager, KafkaConfig, MetadataRecordSerde
// of Apache Kafka; KIP-500, KIP-631.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/env/file.h"
#include "base/result.h"
#include "base/uuid.h"
#include "metadata/metadata_image.h"

namespace odradek::inspect {

struct KafkaPartition {
  std::string topic;
  int32_t partition = 0;
  Uuid topic_id;
  std::string folder;         // "<topic>-<n>"
  int64_t start_offset = -1;  // -1: where its first segment begins
  bool is_ours = false;       // a folder of our own, under a name that Kafka would give it
};

// All partitions but those of Kafka's own metadata, by topic and number. Folders that Kafka is
// about to delete or to move are passed over. kCorrupt if a file of the directory cannot be read as
// what it is.
Result<std::vector<KafkaPartition>> ListKafkaPartitions(Files& files);

// What `name` tells of a whole log directory: that Kafka formatted it, or that it was stopped
// cleanly.
bool IsKafkaFormatted(Files& files);
bool WasStoppedCleanly(Files& files);

struct KafkaMetadata {
  std::map<std::string, metadata::ConfigMap> topic_configs;  // of topics that have any
  int64_t next_producer_id = -1;                             // -1: none was handed out
};

// Nothing if the directory has no log of metadata.
Result<std::optional<KafkaMetadata>> ReadKafkaMetadata(Files& files);

// The lines of Kafka's *-offset-checkpoint files; nothing if they are malformed.
struct PartitionOffset {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
};
std::optional<std::vector<PartitionOffset>> ParseOffsetCheckpoint(std::string_view text);

}  // namespace odradek::inspect
