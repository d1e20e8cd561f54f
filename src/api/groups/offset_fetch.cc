// OffsetFetch (9) v1-10. How far groups have come; -1 and no error for what nobody committed.
//   v2 error_code, null topics ask for all   v3 throttle_time_ms   v4 throttled after the answer
//   v5 committed_leader_epoch   v6 flexible   v7 require_stable   v8 several groups
//   v9 member_id, member_epoch (newer group types)   v10 topic_id instead of name
// v1 has no place for a group's error: every partition carries it.
// Deviations from Apache Kafka: none.
#include <vector>

#include "api/authorize.h"
#include "api/groups/gather.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/offset_fetch.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstWithGroupError = 2;
constexpr int16_t kFirstWithGroups = 8;
constexpr int16_t kFirstWithTopicIds = 10;

struct FailedTopic {
  const OffsetFetchRequestTopics* topic = nullptr;
  ErrorCode error = ErrorCode::kNone;
};

// One group that is asked for. In the arena.
struct Asked {
  bool is_refused = false;  // the client may not describe the group
  group::FetchCommand command;
  Array<group::FetchTopic> topics;   // those the coordinator is asked for
  Array<FailedTopic> failed_topics;  // ids without a topic, and topics that are not to be seen
};

using Answers = std::vector<group::FetchAnswer>;

void Prepare(Arena& arena, const Access& access, const metadata::MetadataImage& image, bool by_id,
             const OffsetFetchRequestGroup& group, Asked* asked) {
  asked->is_refused = !access.ToGroup(AclOperation::kDescribe, group.group_id);
  asked->command.group = group.group_id;
  asked->command.member = group.member_id;
  asked->command.member_epoch = group.member_epoch;
  if (group.topics.is_null()) return;
  for (const OffsetFetchRequestTopics& topic : group.topics) {
    std::string_view name = topic.name;
    if (by_id) {
      const metadata::TopicRef info = image.FindTopic(topic.topic_id);
      if (info == nullptr) {
        asked->failed_topics.Add(arena, {&topic, ErrorCode::kUnknownTopicId});
        continue;
      }
      name = arena.Copy(info->name);
    }
    if (!asked->is_refused && !access.ToTopic(AclOperation::kDescribe, name)) {
      asked->failed_topics.Add(arena, {&topic, ErrorCode::kTopicAuthorizationFailed});
      continue;
    }
    asked->topics.Add(
        arena, {.name = name,
                .id = topic.topic_id,
                .partitions = {topic.partition_indexes.data(), topic.partition_indexes.size()}});
  }
  asked->command.topics =
      std::span<const group::FetchTopic>(asked->topics.data(), asked->topics.size());
}

Array<Asked> PrepareAll(RequestContext& context, const Access& access,
                        const OffsetFetchRequest& request) {
  Arena& arena = context.arena();
  const auto image = context.cluster().metadata().image();
  Array<Asked> all;
  if (context.version() >= kFirstWithGroups) {
    all = Array<Asked>::Make(arena, request.groups.size());
    for (size_t i = 0; i < all.size(); ++i) {
      Prepare(arena, access, *image, context.version() >= kFirstWithTopicIds, request.groups[i],
              &all[i]);
    }
  } else {
    // The single group of older versions, in the newer form.
    auto* group = arena.New<OffsetFetchRequestGroup>();
    group->group_id = request.group_id;
    if (request.topics.is_null()) {
      group->topics = Array<OffsetFetchRequestTopics>::Null();
    } else {
      for (const OffsetFetchRequestTopic& topic : request.topics) {
        OffsetFetchRequestTopics& added = group->topics.Add(arena);
        added.name = topic.name;
        added.partition_indexes = topic.partition_indexes;
      }
    }
    Prepare(arena, access, *image, false, *group, &all.Add(arena));
  }
  for (Asked& asked : all) asked.command.require_stable = request.require_stable;
  return all;
}

// Partition is one of the two structs that versions before and after 8 use for the same fields.
template <class Partition>
Array<Partition> Partitions(Arena& arena, const group::FetchedTopic& topic) {
  auto partitions = Array<Partition>::Make(arena, topic.partitions.size());
  for (size_t i = 0; i < partitions.size(); ++i) {
    const group::FetchedPartition& fetched = topic.partitions[i];
    partitions[i].partition_index = fetched.partition;
    partitions[i].committed_offset = fetched.offset;
    partitions[i].committed_leader_epoch = fetched.leader_epoch;
    partitions[i].metadata = fetched.metadata;
    partitions[i].error_code = fetched.error;
  }
  return partitions;
}

