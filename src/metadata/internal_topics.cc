#include "metadata/internal_topics.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace odradek::metadata {
namespace {

struct Row {
  std::string_view name;
  std::string_view prefix;  // of the broker configs
  std::string_view min_insync_config;
  std::string_view cleanup_policy;
  std::string_view compression_type;
};

constexpr Row kRows[] = {
    {"__consumer_offsets", "offsets.topic.", "", "compact", "producer"},
    {"__transaction_state", "transaction.state.log.", "transaction.state.log.min.isr", "compact",
     "uncompressed"},
    {"__share_group_state", "share.coordinator.state.topic.",
     "share.coordinator.state.topic.min.isr", "delete", "producer"},
};

constexpr std::string_view kPartitionsSuffix = "num.partitions";

const Row* Find(std::string_view name) {
  const auto at = std::find_if(std::begin(kRows), std::end(kRows),
                               [&](const Row& row) { return row.name == name; });
  return at == std::end(kRows) ? nullptr : at;
}

}  // namespace

bool IsInternalTopicName(std::string_view name) { return Find(name) != nullptr; }

InternalTopicPlan PlanInternalTopic(std::string_view name, const EffectiveConfig& effective,
                                    size_t broker_count) {
  const Row* row = Find(name);
  CHECK(row != nullptr);
  const auto broker_int = [&](std::string_view suffix) {
    return effective.BrokerInt(std::string(row->prefix).append(suffix));
  };
  InternalTopicPlan plan;
  plan.partition_count = static_cast<int32_t>(broker_int(kPartitionsSuffix));
  const int64_t replicas =
      std::min(broker_int("replication.factor"), static_cast<int64_t>(broker_count));
  plan.replication_factor = static_cast<int32_t>(replicas);
  plan.configs.emplace("cleanup.policy", row->cleanup_policy);
  plan.configs.emplace("compression.type", row->compression_type);
  plan.configs.emplace("segment.bytes", std::to_string(broker_int("segment.bytes")));
  if (!row->min_insync_config.empty()) {
    const int64_t min_insync = std::min(effective.BrokerInt(row->min_insync_config), replicas);
    plan.configs.emplace("min.insync.replicas", std::to_string(min_insync));
  }
  if (name == "__transaction_state")
    plan.configs.emplace("unclean.leader.election.enable", "false");
  if (name == "__share_group_state") plan.configs.emplace("retention.ms", "-1");
  return plan;
}

int32_t InternalTopicPartitions(std::string_view name, const config::ServerConfig& server) {
  const Row* row = Find(name);
  CHECK(row != nullptr);
  return static_cast<int32_t>(server.GetInt(std::string(row->prefix).append(kPartitionsSuffix)));
}

}  // namespace odradek::metadata
