// OffsetCommit (8) v2-10. Stores how far a group, or a consumer without one, has come.
//   v2 retention_time_ms (until v4)   v3 throttle_time_ms   v4 throttled after the answer
//   v6 committed_leader_epoch   v7 group_instance_id   v8 flexible   v9 GROUP_ID_NOT_FOUND
//   v10 topic_id instead of name
// Answered once the offsets are committed to __consumer_offsets. Partitions that do not exist fail
// alone, in front of the others.
// Deviations from Apache Kafka: none.
#include <utility>
#include <vector>

#include "api/authorize.h"
#include "api/groups/topic_entries.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/offset_commit.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstWithGroupIdNotFound = 9;
constexpr int16_t kFirstWithTopicIds = 10;
constexpr int64_t kNoRetention = -1;

// What goes to the coordinator, and the answer as far as it is known before. In the arena.
struct Commit {
  OffsetCommitResponse response;
  Array<group::CommitTopic> topics;  // names are copies: the metadata image may go
};

std::pair<Uuid, std::string_view> KeyOf(const OffsetCommitResponseTopic& topic) {
  return {topic.topic_id, topic.name};
}

using Entries = TopicEntries<OffsetCommitResponseTopic, KeyOf>;

// The answer's entry for a topic, made if it is not there. It carries the id or the name.
OffsetCommitResponseTopic& EntryFor(std::string_view name, const Uuid& id, bool by_id,
                                    Entries* entries) {
  OffsetCommitResponseTopic wanted;
  if (by_id) {
    wanted.topic_id = id;
  } else {
    wanted.name = name;
  }
  return entries->For(wanted);
}

void FailAll(Arena& arena, const OffsetCommitRequestTopic& asked, ErrorCode error, bool by_id,
             Entries* entries) {
  OffsetCommitResponseTopic& topic = EntryFor(asked.name, asked.topic_id, by_id, entries);
  for (const OffsetCommitRequestPartition& partition : asked.partitions) {
    AddResult(arena, &topic, partition.partition_index, error);
  }
}

// What keeps the offsets of a whole topic from being committed.
ErrorCode WhyNot(const Access& access, const OffsetCommitRequestTopic& asked,
                 const metadata::TopicRef& topic, bool by_id) {
  if (by_id && topic == nullptr) return ErrorCode::kUnknownTopicId;
  if (!access.ToTopic(AclOperation::kRead, topic == nullptr ? asked.name : topic->name))
    return ErrorCode::kTopicAuthorizationFailed;
  return topic == nullptr ? ErrorCode::kUnknownTopicOrPartition : ErrorCode::kNone;
}

// Sorts what exists from what does not.
void Prepare(Arena& arena, const Access& access, const metadata::MetadataImage& image,
             const OffsetCommitRequest& request, bool by_id, Commit* commit) {
  Entries entries(arena, &commit->response.topics);
  for (const OffsetCommitRequestTopic& asked : request.topics) {
    const metadata::TopicRef info =
        by_id ? image.FindTopic(asked.topic_id) : image.FindTopic(asked.name);
    const ErrorCode error = WhyNot(access, asked, info, by_id);
    if (error != ErrorCode::kNone) {
      FailAll(arena, asked, error, by_id, &entries);
      continue;
    }
    Array<group::CommitPartition> known;
    for (const OffsetCommitRequestPartition& partition : asked.partitions) {
      const int32_t index = partition.partition_index;
      if (index < 0 || static_cast<size_t>(index) >= info->partitions.size()) {
        AddResult(arena, &EntryFor(asked.name, asked.topic_id, by_id, &entries), index,
                  ErrorCode::kUnknownTopicOrPartition);
        continue;
      }
      known.Add(arena, {.partition = index,
                        .offset = partition.committed_offset,
                        .leader_epoch = partition.committed_leader_epoch,
                        .metadata = partition.committed_metadata.value_or("")});
    }
    if (known.empty()) continue;
    commit->topics.Add(arena, {.name = arena.Copy(info->name),
                               .id = info->id,
                               .partitions = {known.data(), known.size()}});
  }
}

void Send(const Commit& prepared, const group::CommitAnswer& answer,
          Responder<OffsetCommitResponse>& respond) {
  RequestContext& context = respond.context();
  const bool by_id = context.version() >= kFirstWithTopicIds;
  OffsetCommitResponse response = prepared.response;
  Entries entries(context.arena(), &response.topics);
  size_t next = 0;
  for (const group::CommitTopic& topic : prepared.topics) {
    OffsetCommitResponseTopic& entry = EntryFor(topic.name, topic.id, by_id, &entries);
    for (const group::CommitPartition& partition : topic.partitions) {
      const ErrorCode error =
          answer.error != ErrorCode::kNone ? answer.error : answer.partitions.at(next++);
      AddResult(context.arena(), &entry, partition.partition, error);
    }
  }
  respond.Send(response);
}

}  // namespace

void HandleOffsetCommit(RequestContext& context, const OffsetCommitRequest& request,
                        Responder<OffsetCommitResponse> respond) {
  auto* commit = context.arena().New<Commit>();
  const Access access(context);
  if (!access.ToGroup(AclOperation::kRead, request.group_id)) {
    Entries entries(context.arena(), &commit->response.topics);
    for (const OffsetCommitRequestTopic& asked : request.topics) {
      FailAll(context.arena(), asked, ErrorCode::kGroupAuthorizationFailed,
              context.version() >= kFirstWithTopicIds, &entries);
    }
    return respond.Send(commit->response);
  }
  Prepare(context.arena(), access, *context.cluster().metadata().image(), request,
          context.version() >= kFirstWithTopicIds, commit);
  if (commit->topics.empty()) {
    respond.Send(commit->response);
    return;
  }
  group::CommitCommand command;
  command.group = request.group_id;
  command.member = request.member_id;
  command.instance = request.group_instance_id;
  command.generation = request.generation_id_or_member_epoch;
  if (request.retention_time_ms != kNoRetention) command.retention_ms = request.retention_time_ms;
  command.takes_group_id_not_found = context.version() >= kFirstWithGroupIdNotFound;
  command.topics = {commit->topics.data(), commit->topics.size()};
  context.cluster().groups().CommitOffsets(
      context.node().id(), command,
      [commit, respond = std::move(respond)](group::CommitAnswer answer) mutable {
        Send(*commit, answer, respond);
      });
}

}  // namespace odradek::api
