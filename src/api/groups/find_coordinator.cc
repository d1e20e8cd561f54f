// FindCoordinator (10) v0-6. Which broker coordinates a group.
//   v1 key_type, error_message, throttle_time_ms   v2 throttled after the answer   v3 flexible
//   v4 several keys   v5 TRANSACTION_ABORTABLE   v6 share coordinators
// Deviations from Apache Kafka: __consumer_offsets is created before the answer; Kafka answers
// COORDINATOR_NOT_AVAILABLE once. Transactional ids are refused with
// TRANSACTIONAL_ID_AUTHORIZATION_FAILED until transactions are served, share partitions with
// INVALID_REQUEST.
#include <optional>
#include <string>

#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/find_coordinator.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstWithSeveralKeys = 4;
constexpr int8_t kGroupKey = 0;
constexpr int8_t kTransactionKey = 1;

struct Found {
  ErrorCode error = ErrorCode::kNone;
  int32_t node = -1;
  std::string_view host = {};
  int32_t port = -1;
};

ErrorCode CheckType(int8_t type) {
  switch (type) {
    case kGroupKey:
      return ErrorCode::kNone;
    case kTransactionKey:
      return ErrorCode::kTransactionalIdAuthorizationFailed;
    default:
      return ErrorCode::kInvalidRequest;
  }
}

Found Find(RequestContext& context, int8_t type, std::string_view key) {
  if (const ErrorCode error = CheckType(type); error != ErrorCode::kNone) return {.error = error};
  if (!Access(context).ToGroup(AclOperation::kDescribe, key))
    return {.error = ErrorCode::kGroupAuthorizationFailed};
  broker::Cluster& cluster = context.cluster();
  const group::Location location = cluster.groups().Find(key);
  if (location.error != ErrorCode::kNone) return {.error = location.error};
  const broker::Node* node = cluster.FindNode(location.node);
  const std::optional<broker::Endpoint> endpoint =
      node == nullptr ? std::nullopt : node->AdvertisedFor(context.connection());
  if (!endpoint) return {.error = ErrorCode::kCoordinatorNotAvailable};  // not by this listener
  return {
      .node = location.node, .host = context.arena().Copy(endpoint->host), .port = endpoint->port};
}

// The single key of older versions; success has a message, too.
void FillSingle(RequestContext& context, const FindCoordinatorRequest& request,
                FindCoordinatorResponse* response) {
  const Found found = Find(context, request.key_type, request.key);
  response->error_code = found.error;
  response->error_message = found.error == ErrorCode::kNone ? "NONE" : ErrorMessage(found.error);
  response->node_id = found.node;
  response->host = found.host;
  response->port = found.port;
}

void FillSeveral(RequestContext& context, const FindCoordinatorRequest& request,
                 FindCoordinatorResponse* response) {
  using Coordinator = FindCoordinatorResponseCoordinator;
  response->coordinators =
      Array<Coordinator>::Make(context.arena(), request.coordinator_keys.size());
  for (size_t i = 0; i < request.coordinator_keys.size(); ++i) {
    Coordinator& coordinator = response->coordinators[i];
    coordinator.key = request.coordinator_keys[i];
    const Found found = Find(context, request.key_type, coordinator.key);
    coordinator.error_code = found.error;
    coordinator.node_id = found.node;
    coordinator.host = found.host;
    coordinator.port = found.port;
  }
}

}  // namespace

void HandleFindCoordinator(RequestContext& context, const FindCoordinatorRequest& request,
                           Responder<FindCoordinatorResponse> respond) {
  FindCoordinatorResponse response;
  if (context.version() < kFirstWithSeveralKeys) {
    FillSingle(context, request, &response);
  } else {
    FillSeveral(context, request, &response);
  }
  respond.Send(response);
}

}  // namespace odradek::api
