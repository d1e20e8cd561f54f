// What the admin handlers ask of the MetadataStore, and what it answers.
//
// Commands are views into the request. Every command takes a list and answers each item by itself;
// one bad item never fails another. No command knows a version of the protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "metadata/acl.h"
#include "metadata/metadata_image.h"
#include "metadata/scram.h"
#include "protocol/errors.h"

namespace odradek::metadata {

// Success, or Kafka's error with a sentence for people.
struct Outcome {
  ErrorCode error = ErrorCode::kNone;
  std::string message;

  bool ok() const { return error == ErrorCode::kNone; }
};

inline Outcome Refuse(ErrorCode error, std::string message) { return {error, std::move(message)}; }
inline Outcome InvalidRequest(std::string message) {
  return Refuse(ErrorCode::kInvalidRequest, std::move(message));
}
// The journal did not take a command.
inline Outcome NotJournalled(const Status& status) {
  return Refuse(ErrorCode::kUnknownServerError, std::string(status.message()));
}

struct ReplicaAssignment {
  int32_t partition = 0;
  std::vector<int32_t> brokers;
};

struct NewTopic {
  std::string_view name;
  int32_t partition_count = -1;     // -1: num.partitions
  int32_t replication_factor = -1;  // -1: default.replication.factor
  std::vector<ReplicaAssignment> assignments;
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> configs;
};

// A topic whose partitions are there already, with an id of their own.
struct ImportedTopic {
  std::string name;
  Uuid id;
  std::vector<int32_t> leader_epochs;  // of each partition, to begin with
  ConfigMap configs;
};

struct CreatedTopic {
  Outcome outcome;
  TopicRef topic;  // null on failure; as it would be if only validated
};

struct TopicToDelete {
  std::string_view name;  // empty: by id
  Uuid id;                // zero: by name
};

struct DeletedTopic {
  Outcome outcome;
  std::string name;  // both known once the topic was found
  Uuid id;
};

struct NewPartitions {
  std::string_view topic;
  int32_t count = 0;                                             // afterwards
  std::optional<std::vector<std::vector<int32_t>>> assignments;  // of the added ones; none: ours
};

// The numbers of the wire.
enum class ResourceType : int8_t {
  kTopic = 2,
  kBroker = 4,
  kBrokerLogger = 8,
  kClientMetrics = 16,
  kGroup = 32,
};
enum class ConfigOp : int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct ConfigChange {
  std::string_view name;
  int8_t op = 0;  // a ConfigOp if the client is right
  std::optional<std::string_view> value;
};

struct ConfigAlteration {
  int8_t type = 0;  // a ResourceType if the client is right
  std::string_view name;
  std::vector<ConfigChange> changes;
};

// Moves the leadership or the in-sync set of a partition; the epoch rises by one.
struct PartitionChange {
  Uuid topic_id;
  int32_t partition = 0;
  int32_t leader = 0;  // -1: none
  std::vector<int32_t> isr;
};

// What DeleteAcls did for one filter.
struct DeletedAcls {
  Outcome outcome;
  std::vector<AclBinding> acls;
};

struct ScramDeletion {
  std::string_view user;
  int8_t mechanism = 0;  // a ScramMechanism if the client is right
};

struct ScramUpsertion {
  std::string_view user;
  int8_t mechanism = 0;
  int32_t iterations = 0;
  std::string_view salt;
  std::optional<ScramKeys> keys;  // none: the client's secret is empty, or the mechanism unknown
};

// What AlterScramCredentials did for one user.
struct AlteredUser {
  std::string_view user;  // of the command
  Outcome outcome;
};

}  // namespace odradek::metadata
