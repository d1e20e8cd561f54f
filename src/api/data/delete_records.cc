// DeleteRecords (21) v0-2. Moves the start of partitions up; -1 means the high watermark.
//   v1 throttled after the answer   v2 flexible
// Deviations from Apache Kafka: none.
#include "protocol/message/delete_records.h"
#include "api/authorize.h"
#include "api/errors.h"
#include "api/handler.h"
#include "api/led_partition.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

constexpr int64_t kHighWatermark = -1;

ErrorCode Delete(RequestContext& context, std::string_view topic,
                 const DeleteRecordsRequestPartition& asked, int64_t* low_watermark) {
  LedPartition led = FindLedPartition(context, topic, {}, asked.partition_index);
  if (led.topic != nullptr && led.topic->internal) return ErrorCode::kInvalidTopicException;
  if (led.error != ErrorCode::kNone) return led.error;
  const storage::LogConfig config = context.cluster().metadata().ResolveLogConfig(*led.topic);
  if (config.compact && !config.delete_retention) return ErrorCode::kPolicyViolation;

  storage::PartitionLog& log = led.partition->log();
  const storage::LogOffsets offsets = log.offsets();
  const int64_t to = asked.offset == kHighWatermark ? offsets.durable_end : asked.offset;
  if (to < 0 || to > offsets.durable_end) return ErrorCode::kOffsetOutOfRange;
  const Status trimmed = log.TrimPrefix({.leader_epoch = led.info->leader_epoch}, to);
  if (!trimmed.ok()) return ErrorFrom(trimmed);
  *low_watermark = log.offsets().start;
  return ErrorCode::kNone;
}

}  // namespace

void HandleDeleteRecords(RequestContext& context, const DeleteRecordsRequest& request,
                         Responder<DeleteRecordsResponse> respond) {
  const Access access(context);
  DeleteRecordsResponse response;
  for (const auto& topic : request.topics) {
    auto& topic_answer = response.topics.Add(context.arena());
    topic_answer.name = topic.name;
    const bool may_delete = access.ToTopic(AclOperation::kDelete, topic.name);
    for (const auto& asked : topic.partitions) {
      auto& answer = topic_answer.partitions.Add(context.arena());
      answer.partition_index = asked.partition_index;
      answer.low_watermark = -1;
      answer.error_code = may_delete ? Delete(context, topic.name, asked, &answer.low_watermark)
                                     : ErrorCode::kTopicAuthorizationFailed;
    }
  }
  respond.Send(response);
}

}  // namespace odradek::api
