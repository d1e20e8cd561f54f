// ListOffsets (2) v1-11. The offset of a time, or of one of the special times below.
//   v2 isolation_level   v4 current_leader_epoch, leader_epoch   v6 flexible   v7 -3 max timestamp
//   v8 -4 earliest local   v9 -5 latest tiered   v10 timeout_ms (tiered only)   v11 -6 earliest
//   pending upload
// Deviations from Apache Kafka: none.
#include "protocol/message/list_offsets.h"
#include "api/errors.h"
#include "api/handler.h"
#include "api/led_partition.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

constexpr int64_t kLatest = -1;
constexpr int64_t kEarliest = -2;
constexpr int64_t kMaxTimestamp = -3;
constexpr int64_t kEarliestLocal = -4;
constexpr int64_t kLatestTiered = -5;
constexpr int64_t kEarliestPendingUpload = -6;
constexpr int32_t kDebugReplica = -2;

// The first version in which a special time may be asked for; negative: no such time.
int16_t FirstVersionOf(int64_t timestamp) {
  switch (timestamp) {
    case kLatest:
    case kEarliest:
      return 0;
    case kMaxTimestamp:
      return 7;
    case kEarliestLocal:
      return 8;
    case kLatestTiered:
      return 9;
    case kEarliestPendingUpload:
      return 11;
    default:
      return timestamp >= 0 ? 0 : -1;
  }
}

Result<storage::TimestampOffset> Lookup(storage::PartitionLog& log, int64_t timestamp,
                                        int64_t limit) {
  switch (timestamp) {
    case kLatest:
      return storage::TimestampOffset{.offset = limit, .leader_epoch = log.LatestEpoch()};
    case kEarliest:
    case kEarliestLocal: {
      const int64_t start = log.offsets().start;
      const int32_t epoch = start < log.offsets().end ? log.EpochAt(start) : log.LatestEpoch();
      return storage::TimestampOffset{.offset = start, .leader_epoch = epoch};
    }
    case kMaxTimestamp:
      return log.FindMaxTimestamp(limit);
    case kLatestTiered:
    case kEarliestPendingUpload:
      return storage::TimestampOffset{};  // nothing is tiered
    default:
      return log.FindByTime(timestamp, limit);
  }
}

bool IsAskedTwice(const ListOffsetsRequest& request, std::string_view name, int32_t partition) {
  int seen = 0;
  for (const auto& topic : request.topics) {
    if (topic.name != name) continue;
    for (const auto& other : topic.partitions) seen += other.partition_index == partition;
  }
  return seen > 1;
}

ErrorCode Answer(RequestContext& context, const ListOffsetsRequest& request, std::string_view name,
                 const ListOffsetsRequestPartition& asked,
                 ListOffsetsResponsePartitionResponse* answer) {
  if (IsAskedTwice(request, name, asked.partition_index)) return ErrorCode::kInvalidRequest;
  const int16_t first_version = FirstVersionOf(asked.timestamp);
  if (first_version < 0 || context.version() < first_version) return ErrorCode::kUnsupportedVersion;
  LedPartition led =
      FindLedPartition(context, name, {}, asked.partition_index, asked.current_leader_epoch);
  if (led.error != ErrorCode::kNone) return led.error;

  storage::PartitionLog& log = led.partition->log();
  const storage::LogOffsets offsets = log.offsets();
  const int64_t limit = request.replica_id == kDebugReplica ? offsets.end
                        : request.isolation_level == 1      ? offsets.stable
                                                            : offsets.durable_end;
  const Result<storage::TimestampOffset> found = Lookup(log, asked.timestamp, limit);
  if (!found.ok()) return ErrorFrom(found.status());
  answer->offset = found->offset;
  answer->timestamp = found->timestamp_ms;
  answer->leader_epoch = found->leader_epoch;
  return ErrorCode::kNone;
}

}  // namespace

void HandleListOffsets(RequestContext& context, const ListOffsetsRequest& request,
                       Responder<ListOffsetsResponse> respond) {
  ListOffsetsResponse response;
  response.topics =
      Array<ListOffsetsResponseTopicResponse>::Make(context.arena(), request.topics.size());
  for (size_t i = 0; i < request.topics.size(); ++i) {
    const auto& topic = request.topics[i];
    auto& answer = response.topics[i];
    answer.name = topic.name;
    answer.partitions =
        Array<ListOffsetsResponsePartitionResponse>::Make(context.arena(), topic.partitions.size());
    for (size_t j = 0; j < topic.partitions.size(); ++j) {
      answer.partitions[j].partition_index = topic.partitions[j].partition_index;
      answer.partitions[j].error_code =
          Answer(context, request, topic.name, topic.partitions[j], &answer.partitions[j]);
    }
  }
  respond.Send(response);
}

}  // namespace odradek::api
