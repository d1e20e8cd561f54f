// Metadata (3) v0-13. Brokers and topics; creates topics that are asked for by name.
//   v0 an empty list asks for all topics   v1 null asks for all, an empty list for none;
//   controller_id v2 cluster_id   v4 allow_auto_topic_creation   v5 offline_replicas   v6
//   LISTENER_NOT_FOUND v7 leader_epoch   v8 authorized operations   v9 flexible   v10 topic_id in
//   answers v11 no cluster operations   v12 topics by id   v13 error_code
// Deviations from Apache Kafka: a topic is created before the answer, so that the first answer has
// its leaders; Kafka answers UNKNOWN_TOPIC_OR_PARTITION once. The controller is always the first
// broker.
#include <set>
#include <vector>

#include "api/authorize.h"
#include "api/cluster/broker_endpoints.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "metadata/topic_name.h"
#include "protocol/message/metadata.h"

namespace odradek::api {
namespace {

using metadata::PartitionInfo;
using metadata::TopicRef;

constexpr int16_t kFirstWithListenerError = 6;
constexpr int16_t kFirstWithTopicIds = 12;

class Answer {
 public:
  Answer(RequestContext& context, const MetadataRequest& request)
      : context_(context),
        access_(context),
        request_(request),
        arena_(context.arena()),
        endpoints_(context),
        image_(context.cluster().metadata().image()) {}

  MetadataResponse& Fill() {
    if (HasForeignFields()) return Refuse(ErrorCode::kInvalidRequest);
    if (!AsksById() && HasNamelessTopic()) return Refuse(ErrorCode::kUnknownServerError);
    const bool is_all =
        request_.topics.is_null() || (context_.version() == 0 && request_.topics.empty());
    if (is_all) {
      for (const TopicRef& topic : image_->TopicsByName()) {
        if (MayDescribe(topic->name)) AddTopic(topic);
      }
    } else if (AsksById()) {
      AddByIds();
    } else {
      AddByNames();
    }
    FillCluster();
    return response_;
  }

 private:
  // Ids came with v12; the field is there from v10.
  bool HasForeignFields() const {
    if (context_.version() >= kFirstWithTopicIds) return false;
    return std::any_of(
        request_.topics.begin(), request_.topics.end(),
        [](const MetadataRequestTopic& topic) { return !topic.name || !topic.topic_id.is_zero(); });
  }

  bool HasNamelessTopic() const {
    return std::any_of(request_.topics.begin(), request_.topics.end(),
                       [](const MetadataRequestTopic& topic) { return !topic.name; });
  }

  MetadataResponse& Refuse(ErrorCode error) {
    response_.error_code = error;
    for (const MetadataRequestTopic& asked : request_.topics) {
      MetadataResponseTopic& topic = response_.topics.Add(arena_);
      topic.name = asked.name.value_or("");
      topic.topic_id = asked.topic_id;
      topic.error_code = error;
    }
    return response_;
  }

  // One id makes the names of the others count for nothing, as in Kafka.
  bool AsksById() const {
    return std::any_of(request_.topics.begin(), request_.topics.end(),
                       [](const MetadataRequestTopic& topic) { return !topic.topic_id.is_zero(); });
  }

  void AddByIds() {
    std::set<Uuid> seen;
    for (const MetadataRequestTopic& asked : request_.topics) {
      if (asked.topic_id.is_zero() || !seen.insert(asked.topic_id).second) continue;
      const TopicRef topic = image_->FindTopic(asked.topic_id);
      if (topic != nullptr && MayDescribe(topic->name)) {
        AddTopic(topic);
        continue;
      }
      MetadataResponseTopic& unknown = response_.topics.Add(arena_);
      unknown.error_code =
          topic == nullptr ? ErrorCode::kUnknownTopicId : ErrorCode::kTopicAuthorizationFailed;
      unknown.name = std::nullopt;
      unknown.topic_id = asked.topic_id;
    }
  }

