// The command of MetadataStore that takes in topics with their ids, for what another broker wrote.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "metadata/config_validation.h"
#include "metadata/effective_config.h"
#include "metadata/image_builder.h"
#include "metadata/internal_topics.h"
#include "metadata/metadata_store.h"
#include "metadata/new_topic_checks.h"

namespace odradek::metadata {

Status MetadataStore::ImportTopic(const ImportedTopic& topic, ImageBuilder& builder) {
  const auto refuse = [&](std::string_view why) {
    return Invalid("topic " + topic.name + ": " + std::string(why));
  };
  const MetadataImage& image = builder.image();
  const EffectiveConfig effective(image, *options_.config, image.controller_id());
  if (const Outcome name = CheckNewName(image, topic.name); !name.ok()) return refuse(name.message);
  if (const TopicRef other = image.FindTopic(topic.id); other != nullptr || topic.id.is_zero())
    return refuse(other == nullptr ? "it has no id" : "its id is that of topic " + other->name);
  if (const Outcome configs = ValidateTopicConfigs(topic.configs, effective); !configs.ok())
    return refuse(configs.message);
  auto info = std::make_shared<TopicInfo>();
  info->name = topic.name;
  info->id = topic.id;
  info->internal = IsInternalTopicName(topic.name);
  info->configs = topic.configs;
  if (info->internal) {
    const InternalTopicPlan plan =
        PlanInternalTopic(topic.name, effective, options_.brokers.size());
    for (const auto& [key, value] : plan.configs) info->configs.try_emplace(key, value);
  }
  const int64_t replicas = std::min<int64_t>(effective.BrokerInt("default.replication.factor"),
                                             static_cast<int64_t>(options_.brokers.size()));
  const size_t start = static_cast<size_t>(env_.random->Below(options_.brokers.size()));
  ASSIGN_OR_RETURN(
      info->partitions,
      PlacePartitions(0, static_cast<int32_t>(topic.leader_epochs.size()), replicas, start));
  for (size_t i = 0; i < info->partitions.size(); ++i)
    info->partitions[i].leader_epoch = topic.leader_epochs[i];
  return builder.Add(TopicRecord{std::move(info)});
}

Status MetadataStore::ImportTopics(std::span<const ImportedTopic> topics, int64_t producer_id_limit,
                                   bool validate_only) {
  MutexLock lock(mutex_);
  ImageBuilder builder(image());
  for (const ImportedTopic& topic : topics) RETURN_IF_ERROR(ImportTopic(topic, builder));
  if (validate_only) return {};
  if (producer_id_limit > producer_id_limit_) {
    RETURN_IF_ERROR(builder.Add(ProducerIdsRecord{producer_id_limit}));
    // Before the commit, which may write a snapshot. If it fails, some ids are never used.
    producer_id_next_ = producer_id_limit_ = producer_id_limit;
  }
  return builder.records().empty() ? Status() : Commit(builder);
}

}  // namespace odradek::metadata
