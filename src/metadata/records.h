// The records of the metadata journal: all that can happen to an image.
//
// One journal entry holds the records of one command, so that a command happens whole or not at
// all. Each record carries its type and version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "metadata/acl.h"
#include "metadata/commands.h"
#include "metadata/metadata_image.h"
#include "metadata/scram.h"

namespace odradek::metadata {

struct ClusterRecord {
  std::string cluster_id;
};

// A new topic, whole.
struct TopicRecord {
  TopicRef topic;
};

struct RemoveTopicRecord {
  Uuid id;
};

// Sets the partitions from `first` on, changing what is there and adding what is not.
struct PartitionsRecord {
  Uuid topic_id;
  int32_t first = 0;
  std::vector<PartitionInfo> partitions;
};

// Sets configs of a resource, or removes those without a value.
struct ConfigsRecord {
  ResourceType type = ResourceType::kTopic;
  std::string name;
  std::vector<std::pair<std::string, std::optional<std::string>>> values;
};

// Producer ids below the limit may have been handed out.
struct ProducerIdsRecord {
  int64_t limit = 0;
};

// A rule that holds from now on, or no more.
struct AclRecord {
  AclBinding acl;
  bool is_removed = false;
};

// A credential as it is from now on; none: it is gone.
struct ScramRecord {
  ScramName name;
  std::optional<ScramCredential> credential;
};

using Record = std::variant<ClusterRecord, TopicRecord, RemoveTopicRecord, PartitionsRecord,
                            ConfigsRecord, ProducerIdsRecord, AclRecord, ScramRecord>;

std::string EncodeRecords(const std::vector<Record>& records);
// kCorrupt for anything that EncodeRecords of this or an older release cannot have written.
Result<std::vector<Record>> DecodeRecords(std::string_view bytes);

}  // namespace odradek::metadata
