// OffsetDelete (47) v0. Forgets committed offsets of topics that the group does not consume now.
// Deviations from Apache Kafka: none.
#include "protocol/message/offset_delete.h"
#include "api/authorize.h"
#include "api/groups/topic_entries.h"
#include "api/handler.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

// In the arena.
struct Deletion {
  OffsetDeleteResponse response;  // what is known before the coordinator is asked
  Array<group::DeleteOffsetsTopic> topics;
};

std::string_view KeyOf(const OffsetDeleteResponseTopic& topic) { return topic.name; }

using Entries = TopicEntries<OffsetDeleteResponseTopic, KeyOf>;

OffsetDeleteResponseTopic& EntryFor(std::string_view name, Entries* entries) {
  OffsetDeleteResponseTopic wanted;
  wanted.name = name;
  return entries->For(wanted);
}

void Prepare(Arena& arena, const Access& access, const metadata::MetadataImage& image,
             const OffsetDeleteRequest& request, Deletion* deletion) {
  Entries entries(arena, &deletion->response.topics);
  for (const OffsetDeleteRequestTopic& asked : request.topics) {
    const metadata::TopicRef info = image.FindTopic(asked.name);
    const bool may_read = access.ToTopic(AclOperation::kRead, asked.name);
    const size_t count = info == nullptr || !may_read ? 0 : info->partitions.size();
    Array<int32_t> known;
    for (const OffsetDeleteRequestPartition& partition : asked.partitions) {
      const int32_t index = partition.partition_index;
      if (index >= 0 && static_cast<size_t>(index) < count) {
        known.Add(arena, index);
      } else {
        AddResult(
            arena, &EntryFor(asked.name, &entries), index,
            may_read ? ErrorCode::kUnknownTopicOrPartition : ErrorCode::kTopicAuthorizationFailed);
      }
    }
    if (known.empty()) continue;
    deletion->topics.Add(arena, {.name = asked.name, .partitions = {known.data(), known.size()}});
  }
}

void Send(const Deletion& deletion, const group::DeleteOffsetsAnswer& answer,
          Responder<OffsetDeleteResponse>& respond) {
  Arena& arena = respond.context().arena();
  OffsetDeleteResponse response;
  if (answer.error != ErrorCode::kNone) {
    response.error_code = answer.error;
    respond.Send(response);
    return;
  }
  response = deletion.response;
  Entries entries(arena, &response.topics);
  size_t next = 0;
  for (const group::DeleteOffsetsTopic& topic : deletion.topics) {
    OffsetDeleteResponseTopic& entry = EntryFor(topic.name, &entries);
    for (const int32_t partition : topic.partitions) {
      AddResult(arena, &entry, partition, answer.partitions.at(next++));
    }
  }
  respond.Send(response);
}

}  // namespace

void HandleOffsetDelete(RequestContext& context, const OffsetDeleteRequest& request,
                        Responder<OffsetDeleteResponse> respond) {
  auto* deletion = context.arena().New<Deletion>();
  const Access access(context);
  if (!access.ToGroup(AclOperation::kDelete, request.group_id)) {
    deletion->response.error_code = ErrorCode::kGroupAuthorizationFailed;
    return respond.Send(deletion->response);
  }
  Prepare(context.arena(), access, *context.cluster().metadata().image(), request, deletion);
  context.cluster().groups().DeleteOffsets(
      context.node().id(),
      {.group = request.group_id, .topics = {deletion->topics.data(), deletion->topics.size()}},
      [deletion, respond = std::move(respond)](group::DeleteOffsetsAnswer answer) mutable {
        Send(*deletion, answer, respond);
      });
}

}  // namespace odradek::api
