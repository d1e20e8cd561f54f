// OffsetFetch (9) v1-10. How far groups have come; -1 and no error for what nobody committed.
//   v2 error_code, null topics ask for all   v3 throttle_time_ms   v4 throttled after the answer
//   v5 committed_leader_epoch   v6 flexible   v7 require_stable   v8 several groups
//   v9 member_id, member_epoch (newer group types)   v10 topic_id instead of name
// v1 has no place for a group's error: every partition carries it.
// Deviations from Apache Kafka: none.
#include <vector>

#include "api/groups/gather.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/offset_fetch.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstWithGroupError = 2;
constexpr int16_t kFirstWithGroups = 8;
constexpr int16_t kFirstWithTopicIds = 10;

// One group that is asked for. In the arena.
struct Asked {
  group::FetchCommand command;
  Array<group::FetchTopic> topics;                        // those that exist
  Array<const OffsetFetchRequestTopics*> unknown_topics;  // ids that do not
};

using Answers = std::vector<group::FetchAnswer>;

void Prepare(Arena& arena, const metadata::MetadataImage& image, bool by_id,
             const OffsetFetchRequestGroup& group, Asked* asked) {
  asked->command.group = group.group_id;
  asked->command.member = group.member_id;
  asked->command.member_epoch = group.member_epoch;
  if (group.topics.is_null()) return;
  for (const OffsetFetchRequestTopics& topic : group.topics) {
    std::string_view name = topic.name;
    if (by_id) {
      const metadata::TopicRef info = image.FindTopic(topic.topic_id);
      if (info == nullptr) {
        asked->unknown_topics.Add(arena, &topic);
        continue;
      }
      name = arena.Copy(info->name);
    }
    asked->topics.Add(
        arena, {.name = name,
                .id = topic.topic_id,
                .partitions = {topic.partition_indexes.data(), topic.partition_indexes.size()}});
  }
  asked->command.topics =
      std::span<const group::FetchTopic>(asked->topics.data(), asked->topics.size());
}

Array<Asked> PrepareAll(RequestContext& context, const OffsetFetchRequest& request) {
  Arena& arena = context.arena();
  const auto image = context.cluster().metadata().image();
  Array<Asked> all;
  if (context.version() >= kFirstWithGroups) {
    all = Array<Asked>::Make(arena, request.groups.size());
    for (size_t i = 0; i < all.size(); ++i) {
      Prepare(arena, *image, context.version() >= kFirstWithTopicIds, request.groups[i], &all[i]);
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
    Prepare(arena, *image, false, *group, &all.Add(arena));
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

// Without topics in the request, ids come from today's metadata; topics that are gone have none and
// cannot be told.
void FillGroup(RequestContext& context, const Asked& asked, const group::FetchAnswer& answer,
               OffsetFetchResponseGroup* response) {
  Arena& arena = context.arena();
  response->group_id = asked.command.group;
  response->error_code = answer.error;
  if (answer.error != ErrorCode::kNone) return;
  const bool by_id = context.version() >= kFirstWithTopicIds;
  for (const group::FetchedTopic& topic : answer.topics) {
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
  for (const OffsetFetchRequestTopics* unknown : asked.unknown_topics) {
    OffsetFetchResponseTopics& added = response->topics.Add(arena);
    added.topic_id = unknown->topic_id;
    for (const int32_t index : unknown->partition_indexes) {
      OffsetFetchResponsePartitions& partition = added.partitions.Add(arena);
      partition.partition_index = index;
      partition.committed_offset = -1;
      partition.error_code = ErrorCode::kUnknownTopicId;
    }
  }
}

void FillSingle(RequestContext& context, const Asked& asked, const group::FetchAnswer& answer,
                OffsetFetchResponse* response) {
  Arena& arena = context.arena();
  if (answer.error == ErrorCode::kNone) {
    for (const group::FetchedTopic& topic : answer.topics) {
      OffsetFetchResponseTopic& added = response->topics.Add(arena);
      added.name = topic.name;
      added.partitions = Partitions<OffsetFetchResponsePartition>(arena, topic);
    }
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

void Send(const Array<Asked>& asked, const Answers& answers,
          Responder<OffsetFetchResponse>& respond) {
  RequestContext& context = respond.context();
  OffsetFetchResponse response;
  if (context.version() >= kFirstWithGroups) {
    response.groups = Array<OffsetFetchResponseGroup>::Make(context.arena(), asked.size());
    for (size_t i = 0; i < asked.size(); ++i) {
      FillGroup(context, asked[i], answers[i], &response.groups[i]);
    }
  } else {
    FillSingle(context, asked[0], answers[0], &response);
  }
  respond.Send(response);
}

}  // namespace

void HandleOffsetFetch(RequestContext& context, const OffsetFetchRequest& request,
                       Responder<OffsetFetchResponse> respond) {
  const Array<Asked> asked = PrepareAll(context, request);
  group::GroupCoordinator& groups = context.cluster().groups();
  const int32_t node = context.node().id();
  const auto gather = Gather<group::FetchAnswer>::Start(
      asked.size(), [asked, respond = std::move(respond)](Answers& answers) mutable {
        Send(asked, answers, respond);
      });
  for (size_t i = 0; i < asked.size(); ++i) {
    groups.FetchOffsets(node, asked[i].command, gather->Slot(i));
  }
}

}  // namespace odradek::api
