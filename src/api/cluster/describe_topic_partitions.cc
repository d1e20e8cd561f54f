// DescribeTopicPartitions (75) v0. Topics in portions, by name; the cursor says where to go on.
// An empty list asks for all topics. Names that do not exist are answered, but not counted.
// Deviations from Apache Kafka: none.
#include <algorithm>
#include <set>
#include <vector>

#include "api/authorize.h"
#include "api/cluster/broker_endpoints.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "metadata/topic_name.h"
#include "protocol/message/describe_topic_partitions.h"

namespace odradek::api {
namespace {

using metadata::PartitionInfo;
using metadata::TopicRef;

class Answer {
 public:
  Answer(RequestContext& context, const DescribeTopicPartitionsRequest& request)
      : request_(request),
        access_(context),
        arena_(context.arena()),
        endpoints_(context),
        image_(context.cluster().metadata().image()) {
    const int64_t limit = context.cluster().config().GetInt("max.request.partition.size.limit");
    left_ = std::max<int64_t>(std::min<int64_t>(limit, request.response_partition_limit), 1);
  }

  DescribeTopicPartitionsResponse& Fill() {
    const std::string_view from =
        request_.cursor ? request_.cursor->topic_name : std::string_view();
    const bool is_all = request_.topics.empty();
    std::set<std::string_view> names;
    if (is_all) {
      kept_ = image_->TopicsByName();
      for (const TopicRef& topic : kept_) names.insert(topic->name);
    } else {
      for (const auto& topic : request_.topics) names.insert(topic.name);
    }
    names.erase(names.begin(), names.lower_bound(from));
    if (request_.cursor &&
        (request_.cursor->partition_index < 0 || (!is_all && !names.contains(from)))) {
      return Refuse();
    }
    std::vector<std::string_view> refused;
    std::erase_if(names, [&](std::string_view name) {
      if (access_.ToTopic(AclOperation::kDescribe, name)) return false;
      if (!is_all) refused.push_back(name);
      return true;
    });
    AddTopics(names);
    for (const std::string_view name : refused) AddRefused(name);
    return response_;
  }

 private:
  void AddTopics(const std::set<std::string_view>& names) {
    for (const std::string_view name : names) {
      if (left_ == 0) {
        SetCursor(name, 0);
        break;
      }
      const TopicRef topic = image_->FindTopic(name);
      if (topic == nullptr) {
        AddUnknown(name);
      } else if (!AddTopic(topic, FirstPartitionOf(name))) {
        break;
      }
    }
  }

  int32_t FirstPartitionOf(std::string_view name) const {
    const bool goes_on = request_.cursor && name == request_.cursor->topic_name;
    return goes_on ? request_.cursor->partition_index : 0;
  }

  void AddRefused(std::string_view name) {
    DescribeTopicPartitionsResponseTopic& topic = response_.topics.Add(arena_);
    topic.name = name;
    topic.error_code = ErrorCode::kTopicAuthorizationFailed;
  }

  DescribeTopicPartitionsResponse& Refuse() {
    for (const auto& asked : request_.topics) {
      DescribeTopicPartitionsResponseTopic& topic = response_.topics.Add(arena_);
      topic.name = asked.name;
      topic.error_code = ErrorCode::kInvalidRequest;
    }
    return response_;
  }

  void SetCursor(std::string_view topic, int32_t partition) {
    response_.next_cursor.emplace();
    response_.next_cursor->topic_name = topic;
    response_.next_cursor->partition_index = partition;
  }

  void AddUnknown(std::string_view name) {
    DescribeTopicPartitionsResponseTopic& topic = response_.topics.Add(arena_);
    topic.name = name;
    topic.is_internal = metadata::MetadataStore::IsInternalTopic(name);
    topic.topic_authorized_operations = access_.TopicOperations(name);
    topic.error_code = metadata::IsLegalTopicName(name) ? ErrorCode::kUnknownTopicOrPartition
                                                        : ErrorCode::kInvalidTopicException;
  }

  // False if the topic did not fit whole.
  bool AddTopic(const TopicRef& info, int32_t first) {
    DescribeTopicPartitionsResponseTopic& topic = response_.topics.Add(arena_);
    topic.name = info->name;
    topic.topic_id = info->id;
    topic.is_internal = info->internal;
    topic.topic_authorized_operations = access_.TopicOperations(info->name);
    const auto count = static_cast<int64_t>(info->partitions.size());
    const int64_t end = std::min(count, first + left_);
    for (int64_t i = first; i < end; ++i) {
      AddPartition(static_cast<int32_t>(i), info->partitions[static_cast<size_t>(i)], &topic);
    }
    kept_.push_back(info);
    left_ -= std::max<int64_t>(end - first, 0);
    if (end >= count) return true;
    SetCursor(info->name, static_cast<int32_t>(end));
    return false;
  }

  void AddPartition(int32_t index, const PartitionInfo& info,
                    DescribeTopicPartitionsResponseTopic* topic) {
    DescribeTopicPartitionsResponsePartition& partition = topic->partitions.Add(arena_);
    partition.partition_index = index;
    partition.leader_id = endpoints_.Has(info.leader) ? info.leader : -1;
    partition.leader_epoch = info.leader_epoch;
    partition.replica_nodes = CopyIds(arena_, info.replicas);
    partition.isr_nodes = CopyIds(arena_, info.isr);
    partition.eligible_leader_replicas = {};
    partition.last_known_elr = {};
    partition.offline_replicas = endpoints_.Missing(arena_, info.replicas);
  }

  const DescribeTopicPartitionsRequest& request_;
  const Access access_;
  Arena& arena_;
  const BrokerEndpoints endpoints_;
  const metadata::ImageRef image_;
  std::vector<TopicRef> kept_;  // names of the answer live in them
  int64_t left_;
  DescribeTopicPartitionsResponse response_;
};

}  // namespace

void HandleDescribeTopicPartitions(RequestContext& context,
                                   const DescribeTopicPartitionsRequest& request,
                                   Responder<DescribeTopicPartitionsResponse> respond) {
  Answer answer(context, request);
  respond.Send(answer.Fill());
}

}  // namespace odradek::api
