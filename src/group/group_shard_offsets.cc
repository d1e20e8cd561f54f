// Offsets: commit, fetch, delete, expire.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "group/group_shard.h"

namespace odradek::group {
namespace {

// The length that offset.metadata.max.bytes limits is counted in UTF-16 units, despite its name.
size_t Utf16Length(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

bool IsTooLong(std::string_view metadata, int32_t limit) {
  const auto max = static_cast<size_t>(std::max(limit, 0));
  return metadata.size() > max && Utf16Length(metadata) > max;
}

FetchedPartition Fetched(int32_t partition, const CommittedOffset* offset, const Uuid& wanted_id) {
  FetchedPartition fetched;
  fetched.partition = partition;
  if (offset == nullptr) return fetched;
  // Committed for a topic of the same name that has been deleted since.
  const bool other_topic =
      !offset->topic_id.is_zero() && !wanted_id.is_zero() && offset->topic_id != wanted_id;
  if (other_topic) return fetched;
  fetched.offset = offset->offset;
  fetched.leader_epoch = offset->leader_epoch;
  fetched.metadata = offset->metadata;
  return fetched;
}

}  // namespace

ErrorCode GroupShard::AcceptCommit(const CommitCommand& command, Turn& turn) {
  Group* group = Find(command.group);
  if (group == nullptr) {
    // Who is no member of anything commits to a simple group, which its first offset brings about.
    if (command.generation < 0) return ErrorCode::kNone;
    return command.takes_group_id_not_found ? ErrorCode::kGroupIdNotFound
                                            : ErrorCode::kIllegalGeneration;
  }
  switch (group->type()) {
    case GroupType::kClassic: {
      const ErrorCode error = static_cast<ClassicGroup*>(group)->AcceptCommit(command, turn);
      Requeue(*group);
      return error;
    }
  }
  UNREACHABLE();
}

void GroupShard::CommitOffsets(const CommitCommand& command, CommitDone done, Turn& turn) {
  CommitAnswer answer;
  answer.error = AcceptCommit(command, turn);
  if (answer.error != ErrorCode::kNone) {
    turn.Reply(std::move(done), std::move(answer));
    return;
  }
  std::vector<coordinator::Record> records;
  for (const CommitTopic& topic : command.topics) {
    for (const CommitPartition& partition : topic.partitions) {
      if (IsTooLong(partition.metadata, config_.offset_metadata_max_bytes)) {
        answer.partitions.push_back(ErrorCode::kOffsetMetadataTooLarge);
        continue;
      }
      answer.partitions.push_back(ErrorCode::kNone);
      CommittedOffset offset;
      offset.offset = partition.offset;
      offset.leader_epoch = partition.leader_epoch;
      offset.metadata = partition.metadata;
      offset.commit_ms = turn.wall_ms();
      if (command.retention_ms) offset.expire_ms = turn.wall_ms() + *command.retention_ms;
      offset.topic_id = topic.id;
      records.push_back(OffsetRecord(command.group, topic.name, partition.partition, offset));
    }
  }
  if (records.empty()) {
    turn.Reply(std::move(done), std::move(answer));
    return;
  }
  EnsureCleanup(turn);
  turn.Commit(std::move(records), [done = std::move(done), answer = std::move(answer)](
                                      const Status& status, Turn& next) mutable {
    answer.error = WriteError(status);
    next.Reply(std::move(done), std::move(answer));
  });
}

void GroupShard::FetchOffsets(const FetchCommand& command, FetchDone done, Turn& turn) {
  if (!command.require_stable) {
    turn.Reply(std::move(done), Committed(command));
    return;
  }
  turn.Commit({},
              [this, &command, done = std::move(done)](const Status& status, Turn& next) mutable {
                FetchAnswer answer;
                if (status.ok()) {
                  answer = Committed(command);
                } else {
                  answer.error = WriteError(status);
                }
                next.Reply(std::move(done), std::move(answer));
              });
}

FetchAnswer GroupShard::Committed(const FetchCommand& command) const {
  FetchAnswer answer;
  const ClassicGroup* group = FindClassic(command.group);
  const bool known = group != nullptr && group->state() != ClassicState::kDead;
  const OffsetStore::Topics* committed = known ? offsets_.FindAll(command.group) : nullptr;
  if (!command.topics) {
    if (committed == nullptr) return answer;
    for (const auto& [name, partitions] : *committed) {
      FetchedTopic& topic = answer.topics.emplace_back();
      topic.name = name;
      for (const auto& [partition, offset] : partitions) {
        topic.partitions.push_back(Fetched(partition, &offset, topic.id));
      }
    }
    return answer;
  }
  for (const FetchTopic& wanted : *command.topics) {
    FetchedTopic& topic = answer.topics.emplace_back();
    topic.name = wanted.name;
    topic.id = wanted.id;
    for (const int32_t partition : wanted.partitions) {
      const CommittedOffset* offset =
          known ? offsets_.Find(command.group, wanted.name, partition) : nullptr;
      topic.partitions.push_back(Fetched(partition, offset, wanted.id));
    }
  }
  return answer;
}

void GroupShard::DeleteOffsets(const DeleteOffsetsCommand& command, DeleteOffsetsDone done,
                               Turn& turn) {
  DeleteOffsetsAnswer answer;
  const ClassicGroup* group = FindClassic(command.group);
  if (group == nullptr || group->state() == ClassicState::kDead) {
    answer.error = ErrorCode::kGroupIdNotFound;
  } else if (group->state() != ClassicState::kEmpty && !group->uses_consumer_protocol()) {
    answer.error = ErrorCode::kNonEmptyGroup;  // what it subscribes to cannot be known
  }
  std::vector<coordinator::Record> records;
  if (answer.error == ErrorCode::kNone) {
    for (const DeleteOffsetsTopic& topic : command.topics) {
      const bool subscribed = group->IsSubscribedTo(topic.name);
      for (const int32_t partition : topic.partitions) {
        answer.partitions.push_back(subscribed ? ErrorCode::kGroupSubscribedToTopic
                                               : ErrorCode::kNone);
        if (subscribed || !offsets_.Has(command.group, topic.name, partition)) continue;
        records.push_back(OffsetTombstone(command.group, topic.name, partition, turn.wall_ms()));
      }
    }
  }
  if (records.empty()) {
    turn.Reply(std::move(done), std::move(answer));
    return;
  }
  turn.Commit(std::move(records), [done = std::move(done), answer = std::move(answer)](
                                      const Status& status, Turn& next) mutable {
    answer.error = WriteError(status);
    next.Reply(std::move(done), std::move(answer));
  });
}

void GroupShard::DeleteTopics(std::span<const DeletedTopic> topics, Turn& turn) {
  std::vector<coordinator::Record> records;
  for (const DeletedTopic& topic : topics) {
    offsets_.AddTopicTombstones(topic.name, topic.id, turn.wall_ms(), &records);
  }
  if (!records.empty()) turn.Commit(std::move(records));
}

// From when an offset's age counts: the last commit for groups that only hold offsets and for
// topics that a stable group has dropped; the moment the group became empty where it had members.
// Groups in a rebalance, and members whose subscription cannot be read, keep all.
bool GroupShard::CollectExpired(const ClassicGroup& group, Millis wall_ms,
                                std::vector<coordinator::Record>* records) const {
  const OffsetStore::Topics* topics = offsets_.FindAll(group.id());
  if (topics == nullptr) return !offsets_.HasAny(group.id());
  const bool simple = group.protocol_type().empty();
  const bool emptied = !simple && group.state() == ClassicState::kEmpty;
  const bool stable = group.uses_consumer_protocol() && group.knows_subscriptions() &&
                      group.state() == ClassicState::kStable;
  if (!simple && !emptied && !stable) return false;
  bool nothing_left = true;
  for (const auto& [topic, partitions] : *topics) {
    const bool subscribed = group.IsSubscribedTo(topic);
    for (const auto& [partition, offset] : partitions) {
      const Millis since =
          emptied && group.state_since_ms() >= 0 ? group.state_since_ms() : offset.commit_ms;
      const bool old = offset.expire_ms >= 0 ? wall_ms >= offset.expire_ms
                                             : wall_ms - since >= config_.offsets_retention_ms;
      if (subscribed || !old || offsets_.IsInFlight(group.id(), topic, partition)) {
        nothing_left = false;
      } else {
        records->push_back(OffsetTombstone(group.id(), topic, partition, wall_ms));
      }
    }
  }
  return nothing_left;
}

void GroupShard::ReplayOffset(const RecordKey& key, const coordinator::RecordView& record) {
  if (!record.value) {
    offsets_.Remove(key);
    return;
  }
  auto offset = ParseOffset(*record.value);
  if (!offset) {
    LOG_WARN("an offset of group {} is malformed", key.group);
    return;
  }
  if (Find(key.group) == nullptr) MakeClassic(key.group, offset->commit_ms);
  offsets_.Put(key, *std::move(offset));
}

}  // namespace odradek::group
