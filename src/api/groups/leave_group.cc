// LeaveGroup (13) v0-5. Members go, or an administrator removes static ones by instance id.
//   v1 throttle_time_ms   v2 throttled after the answer   v3 several members (KIP-345)   v4
//   flexible v5 reason (KIP-800)
// Deviations from Apache Kafka: none.
#include "protocol/message/leave_group.h"
#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstWithMembers = 3;

void Send(const LeaveGroupRequest& request, const group::LeaveAnswer& answer,
          Responder<LeaveGroupResponse>& respond) {
  RequestContext& context = respond.context();
  LeaveGroupResponse response;
  response.error_code = answer.error;
  if (context.version() < kFirstWithMembers) {
    if (answer.error == ErrorCode::kNone) response.error_code = answer.members.at(0);
    respond.Send(response);
    return;
  }
  response.members =
      Array<LeaveGroupResponseMemberResponse>::Make(context.arena(), answer.members.size());
  for (size_t i = 0; i < answer.members.size(); ++i) {
    response.members[i].member_id = request.members[i].member_id;
    response.members[i].group_instance_id = request.members[i].group_instance_id;
    response.members[i].error_code = answer.members[i];
  }
  respond.Send(response);
}

}  // namespace

void HandleLeaveGroup(RequestContext& context, const LeaveGroupRequest& request,
                      Responder<LeaveGroupResponse> respond) {
  if (!Access(context).ToGroup(AclOperation::kRead, request.group_id))
    return Send(request, {.error = ErrorCode::kGroupAuthorizationFailed}, respond);
  Array<group::LeavingMember> members;
  if (context.version() < kFirstWithMembers) {
    members.Add(context.arena(), {.member = request.member_id});
  }
  for (const LeaveGroupRequestMemberIdentity& member : request.members) {
    members.Add(context.arena(), {.member = member.member_id,
                                  .instance = member.group_instance_id,
                                  .reason = member.reason.value_or("")});
  }
  context.cluster().groups().Leave(
      context.node().id(), {.group = request.group_id, .members = {members.data(), members.size()}},
      [&request, respond = std::move(respond)](group::LeaveAnswer answer) mutable {
        Send(request, answer, respond);
      });
}

}  // namespace odradek::api