  void AddByNames() {
    std::set<std::string_view> seen;
    for (const MetadataRequestTopic& asked : request_.topics) {
      const std::string_view name = asked.name.value_or("");
      if (!seen.insert(name).second) continue;
      if (!MayDescribe(name)) {
        AddRefused(name, false);
        continue;
      }
      TopicRef topic = image_->FindTopic(name);
      ErrorCode error = ErrorCode::kUnknownTopicOrPartition;
      if (topic == nullptr && MayCreate()) {
        if (!access_.ToCreateTopic(name)) {
          AddRefused(name, metadata::MetadataStore::IsInternalTopic(name));
          continue;
        }
        metadata::CreatedTopic created = context_.cluster().metadata().AutoCreateTopic(name);
        error = created.outcome.error;
        topic = std::move(created.topic);
      } else if (!metadata::IsLegalTopicName(name)) {
        error = ErrorCode::kInvalidTopicException;
      }
      if (topic != nullptr) {
        AddTopic(topic);
      } else {
        AddUnknown(name, error);
      }
    }
  }

  bool MayDescribe(std::string_view topic) const {
    return access_.ToTopic(AclOperation::kDescribe, topic);
  }

  void AddRefused(std::string_view name, bool is_internal) {
    MetadataResponseTopic& topic = response_.topics.Add(arena_);
    topic.error_code = ErrorCode::kTopicAuthorizationFailed;
    topic.name = name;
    topic.is_internal = is_internal;
  }

  bool MayCreate() const {
    return request_.allow_auto_topic_creation &&
           context_.cluster().config().GetBool("auto.create.topics.enable");
  }

  void AddUnknown(std::string_view name, ErrorCode error) {
    MetadataResponseTopic& topic = response_.topics.Add(arena_);
    topic.error_code = error;
    topic.name = name;
    topic.is_internal = metadata::MetadataStore::IsInternalTopic(name);
    SetOperations(&topic);
  }

  void AddTopic(const TopicRef& info) {
    kept_.push_back(info);
    MetadataResponseTopic& topic = response_.topics.Add(arena_);
    topic.name = info->name;
    topic.topic_id = info->id;
    topic.is_internal = info->internal;
    SetOperations(&topic);
    topic.partitions = Array<MetadataResponsePartition>::Make(arena_, info->partitions.size());
    for (size_t i = 0; i < info->partitions.size(); ++i) {
      topic.partitions[i].partition_index = static_cast<int32_t>(i);
      FillPartition(info->partitions[i], &topic.partitions[i]);
    }
  }

  void SetOperations(MetadataResponseTopic* topic) const {
    if (request_.include_topic_authorized_operations)
      topic->topic_authorized_operations = access_.TopicOperations(*topic->name);
  }

  void FillPartition(const PartitionInfo& info, MetadataResponsePartition* partition) {
    partition->leader_id = info.leader;
    partition->leader_epoch = info.leader_epoch;
    partition->replica_nodes = CopyIds(arena_, info.replicas);
    partition->isr_nodes = CopyIds(arena_, info.isr);
    partition->offline_replicas = endpoints_.Missing(arena_, info.replicas);
    if (endpoints_.Has(info.leader)) return;
    partition->leader_id = -1;
    const bool has_no_listener =
        image_->HasBroker(info.leader) && context_.version() >= kFirstWithListenerError;
    partition->error_code =
        has_no_listener ? ErrorCode::kListenerNotFound : ErrorCode::kLeaderNotAvailable;
  }

  void FillCluster() {
    for (const BrokerEndpoints::Entry& entry : endpoints_.entries()) {
      MetadataResponseBroker& broker = response_.brokers.Add(arena_);
      broker.node_id = entry.id;
      broker.host = entry.host;
      broker.port = entry.port;
      if (!entry.rack.empty()) broker.rack = entry.rack;
    }
    response_.cluster_id = image_->cluster_id();
    response_.controller_id = endpoints_.ControllerId(*image_);
    if (request_.include_cluster_authorized_operations) {
      response_.cluster_authorized_operations = access_.ClusterOperations();
    }
  }

  RequestContext& context_;
  const Access access_;
  const MetadataRequest& request_;
  Arena& arena_;
  const BrokerEndpoints endpoints_;
  const metadata::ImageRef image_;
  std::vector<TopicRef> kept_;  // names of the answer live in them
  MetadataResponse response_;
};

}  // namespace

void HandleMetadata(RequestContext& context, const MetadataRequest& request,
                    Responder<MetadataResponse> respond) {
  Answer answer(context, request);
  respond.Send(answer.Fill());
}

}  // namespace odradek::api
