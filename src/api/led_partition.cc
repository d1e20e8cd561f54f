#include "api/led_partition.h"

#include <utility>

#include "api/errors.h"

namespace odradek::api {

namespace {

LedPartition Find(RequestContext& context, std::string_view topic, const Uuid& topic_id,
                  int32_t partition, int32_t current_leader_epoch, bool on_followers) {
  LedPartition found;
  const metadata::ImageRef image = context.cluster().metadata().image();
  const bool by_id = !topic_id.is_zero();
  found.topic = by_id ? image->FindTopic(topic_id) : image->FindTopic(topic);
  if (found.topic == nullptr || partition < 0 ||
      static_cast<size_t>(partition) >= found.topic->partitions.size()) {
    found.error = by_id && found.topic == nullptr ? ErrorCode::kUnknownTopicId
                                                  : ErrorCode::kUnknownTopicOrPartition;
    return found;
  }
  found.info = &found.topic->partitions[static_cast<size_t>(partition)];
  if (current_leader_epoch >= 0 && current_leader_epoch != found.info->leader_epoch) {
    found.error = current_leader_epoch < found.info->leader_epoch ? ErrorCode::kFencedLeaderEpoch
                                                                  : ErrorCode::kUnknownLeaderEpoch;
    return found;
  }
  const broker::Node& node = context.node();
  if (!node.Leads(*found.info) && !(on_followers && node.Follows(*found.info))) {
    found.error = ErrorCode::kNotLeaderOrFollower;
    return found;
  }
  Result<broker::PartitionRef> opened =
      context.cluster().partitions().Find(*found.topic, partition);
  if (opened.ok())
    found.partition = std::move(opened).value();
  else
    found.error = ErrorFrom(opened.status());  // the log has told of it
  return found;
}

}  // namespace

LedPartition FindLedPartition(RequestContext& context, std::string_view topic, const Uuid& topic_id,
                              int32_t partition, int32_t current_leader_epoch) {
  return Find(context, topic, topic_id, partition, current_leader_epoch, false);
}

LedPartition FindReplica(RequestContext& context, std::string_view topic, int32_t partition) {
  return Find(context, topic, {}, partition, -1, true);
}

}  // namespace odradek::api
