// The commands of MetadataStore that make, change and delete topics, with Kafka's checks in Kafka's
// order. Source: ReplicationControlManager of Apache Kafka 4.3.
// Deviations from Apache Kafka, names of topics: `.lock`, `meta.properties` and
// `meta.properties.tmp` are refused with INVALID_TOPIC_EXCEPTION: a topic has a folder of its name
// in the data directory, where these are files.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "metadata/config_validation.h"
#include "metadata/effective_config.h"
#include "metadata/image_builder.h"
#include "metadata/internal_topics.h"
#include "metadata/meta_properties.h"
#include "metadata/metadata_store.h"
#include "metadata/new_topic_checks.h"
#include "metadata/placement.h"
#include "metadata/topic_name.h"

namespace odradek::metadata {
namespace {

// A topic of such a name could be made, and no record be written.
bool IsFileOfTheDataDirectory(std::string_view name) {
  return name == ".lock" || name == kMetaPropertiesName || name == kMetaPropertiesDraftName;
}

Outcome TooLarge() {
  return Refuse(ErrorCode::kPolicyViolation,
                "Unable to perform excessively large batch operation.");
}

// Replicas that an operator chose. `expected` is the number that earlier partitions have, or 0.
Outcome CheckReplicas(const MetadataImage& image, std::vector<int32_t> replicas, size_t expected) {
  const auto refuse = [](std::string why) {
    return Refuse(ErrorCode::kInvalidReplicaAssignment,
                  "The manual partition assignment includes " + std::move(why));
  };
  if (replicas.empty()) return refuse("an empty replica list.");
  std::sort(replicas.begin(), replicas.end());
  for (size_t i = 0; i < replicas.size(); ++i) {
    const std::string id = std::to_string(replicas[i]);
    if (!image.HasBroker(replicas[i])) {
      return refuse("broker " + id + ", but no such broker is registered.");
    }
    if (i > 0 && replicas[i] == replicas[i - 1])
      return refuse("the broker " + id + " more than once.");
  }
  if (expected != 0 && replicas.size() != expected) {
    return refuse("a partition with " + std::to_string(replicas.size()) +
                  " replica(s), but this is not consistent with previous partitions, which have " +
                  std::to_string(expected) + " replica(s).");
  }
  return {};
}

Outcome AssignManually(const MetadataImage& image, const NewTopic& topic,
                       std::vector<PartitionInfo>* out) {
  if (topic.replication_factor != -1) {
    return Refuse(
        ErrorCode::kInvalidRequest,
        "A manual partition assignment was specified, but replication factor was not set to -1.");
  }
  if (topic.partition_count != -1) {
    return Refuse(
        ErrorCode::kInvalidRequest,
        "A manual partition assignment was specified, but numPartitions was not set to -1.");
  }
  out->resize(topic.assignments.size());
  std::set<int32_t> seen;
  size_t replicas = 0;
  for (const ReplicaAssignment& assignment : topic.assignments) {
    if (!seen.insert(assignment.partition).second) {
      return Refuse(ErrorCode::kInvalidReplicaAssignment,
                    "Found multiple manual partition assignments for partition " +
                        std::to_string(assignment.partition));
    }
    if (Outcome checked = CheckReplicas(image, assignment.brokers, replicas); !checked.ok())
      return checked;
    replicas = assignment.brokers.size();
    if (assignment.partition >= 0 && static_cast<size_t>(assignment.partition) < out->size()) {
      (*out)[static_cast<size_t>(assignment.partition)] = NewPartition(assignment.brokers);
    }
  }
  const bool has_gap = std::any_of(out->begin(), out->end(),
                                   [](const PartitionInfo& p) { return p.replicas.empty(); });
  if (!has_gap) return {};
  return Refuse(ErrorCode::kInvalidReplicaAssignment,
                "partitions should be a consecutive 0-based integer sequence");
}

Outcome CollectConfigs(const NewTopic& topic, const EffectiveConfig& effective,
                       ConfigMap* configs) {
  std::vector<std::string_view> nulls;
  for (const auto& [name, value] : topic.configs) {
    if (value) {
      configs->insert_or_assign(std::string(name), std::string(*value));
    } else {
      nulls.push_back(name);
    }
  }
  if (!nulls.empty()) {
    return Refuse(
        ErrorCode::kInvalidConfig,
        fmt::format("Null value not supported for topic configs: {}", fmt::join(nulls, ",")));
  }
  return configs->empty() ? Outcome() : ValidateTopicConfigs(*configs, effective);
}

// Why Kafka refuses a request as a whole; success if it does not.
Outcome CheckRequestSize(std::span<const NewTopic> topics, int64_t default_partitions,
                         size_t records_max) {
  int64_t partitions = 0;
  int64_t records = 0;
  for (const NewTopic& topic : topics) {
    if (!topic.assignments.empty()) {
      partitions += static_cast<int64_t>(topic.assignments.size());
    } else if (topic.partition_count == -1) {
      partitions += default_partitions;
    } else {
      partitions += std::max<int64_t>(topic.partition_count, 0);
    }
    records += 1 + static_cast<int64_t>(topic.configs.size());
  }
  const auto max = static_cast<int64_t>(records_max);
  if (partitions > max) {
    return Refuse(ErrorCode::kPolicyViolation,
                  "Excessively large number of partitions per request.");
  }
  return records + partitions > max ? TooLarge() : Outcome();
}

}  // namespace

Outcome CheckNewName(const MetadataImage& image, std::string_view name) {
  if (std::string why = WhyIllegalTopicName(name); !why.empty()) {
    return Refuse(ErrorCode::kInvalidTopicException, std::move(why));
  }
  if (IsFileOfTheDataDirectory(name)) {
    return Refuse(
        ErrorCode::kInvalidTopicException,
        fmt::format("Topic name is invalid: a file of the data directory has the name '{}'", name));
  }
  if (image.FindTopic(name) != nullptr) {
    return Refuse(ErrorCode::kTopicAlreadyExists,
                  "Topic '" + std::string(name) + "' already exists.");
  }
  if (const TopicRef other = image.FindCollision(name)) {
    return Refuse(ErrorCode::kInvalidTopicException,
                  "Topic '" + std::string(name) + "' collides with existing topic: " + other->name);
  }
  return {};
}

bool MetadataStore::IsInternalTopic(std::string_view name) { return IsInternalTopicName(name); }

Result<std::vector<PartitionInfo>> MetadataStore::PlacePartitions(int32_t first, int32_t count,
                                                                  int64_t replication_factor,
                                                                  size_t start) const {
  const auto brokers = static_cast<int64_t>(options_.brokers.size());
  if (replication_factor > brokers) {
    return Invalid(
        "Unable to replicate the partition " + std::to_string(replication_factor) +
        " time(s): The target replication factor of " + std::to_string(replication_factor) +
        " cannot be reached because only " + std::to_string(brokers) +
        " broker(s) are registered or some brokers have all their log directories cordoned.");
  }
  std::vector<PartitionInfo> partitions;
  partitions.reserve(static_cast<size_t>(count));
  for (int32_t i = first; i < first + count; ++i) {
    partitions.push_back(NewPartition(
        PlaceReplicas(options_.brokers, start, i, static_cast<size_t>(replication_factor))));
  }
  return partitions;
}

Outcome MetadataStore::CreateTopic(const NewTopic& topic, ImageBuilder& builder,
                                   TopicRef* created) {
  const MetadataImage& image = builder.image();
  const EffectiveConfig effective(image, *options_.config, image.controller_id());
  if (Outcome name = CheckNewName(image, topic.name); !name.ok()) return name;
  auto info = std::make_shared<TopicInfo>();
  if (Outcome configs = CollectConfigs(topic, effective, &info->configs); !configs.ok())
    return configs;
  if (!topic.assignments.empty()) {
    Outcome assigned = AssignManually(image, topic, &info->partitions);
    if (!assigned.ok()) return assigned;
  } else if (topic.replication_factor < -1 || topic.replication_factor == 0) {
    return Refuse(ErrorCode::kInvalidReplicationFactor,
                  "Replication factor must be larger than 0, or -1 to use the default value.");
  } else if (topic.partition_count < -1 || topic.partition_count == 0) {
    return Refuse(ErrorCode::kInvalidPartitions,
                  "Number of partitions was set to an invalid non-positive value.");
  } else {
    const int64_t count =
        topic.partition_count == -1 ? effective.BrokerInt("num.partitions") : topic.partition_count;
    const int64_t replicas = topic.replication_factor == -1
                                 ? effective.BrokerInt("default.replication.factor")
                                 : topic.replication_factor;
    const size_t start = static_cast<size_t>(env_.random->Below(options_.brokers.size()));
    auto placed = PlacePartitions(0, static_cast<int32_t>(count), replicas, start);
    if (!placed.ok()) {
      return Refuse(ErrorCode::kInvalidReplicationFactor, std::string(placed.status().message()));
    }
    info->partitions = std::move(placed).value();
  }
  info->name = topic.name;
  info->id = env_.random->NewUuid();
  info->internal = IsInternalTopicName(topic.name);
  const Status added = builder.Add(TopicRecord{info});
  CHECK(added.ok());
  *created = std::move(info);
  return {};
}

std::vector<CreatedTopic> MetadataStore::CreateTopics(std::span<const NewTopic> topics,
                                                      bool validate_only) {
  MutexLock lock(mutex_);
  std::vector<CreatedTopic> answers(topics.size());
  const int64_t default_partitions = BrokerInt("num.partitions");
  if (const Outcome size = CheckRequestSize(topics, default_partitions, kRecordsPerCommandMax);
      !size.ok()) {
    for (CreatedTopic& answer : answers) answer.outcome = size;
    return answers;
  }
  const ImageRef before = image();
  ImageBuilder builder(before);
  for (size_t i = 0; i < topics.size(); ++i) {
    answers[i].outcome = CreateTopic(topics[i], builder, &answers[i].topic);
  }
  if (validate_only || builder.records().empty()) return answers;
  if (const Status committed = Commit(builder); !committed.ok()) {
    for (CreatedTopic& answer : answers) {
      if (answer.outcome.ok()) answer = {NotJournalled(committed), nullptr};
    }
  }
  return answers;
}

CreatedTopic MetadataStore::CreateInternalTopic(std::string_view name, ImageBuilder& builder) {
  const MetadataImage& image = builder.image();
  const EffectiveConfig effective(image, *options_.config, image.controller_id());
  const InternalTopicPlan plan = PlanInternalTopic(name, effective, options_.brokers.size());
  NewTopic topic{.name = name,
                 .partition_count = plan.partition_count,
                 .replication_factor = plan.replication_factor,
                 .assignments = {},
                 .configs = {}};
  for (const auto& [key, value] : plan.configs) topic.configs.emplace_back(key, value);
  CreatedTopic created;
  created.outcome = CreateTopic(topic, builder, &created.topic);
  return created;
}

CreatedTopic MetadataStore::AutoCreateTopic(std::string_view name) {
  MutexLock lock(mutex_);
  CreatedTopic answer;
  answer.topic = image()->FindTopic(name);
  if (answer.topic != nullptr) return answer;
  ImageBuilder builder(image());
  if (IsInternalTopicName(name)) {
    answer = CreateInternalTopic(name, builder);
  } else {
    const NewTopic topic{.name = name, .assignments = {}, .configs = {}};
    answer.outcome = CreateTopic(topic, builder, &answer.topic);
  }
  if (!answer.outcome.ok()) return answer;
  if (const Status committed = Commit(builder); !committed.ok())
    return {NotJournalled(committed), nullptr};
  return answer;
}

std::vector<DeletedTopic> MetadataStore::DeleteTopics(std::span<const TopicToDelete> topics) {
  MutexLock lock(mutex_);
  std::vector<DeletedTopic> answers(topics.size());
  ImageBuilder builder(image());
  for (size_t i = 0; i < topics.size(); ++i) {
    const bool by_id = !topics[i].id.is_zero();
    DeletedTopic& answer = answers[i];
    const TopicRef found =
        by_id ? builder.image().FindTopic(topics[i].id) : builder.image().FindTopic(topics[i].name);
    if (found == nullptr) {
      answer.outcome.error =
          by_id ? ErrorCode::kUnknownTopicId : ErrorCode::kUnknownTopicOrPartition;
      answer.name = topics[i].name;
      answer.id = topics[i].id;
      continue;
    }
    answer.name = found->name;
    answer.id = found->id;
    const Status removed = builder.Add(RemoveTopicRecord{found->id});
    CHECK(removed.ok());
  }
  if (builder.records().empty()) return answers;
  if (const Status committed = Commit(builder, Purpose::kMayMakeRoom); !committed.ok()) {
    for (DeletedTopic& answer : answers) {
      if (answer.outcome.ok()) answer.outcome = NotJournalled(committed);
    }
  }
  return answers;
}

Outcome MetadataStore::AddPartitions(const NewPartitions& topic, ImageBuilder& builder) {
  const MetadataImage& image = builder.image();
  const TopicRef found = image.FindTopic(topic.topic);
  if (found == nullptr) return Refuse(ErrorCode::kUnknownTopicOrPartition, "");
  const auto current = static_cast<int32_t>(found->partitions.size());
  if (topic.count == current) {
    return Refuse(ErrorCode::kInvalidPartitions,
                  "Topic already has " + std::to_string(current) + " partition(s).");
  }
  if (topic.count < current) {
    return Refuse(ErrorCode::kInvalidPartitions, "The topic " + found->name + " currently has " +
                                                     std::to_string(current) + " partition(s); " +
                                                     std::to_string(topic.count) +
                                                     " would not be an increase.");
  }
  const int32_t added = topic.count - current;
  const size_t replicas = found->partitions.front().replicas.size();
  std::vector<PartitionInfo> partitions;
  if (topic.assignments) {
    if (topic.assignments->size() != static_cast<size_t>(added)) {
      return Refuse(
          ErrorCode::kInvalidReplicaAssignment,
          "Attempted to add " + std::to_string(added) + " additional partition(s), but only " +
              std::to_string(topic.assignments->size()) + " assignment(s) were specified.");
    }
    for (const std::vector<int32_t>& brokers : *topic.assignments) {
      if (Outcome checked = CheckReplicas(image, brokers, replicas); !checked.ok()) return checked;
      partitions.push_back(NewPartition(brokers));
    }
  } else {
    if (static_cast<size_t>(added) > kRecordsPerCommandMax) return TooLarge();
    // Goes on where the topic's first partition began.
    const auto& brokers = options_.brokers;
    const auto first = std::find_if(brokers.begin(), brokers.end(), [&](const BrokerInfo& broker) {
      return broker.id == found->partitions.front().replicas.front();
    });
    const size_t start = first == brokers.end() ? 0 : static_cast<size_t>(first - brokers.begin());
    auto placed = PlacePartitions(current, added, static_cast<int64_t>(replicas), start);
    if (!placed.ok()) {
      return Refuse(ErrorCode::kInvalidReplicationFactor, std::string(placed.status().message()));
    }
    partitions = std::move(placed).value();
  }
  const Status changed = builder.Add(PartitionsRecord{found->id, current, std::move(partitions)});
  CHECK(changed.ok());
  return {};
}

std::vector<Outcome> MetadataStore::CreatePartitions(std::span<const NewPartitions> topics,
                                                     bool validate_only) {
  MutexLock lock(mutex_);
  std::vector<Outcome> answers;
  ImageBuilder builder(image());
  for (const NewPartitions& topic : topics) answers.push_back(AddPartitions(topic, builder));
  size_t added = 0;
  for (const Record& record : builder.records())
    added += std::get<PartitionsRecord>(record).partitions.size();
  if (added > kRecordsPerCommandMax) {
    for (Outcome& answer : answers) answer = TooLarge();
    return answers;
  }
  if (validate_only || builder.records().empty()) return answers;
  if (const Status committed = Commit(builder); !committed.ok()) {
    for (Outcome& answer : answers) {
      if (answer.ok()) answer = NotJournalled(committed);
    }
  }
  return answers;
}

std::vector<Outcome> MetadataStore::ChangePartitions(std::span<const PartitionChange> partitions) {
  MutexLock lock(mutex_);
  std::vector<Outcome> answers(partitions.size());
  ImageBuilder builder(image());
  for (size_t i = 0; i < partitions.size(); ++i) {
    const PartitionChange& change = partitions[i];
    const TopicRef topic = builder.image().FindTopic(change.topic_id);
    const auto index = static_cast<size_t>(change.partition);
    if (topic == nullptr || change.partition < 0 || index >= topic->partitions.size()) {
      answers[i] = Refuse(
          topic == nullptr ? ErrorCode::kUnknownTopicId : ErrorCode::kUnknownTopicOrPartition, "");
      continue;
    }
    PartitionInfo next = topic->partitions[index];
    const auto holds = [&next](int32_t id) {
      return std::find(next.replicas.begin(), next.replicas.end(), id) != next.replicas.end();
    };
    const bool leader_in_isr =
        std::find(change.isr.begin(), change.isr.end(), change.leader) != change.isr.end();
    if (!std::all_of(change.isr.begin(), change.isr.end(), holds) ||
        (change.leader != -1 && !leader_in_isr)) {
      answers[i] = Refuse(ErrorCode::kInvalidRequest,
                          "The leader must be in the in-sync set, and that among the replicas.");
      continue;
    }
    next.leader = change.leader;
    next.isr = change.isr;
    ++next.leader_epoch;
    const Status changed =
        builder.Add(PartitionsRecord{topic->id, change.partition, {std::move(next)}});
    CHECK(changed.ok());
  }
  if (builder.records().empty()) return answers;
  if (const Status committed = Commit(builder); !committed.ok()) {
    for (Outcome& answer : answers) {
      if (answer.ok()) answer = NotJournalled(committed);
    }
  }
  return answers;
}

}  // namespace odradek::metadata
