// SyncGroup (14) v0-5. The leader hands in the assignment, everybody takes a share; parked until
// then.
//   v1 throttle_time_ms   v2 throttled after the answer   v3 group_instance_id   v4 flexible
//   v5 protocol_type, protocol_name (KIP-559): must be given
// Deviations from Apache Kafka: an older SyncGroup of the same member that is still parked is
// answered with REBALANCE_IN_PROGRESS; Kafka never answers it.
#include "protocol/message/sync_group.h"
#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstWithProtocol = 5;

void Send(const group::SyncAnswer& answer, Responder<SyncGroupResponse>& respond) {
  SyncGroupResponse response;
  response.error_code = answer.error;
  if (answer.protocol_type) response.protocol_type = *answer.protocol_type;
  if (answer.protocol) response.protocol_name = *answer.protocol;
  response.assignment = answer.assignment;
  respond.Send(response);
}

}  // namespace

void HandleSyncGroup(RequestContext& context, const SyncGroupRequest& request,
                     Responder<SyncGroupResponse> respond) {
  const bool names_protocol = request.protocol_type && request.protocol_name;
  if (context.version() >= kFirstWithProtocol && !names_protocol) {
    Send({.error = ErrorCode::kInconsistentGroupProtocol}, respond);
    return;
  }
  if (!Access(context).ToGroup(AclOperation::kRead, request.group_id))
    return Send({.error = ErrorCode::kGroupAuthorizationFailed}, respond);
  const auto assignments =
      Array<group::AssignmentView>::Make(context.arena(), request.assignments.size());
  for (size_t i = 0; i < assignments.size(); ++i) {
    assignments[i] = {request.assignments[i].member_id, request.assignments[i].assignment};
  }
  group::SyncCommand command;
  command.group = request.group_id;
  command.member = request.member_id;
  command.instance = request.group_instance_id;
  command.generation = request.generation_id;
  command.protocol_type = request.protocol_type;
  command.protocol = request.protocol_name;
  command.assignments = {assignments.data(), assignments.size()};
  context.cluster().groups().Sync(
      context.node().id(), command,
      [respond = std::move(respond)](group::SyncAnswer answer) mutable { Send(answer, respond); });
}

}  // namespace odradek::api
