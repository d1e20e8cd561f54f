// DescribeProducers (61) v0. The producers that a replica's log knows (KIP-664).
// Leaders and followers answer: they share the log.
// Deviations from Apache Kafka: none.
#include "protocol/message/describe_producers.h"
#include "api/authorize.h"
#include "api/handler.h"
#include "api/led_partition.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

using PartitionAnswer = DescribeProducersResponsePartitionResponse;

void Describe(RequestContext& context, std::string_view topic, PartitionAnswer* answer) {
  const LedPartition found = FindReplica(context, topic, answer->partition_index);
  answer->error_code = found.error;
  if (found.error != ErrorCode::kNone) return;
  for (const storage::ProducerInfo& producer : found.partition->log().Producers()) {
    auto& active = answer->active_producers.Add(context.arena());
    active.producer_id = producer.producer_id;
    active.producer_epoch = producer.epoch;
    active.last_sequence = producer.last_sequence;
    active.last_timestamp = producer.last_timestamp_ms;
    active.coordinator_epoch = producer.coordinator_epoch;
    active.current_txn_start_offset = producer.current_txn_start_offset;
  }
}

}  // namespace

void HandleDescribeProducers(RequestContext& context, const DescribeProducersRequest& request,
                             Responder<DescribeProducersResponse> respond) {
  const Access access(context);
  DescribeProducersResponse response;
  for (const auto& topic : request.topics) {
    auto& answers = response.topics.Add(context.arena());
    answers.name = topic.name;
    const bool may_read = access.ToTopic(AclOperation::kRead, topic.name);
    for (const int32_t partition : topic.partition_indexes) {
      auto& answer = answers.partitions.Add(context.arena());
      answer.partition_index = partition;
      if (may_read) {
        Describe(context, topic.name, &answer);
      } else {
        answer.error_code = ErrorCode::kTopicAuthorizationFailed;
        answer.error_message = ErrorMessage(answer.error_code);
      }
    }
  }
  respond.Send(response);
}

}  // namespace odradek::api