// Adds what the coordinator was not asked for. Topic is OffsetFetchResponseTopics, or Topic of
// older versions.
template <class Topic>
Topic& AddFailed(Arena& arena, const FailedTopic& failed, Array<Topic>* topics) {
  Topic& added = topics->Add(arena);
  added.name = failed.topic->name;
  for (const int32_t index : failed.topic->partition_indexes) {
    auto& partition = added.partitions.Add(arena);
    partition.partition_index = index;
    partition.committed_offset = -1;
    partition.error_code = failed.error;
  }
  return added;
}

// Of all that a group has committed, a client sees the topics that it may describe.
bool IsHidden(const Access& access, const Asked& asked, const group::FetchedTopic& topic) {
  return !asked.command.topics && !access.ToTopic(AclOperation::kDescribe, topic.name);
}

// Without topics in the request, ids come from today's metadata; topics that are gone have none and
// cannot be told.
void FillGroup(RequestContext& context, const Access& access, const Asked& asked,
               const group::FetchAnswer& answer, OffsetFetchResponseGroup* response) {
  Arena& arena = context.arena();
  response->group_id = asked.command.group;
  response->error_code = answer.error;
  if (answer.error != ErrorCode::kNone) return;
  const bool by_id = context.version() >= kFirstWithTopicIds;
  for (const group::FetchedTopic& topic : answer.topics) {
    if (IsHidden(access, asked, topic)) continue;
    Uuid id = topic.id;
    if (by_id && id.is_zero()) {
      const auto info = context.cluster().metadata().image()->FindTopic(topic.name);
      if (info == nullptr) continue;
      id = info->id;
    }
    OffsetFetchResponseTopics& added = response->topics.Add(arena);
    added.name = topic.name;
    added.topic_id = id;
    added.partitions = Partitions<OffsetFetchResponsePartitions>(arena, topic);
  }
  for (const FailedTopic& failed : asked.failed_topics) {
    AddFailed(arena, failed, &response->topics).topic_id = failed.topic->topic_id;
  }
}

void FillSingle(RequestContext& context, const Access& access, const Asked& asked,
                const group::FetchAnswer& answer, OffsetFetchResponse* response) {
  Arena& arena = context.arena();
  if (answer.error == ErrorCode::kNone) {
    for (const group::FetchedTopic& topic : answer.topics) {
      if (IsHidden(access, asked, topic)) continue;
      OffsetFetchResponseTopic& added = response->topics.Add(arena);
      added.name = topic.name;
      added.partitions = Partitions<OffsetFetchResponsePartition>(arena, topic);
    }
    for (const FailedTopic& failed : asked.failed_topics)
      AddFailed(arena, failed, &response->topics);
    return;
  }
  if (context.version() >= kFirstWithGroupError) {
    response->error_code = answer.error;
    return;
  }
  for (const group::FetchTopic& topic : asked.topics) {
    OffsetFetchResponseTopic& added = response->topics.Add(arena);
    added.name = topic.name;
    for (const int32_t index : topic.partitions) {
      OffsetFetchResponsePartition& partition = added.partitions.Add(arena);
      partition.partition_index = index;
      partition.committed_offset = -1;
      partition.error_code = answer.error;
    }
  }
}

void Send(const Access& access, const Array<Asked>& asked, const Answers& answers,
          Responder<OffsetFetchResponse>& respond) {
  RequestContext& context = respond.context();
  OffsetFetchResponse response;
  if (context.version() >= kFirstWithGroups) {
    response.groups = Array<OffsetFetchResponseGroup>::Make(context.arena(), asked.size());
    for (size_t i = 0; i < asked.size(); ++i) {
      FillGroup(context, access, asked[i], answers[i], &response.groups[i]);
    }
  } else {
    FillSingle(context, access, asked[0], answers[0], &response);
  }
  respond.Send(response);
}

}  // namespace

void HandleOffsetFetch(RequestContext& context, const OffsetFetchRequest& request,
                       Responder<OffsetFetchResponse> respond) {
  const Access access(context);
  const Array<Asked> asked = PrepareAll(context, access, request);
  group::GroupCoordinator& groups = context.cluster().groups();
  const int32_t node = context.node().id();
  const auto gather = Gather<group::FetchAnswer>::Start(
      asked.size(), [access, asked, respond = std::move(respond)](Answers& answers) mutable {
        Send(access, asked, answers, respond);
      });
  for (size_t i = 0; i < asked.size(); ++i) {
    if (asked[i].is_refused) {
      gather->Slot(i)({.error = ErrorCode::kGroupAuthorizationFailed});
    } else {
      groups.FetchOffsets(node, asked[i].command, gather->Slot(i));
    }
  }
}

}  // namespace odradek::api
