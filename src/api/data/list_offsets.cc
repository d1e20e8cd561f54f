// ListOffsets (2) v1-11. The offset of a time, or of one of the special times below.
//   v2 isolation_level   v4 current_leader_epoch, leader_epoch   v6 flexible   v7 -3 max timestamp
//   v8 -4 earliest local   v9 -5 latest tiered   v10 timeout_ms (tiered only)   v11 -6 earliest
//   pending upload
// Deviations from Apache Kafka: none.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "api/authorize.h"
#include "api/errors.h"
#include "api/handler.h"
#include "api/led_partition.h"
#include "broker/cluster.h"
#include "protocol/message/list_offsets.h"

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

// Which partitions a request names more than once.
class Duplicates {
 public:
  explicit Duplicates(const ListOffsetsRequest& request) {
    for (const auto& topic : request.topics) {
      for (const auto& partition : topic.partitions)
        asked_.emplace_back(topic.name, partition.partition_index);
    }
    std::sort(asked_.begin(), asked_.end());
  }
  bool Contains(std::string_view topic, int32_t partition) const {
    const auto [begin, end] =
        std::equal_range(asked_.begin(), asked_.end(), std::pair(topic, partition));
    return end - begin > 1;
  }

 private:
  std::vector<std::pair<std::string_view, int32_t>> asked_;
};

ErrorCode Answer(RequestContext& context, const ListOffsetsRequest& request, std::string_view name,
                 const ListOffsetsRequestPartition& asked,
                 ListOffsetsResponsePartitionResponse* answer) {
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
  const Access access(context);
  const Duplicates duplicates(request);
  std::set<std::pair<std::string_view, int32_t>> told;  // each duplicate is told once
  ListOffsetsResponse response;
  for (const auto& topic : request.topics) {
    auto& answers = response.topics.Add(context.arena());
    answers.name = topic.name;
    const bool may_describe = access.ToTopic(AclOperation::kDescribe, topic.name);
    for (const auto& asked : topic.partitions) {
      const bool twice = may_describe && duplicates.Contains(topic.name, asked.partition_index);
      if (twice && !told.emplace(topic.name, asked.partition_index).second) continue;
      auto& answer = answers.partitions.Add(context.arena());
      answer.partition_index = asked.partition_index;
      answer.error_code = !may_describe ? ErrorCode::kTopicAuthorizationFailed
                          : twice       ? ErrorCode::kInvalidRequest
                                        : Answer(context, request, topic.name, asked, &answer);
    }
  }
  respond.Send(response);
}

}  // namespace odradek::api
