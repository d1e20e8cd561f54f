// OffsetForLeaderEpoch (23) v2-4. Where a leader epoch ended in the log: how clients find out that
// it was truncated (KIP-320).
//   v3 replica_id   v4 flexible
// Deviations from Apache Kafka: none.
#include "protocol/message/offset_for_leader_epoch.h"
#include "api/authorize.h"
#include "api/handler.h"
#include "api/led_partition.h"
#include "broker/cluster.h"

namespace odradek::api {

void HandleOffsetForLeaderEpoch(RequestContext& context, const OffsetForLeaderEpochRequest& request,
                                Responder<OffsetForLeaderEpochResponse> respond) {
  const Access access(context);
  const bool is_broker = access.ToCluster(AclOperation::kClusterAction);
  OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    auto& topic_answer = response.topics.Add(context.arena());
    topic_answer.topic = topic.topic;
    const bool may_describe = is_broker || access.ToTopic(AclOperation::kDescribe, topic.topic);
    for (const auto& asked : topic.partitions) {
      auto& answer = topic_answer.partitions.Add(context.arena());
      answer.partition = asked.partition;
      if (!may_describe) {
        answer.error_code = ErrorCode::kTopicAuthorizationFailed;
        continue;
      }
      LedPartition led =
          FindLedPartition(context, topic.topic, {}, asked.partition, asked.current_leader_epoch);
      answer.error_code = led.error;
      if (led.error != ErrorCode::kNone) continue;
      const storage::EpochEnd end = led.partition->log().EndOfEpoch(asked.leader_epoch);
      answer.leader_epoch = end.epoch;
      answer.end_offset = end.end_offset;
    }
  }
  respond.Send(response);
}

}  // namespace odradek::api
