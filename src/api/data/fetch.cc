// Fetch (1) v4-18. Reads record batches; waits until min_bytes are there or max_wait_ms are over.
//   v5 log_start_offset   v7 sessions (KIP-227)   v9 current_leader_epoch   v10 zstd   v11 rack
//   (KIP-392) v12 flexible, diverging epochs   v13 topic ids   v15 replica_state   v16
//   node_endpoints (KIP-951) v17 directory ids, v18 high watermark: of replicas, which this broker
//   has none of; ignored
// Deviations from Apache Kafka: answers end at a batch boundary; Kafka may cut the last batch.
#include <algorithm>
#include <utility>
#include <vector>

#include "api/authorize.h"
#include "api/handler.h"
#include "api/led_partition.h"
#include "broker/cluster.h"
#include "protocol/message/fetch.h"

namespace odradek::api {
namespace {

using TopicAnswer = FetchResponseFetchableTopicResponse;
using PartitionAnswer = FetchResponsePartitionData;
using broker::FetchOperation;
using broker::FetchOutcome;
using broker::FetchTarget;

constexpr int16_t kFirstVersionWithFollowerReads = 11;
constexpr int16_t kFirstVersionWithTopicIds = 13;
constexpr int16_t kFirstVersionWithReplicaState = 15;
constexpr int16_t kFirstVersionWithNodeEndpoints = 16;
constexpr int32_t kFinalEpoch = -1;
constexpr int32_t kInitialEpoch = 0;

bool UsesTopicIds(const RequestContext& context) {
  return context.version() >= kFirstVersionWithTopicIds;
}

template <class Visit>
void ForEachTarget(const FetchRequest& request, Visit visit) {
  for (const FetchRequestTopic& topic : request.topics) {
    for (size_t i = 0; i < topic.partitions.size(); ++i) {
      const FetchRequestPartition& partition = topic.partitions[i];
      const bool replaced = i + 1 < topic.partitions.size() &&
                            topic.partitions[i + 1].partition == partition.partition;
      if (replaced) continue;  // named twice: the last one counts
      visit(FetchTarget{.topic = topic.topic,
                        .topic_id = topic.topic_id,
                        .partition = partition.partition,
                        .current_leader_epoch = partition.current_leader_epoch,
                        .fetch_offset = partition.fetch_offset,
                        .last_fetched_epoch = partition.last_fetched_epoch,
                        .max_bytes = partition.partition_max_bytes});
    }
  }
}

// Continues the session that the request names: applies what was added, changed and forgotten.
ErrorCode ContinueSession(RequestContext& context, const FetchRequest& request,
                          FetchOperation* operation) {
  auto& sessions = context.cluster().fetch_sessions();
  broker::FetchSessionRef session = sessions.Find(request.session_id);
  if (session == nullptr) return ErrorCode::kFetchSessionIdNotFound;
  const ErrorCode error = session->Advance(request.session_epoch, UsesTopicIds(context));
  if (error != ErrorCode::kNone) return error;
  ForEachTarget(request, [&](const FetchTarget& target) { session->Put(target); });
  for (const FetchRequestForgottenTopic& topic : request.forgotten_topics_data) {
    for (const int32_t partition : topic.partitions) {
      session->Forget({.topic = topic.topic, .topic_id = topic.topic_id, .partition = partition});
    }
  }
  session->List(context.arena(), &operation->targets);
  if (session->size() == 0) {
    sessions.Remove(request.session_id);
    return ErrorCode::kNone;
  }
  operation->session = std::move(session);
  operation->is_incremental = true;
  return ErrorCode::kNone;
}

// Fills the targets. Errors are of the session and go to the top of the answer.
ErrorCode TakeTargets(RequestContext& context, const FetchRequest& request,
                      FetchOperation* operation) {
  if (request.session_epoch != kInitialEpoch && request.session_epoch != kFinalEpoch) {
    return ContinueSession(context, request, operation);
  }
  if (request.session_id != 0) context.cluster().fetch_sessions().Remove(request.session_id);
  ForEachTarget(request, [&](const FetchTarget& target) { operation->targets.push_back(target); });
  return ErrorCode::kNone;
}

int32_t ReplicaOf(const RequestContext& context, const FetchRequest& request) {
  return context.version() >= kFirstVersionWithReplicaState ? request.replica_state.replica_id
                                                            : request.replica_id;
}

// Consumers read topics; replicas take part in the cluster. Ids without a topic are left to the
// operation, which does not know them either.
void RefuseTargets(RequestContext& context, const FetchRequest& request,
                   std::vector<FetchTarget>* targets) {
  const Access access(context);
  if (access.is_open()) return;
  const metadata::ImageRef image = context.cluster().metadata().image();
  const bool is_consumer = ReplicaOf(context, request) == -1;
  for (FetchTarget& target : *targets) {
    const metadata::TopicRef topic =
        UsesTopicIds(context) ? image->FindTopic(target.topic_id) : nullptr;
    if (UsesTopicIds(context) && topic == nullptr) continue;
    const std::string_view name = topic == nullptr ? target.topic : topic->name;
    target.is_refused = is_consumer ? !access.ToTopic(AclOperation::kRead, name)
                                    : !access.ToCluster(AclOperation::kClusterAction);
  }
}

broker::FetchParameters ParametersOf(const RequestContext& context, const FetchRequest& request) {
  broker::FetchParameters parameters;
  parameters.max_wait_ms = request.max_wait_ms;
  parameters.max_bytes =
      std::min<int64_t>(std::max(request.max_bytes, 0), context.cluster().fetch_max_bytes());
  parameters.min_bytes = std::min<int64_t>(request.min_bytes, parameters.max_bytes);
  parameters.read_committed = request.isolation_level == 1;
  parameters.by_topic_id = UsesTopicIds(context);
  parameters.is_consumer = ReplicaOf(context, request) == -1;
  parameters.may_read_follower =
      parameters.is_consumer && context.version() >= kFirstVersionWithFollowerReads;
  parameters.rack = request.rack_id;
  return parameters;
}

// Builds the answer of one finished operation.
class FetchAnswer {
 public:
  FetchAnswer(RequestContext& context, FetchOperation& operation, FetchResponse* response)
      : context_(context), operation_(operation), response_(*response) {}

