// CreatePartitions (37) v0-3. Adds partitions to topics; they can be used when the answer is out.
//   v2 flexible   v3 quota errors
// Deviations from Apache Kafka: none.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/create_partitions.h"

namespace odradek::api {
namespace {

metadata::NewPartitions CommandOf(const CreatePartitionsRequestTopic& asked) {
  metadata::NewPartitions topic{
      .topic = asked.name, .count = asked.count, .assignments = std::nullopt};
  if (asked.assignments.is_null()) return topic;
  topic.assignments.emplace();
  for (const auto& assignment : asked.assignments) {
    topic.assignments->emplace_back(assignment.broker_ids.begin(), assignment.broker_ids.end());
  }
  return topic;
}

void Add(Arena& arena, std::string_view name, const metadata::Outcome& outcome,
         CreatePartitionsResponse* response) {
  CreatePartitionsResponseTopicResult& result = response->results.Add(arena);
  result.name = name;
  result.error_code = outcome.error;
  if (!outcome.message.empty()) result.error_message = arena.Copy(outcome.message);
}

}  // namespace

void HandleCreatePartitions(RequestContext& context, const CreatePartitionsRequest& request,
                            Responder<CreatePartitionsResponse> respond) {
  CreatePartitionsResponse response;
  std::map<std::string_view, int> appearances;
  for (const auto& topic : request.topics) ++appearances[topic.name];
  for (const auto& [name, count] : appearances) {
    if (count > 1)
      Add(context.arena(), name, {ErrorCode::kInvalidRequest, "Duplicate topic name."}, &response);
  }
  const Access access(context);
  std::vector<metadata::NewPartitions> commands;
  for (const auto& topic : request.topics) {
    if (appearances[topic.name] != 1) continue;
    if (access.ToTopic(AclOperation::kAlter, topic.name)) {
      commands.push_back(CommandOf(topic));
    } else {
      Add(context.arena(), topic.name, {ErrorCode::kTopicAuthorizationFailed, ""}, &response);
    }
  }
  const std::vector<metadata::Outcome> outcomes =
      context.cluster().metadata().CreatePartitions(commands, request.validate_only);
  for (size_t i = 0; i < outcomes.size(); ++i)
    Add(context.arena(), commands[i].topic, outcomes[i], &response);
  respond.Send(response);
}

}  // namespace odradek::api
