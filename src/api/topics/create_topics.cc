// CreateTopics (19) v2-7. Makes topics; each is judged by itself and can be used when the answer is
// out.
//   v4 -1 asks for the broker's defaults   v5 flexible, answers with counts and configs   v6 quota
//   errors v7 topic_id
// timeout_ms is of no use: the answer never waits.
// Deviations from Apache Kafka: none.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "metadata/effective_config.h"
#include "protocol/message/create_topics.h"

namespace odradek::api {
namespace {

using metadata::CreatedTopic;
using metadata::NewTopic;
using Result = CreateTopicsResponseCreatableTopicResult;

constexpr std::string_view kMetadataLog = "__cluster_metadata";

NewTopic CommandOf(const CreateTopicsRequestCreatableTopic& asked) {
  NewTopic topic{.name = asked.name,
                 .partition_count = asked.num_partitions,
                 .replication_factor = asked.replication_factor,
                 .assignments = {},
                 .configs = {}};
  for (const auto& assignment : asked.assignments) {
    topic.assignments.push_back(
        {assignment.partition_index, {assignment.broker_ids.begin(), assignment.broker_ids.end()}});
  }
  for (const auto& config : asked.configs) topic.configs.emplace_back(config.name, config.value);
  return topic;
}

Result& AddRefused(Arena& arena, std::string_view name, ErrorCode error, std::string_view message,
                   CreateTopicsResponse* response) {
  Result& result = response->topics.Add(arena);
  result.name = name;
  result.error_code = error;
  result.error_message = arena.Copy(message);
  return result;
}

void AddCreated(RequestContext& context, const Access& access,
                const metadata::EffectiveConfig& effective, const CreatedTopic& created,
                CreateTopicsResponse* response) {
  Arena& arena = context.arena();
  Result& result = response->topics.Add(arena);
  result.name = arena.Copy(created.topic->name);
  result.topic_id = created.topic->id;
  result.error_message = std::nullopt;
  if (!access.ToTopic(AclOperation::kDescribeConfigs, created.topic->name)) {
    result.topic_config_error_code = ErrorCode::kTopicAuthorizationFailed;
    result.num_partitions = -1;
    result.replication_factor = -1;
    return;
  }
  result.num_partitions = static_cast<int32_t>(created.topic->partitions.size());
  result.replication_factor =
      static_cast<int16_t>(created.topic->partitions.front().replicas.size());
  for (const metadata::DescribedConfig& config : effective.DescribeTopic(created.topic->configs)) {
    CreateTopicsResponseCreatableTopicConfigs& out = result.configs.Add(arena);
    out.name = arena.Copy(config.name);
    out.value = std::nullopt;
    if (config.value) out.value = arena.Copy(*config.value);
    out.read_only = config.is_read_only;
    out.config_source = static_cast<int8_t>(config.source);
    out.is_sensitive = config.is_sensitive;
  }
}

}  // namespace

void HandleCreateTopics(RequestContext& context, const CreateTopicsRequest& request,
                        Responder<CreateTopicsResponse> respond) {
  CreateTopicsResponse response;
  Arena& arena = context.arena();
  std::map<std::string_view, int> appearances;
  for (const auto& topic : request.topics) ++appearances[topic.name];
  const Access access(context);
  const auto may_create = [&](std::string_view name) {
    return appearances[name] == 1 && name != kMetadataLog && access.ToCreateTopic(name);
  };
  std::vector<NewTopic> commands;
  for (const auto& topic : request.topics) {
    if (may_create(topic.name)) commands.push_back(CommandOf(topic));
  }

  metadata::MetadataStore& store = context.cluster().metadata();
  const std::vector<CreatedTopic> answers = store.CreateTopics(commands, request.validate_only);
  const metadata::ImageRef image = store.image();
  const metadata::EffectiveConfig effective(*image, context.cluster().config(),
                                            context.node().id());
  for (size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].outcome.ok()) {
      AddCreated(context, access, effective, answers[i], &response);
    } else {
      AddRefused(arena, commands[i].name, answers[i].outcome.error, answers[i].outcome.message,
                 &response);
    }
  }
  for (const auto& [name, count] : appearances) {
    if (count > 1) {
      AddRefused(arena, name, ErrorCode::kInvalidRequest, "Duplicate topic name.", &response);
    } else if (name == kMetadataLog) {
      AddRefused(arena, name, ErrorCode::kInvalidRequest,
                 "Creation of internal topic __cluster_metadata is prohibited.", &response);
    } else if (!may_create(name)) {
      AddRefused(arena, name, ErrorCode::kTopicAuthorizationFailed, "Authorization failed.",
                 &response);
    }
  }
  respond.Send(response);
}

}  // namespace odradek::api