  void Build(int32_t session_epoch) {
    if (session_epoch == kInitialEpoch) OpenSession();
    if (operation_.session != nullptr) response_.session_id = operation_.session->id();
    for (const FetchOutcome& outcome : operation_.outcomes()) {
      const bool told = operation_.session == nullptr ||
                        operation_.session->Note(Summary(outcome), operation_.is_incremental) ||
                        !operation_.is_incremental;
      if (told) Fill(outcome, &PartitionOf(outcome));
    }
  }

 private:
  void OpenSession() {
    operation_.session = context_.cluster().fetch_sessions().Create(operation_.targets.size(),
                                                                    UsesTopicIds(context_));
    if (operation_.session == nullptr) return;
    for (const FetchTarget& target : operation_.targets) operation_.session->Put(target);
  }

  static broker::FetchAnswer Summary(const FetchOutcome& outcome) {
    return {.target = outcome.target,
            .has_records = outcome.bytes > 0,
            .is_exceptional = outcome.error != ErrorCode::kNone || outcome.diverging.epoch >= 0 ||
                              outcome.preferred_read_replica >= 0,
            .failed = outcome.error != ErrorCode::kNone,
            .high_watermark = outcome.high_watermark,
            .log_start_offset = outcome.log_start_offset};
  }

  // Neighbouring partitions of one topic share its entry.
  PartitionAnswer& PartitionOf(const FetchOutcome& outcome) {
    const bool same =
        !response_.responses.empty() &&
        (UsesTopicIds(context_) ? response_.responses.back().topic_id == outcome.target.topic_id
                                : response_.responses.back().topic == outcome.target.topic);
    if (!same) {
      TopicAnswer& topic = response_.responses.Add(context_.arena());
      topic.topic = outcome.target.topic;
      topic.topic_id = outcome.target.topic_id;
    }
    return response_.responses.back().partitions.Add(context_.arena());
  }

  void Fill(const FetchOutcome& outcome, PartitionAnswer* answer) {
    answer->partition_index = outcome.target.partition;
    answer->error_code = outcome.error;
    answer->high_watermark = outcome.high_watermark;
    answer->last_stable_offset = outcome.last_stable_offset;
    answer->log_start_offset = outcome.log_start_offset;
    answer->preferred_read_replica = outcome.preferred_read_replica;
    if (outcome.diverging.epoch >= 0) {
      answer->diverging_epoch.epoch = outcome.diverging.epoch;
      answer->diverging_epoch.end_offset = outcome.diverging.end_offset;
    }
    HintLeader(outcome, answer);
    FillAborted(outcome, answer);
    answer->records = RecordSet::Empty();
    if (outcome.slice_count > 0) {
      answer->records = RecordSet::Slices(
          {operation_.slices().data() + outcome.first_slice, outcome.slice_count});
    }
  }

  void HintLeader(const FetchOutcome& outcome, PartitionAnswer* answer) {
    const bool stale = outcome.error == ErrorCode::kNotLeaderOrFollower ||
                       outcome.error == ErrorCode::kFencedLeaderEpoch;
    if (!stale || context_.version() < kFirstVersionWithNodeEndpoints) return;
    answer->current_leader.leader_id = outcome.leader_id;
    answer->current_leader.leader_epoch = outcome.leader_epoch;
    AddNodeEndpoint(context_, outcome.leader_id, &response_.node_endpoints);
  }

  void FillAborted(const FetchOutcome& outcome, PartitionAnswer* answer) {
    if (outcome.failed_before_read) return;  // an empty list then, null otherwise, as in Kafka
    answer->aborted_transactions = Array<FetchResponseAbortedTransaction>::Null();
    const bool wanted = operation_.parameters.read_committed && outcome.error == ErrorCode::kNone;
    if (!wanted) return;
    answer->aborted_transactions =
        Array<FetchResponseAbortedTransaction>::Make(context_.arena(), outcome.aborted_count);
    for (size_t i = 0; i < outcome.aborted_count; ++i) {
      const storage::AbortedTransaction& aborted = operation_.aborted()[outcome.first_aborted + i];
      answer->aborted_transactions[i].producer_id = aborted.producer_id;
      answer->aborted_transactions[i].first_offset = aborted.first_offset;
    }
  }

  RequestContext& context_;
  FetchOperation& operation_;
  FetchResponse& response_;
};

}  // namespace

void HandleFetch(RequestContext& context, const FetchRequest& request,
                 Responder<FetchResponse> respond) {
  FetchOperation* operation = context.cluster().fetch_operations().Take();
  const ErrorCode error = TakeTargets(context, request, operation);
  if (error != ErrorCode::kNone) {
    context.cluster().fetch_operations().Return(operation);
    FetchResponse response;
    response.error_code = error;
    return respond.Send(response);
  }
  RefuseTargets(context, request, &operation->targets);
  operation->parameters = ParametersOf(context, request);
  const int32_t epoch = request.session_epoch;
  operation->Start(context.node(), context.exchange().scheduler(),
                   [respond = std::move(respond), epoch](FetchOperation& done) mutable {
                     FetchResponse response;
                     FetchAnswer(respond.context(), done, &response).Build(epoch);
                     respond.Send(response);
                   });
}

}  // namespace odradek::api
