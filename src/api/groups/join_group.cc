// JoinGroup (11) v0-9. Enters a classic group, or its next generation; parked until all have
// joined.
//   v1 rebalance_timeout_ms (v0: the session's)   v2 throttle_time_ms   v3 throttled after the
//   answer v4 MEMBER_ID_REQUIRED (KIP-394)   v5 group_instance_id (KIP-345)   v6 flexible   v7
//   protocol_type v8 reason (KIP-800)   v9 skip_assignment (KIP-814)
// Deviations from Apache Kafka: when a member joins again while its JoinGroup is parked, the older
// one is answered with REBALANCE_IN_PROGRESS; Kafka never answers it. A parked SyncGroup of a
// member that leaves is answered with UNKNOWN_MEMBER_ID; Kafka never answers it.
#include "protocol/message/join_group.h"
#include "api/authorize.h"
#include "api/groups/client_host.h"
#include "api/handler.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

constexpr int16_t kFirstWithRebalanceTimeout = 1;
constexpr int16_t kFirstWithKnownMemberId = 4;
constexpr int16_t kFirstWithNullProtocol = 7;
constexpr int16_t kFirstWithSkipAssignment = 9;

void Send(const group::JoinAnswer& answer, Responder<JoinGroupResponse>& respond) {
  RequestContext& context = respond.context();
  JoinGroupResponse response;
  response.error_code = answer.error;
  response.generation_id = answer.generation;
  if (answer.protocol_type) response.protocol_type = *answer.protocol_type;
  if (answer.protocol) response.protocol_name = *answer.protocol;
  if (context.version() >= kFirstWithNullProtocol && response.protocol_name->empty()) {
    response.protocol_name = std::nullopt;
  }
  response.leader = answer.leader;
  response.skip_assignment = answer.skip_assignment;
  response.member_id = answer.member;
  response.members = Array<JoinGroupResponseMember>::Make(context.arena(), answer.members.size());
  for (size_t i = 0; i < answer.members.size(); ++i) {
    const group::JoinedMember& member = answer.members[i];
    response.members[i].member_id = member.id;
    if (member.instance) response.members[i].group_instance_id = *member.instance;
    response.members[i].metadata = member.metadata;
  }
  respond.Send(response);
}

}  // namespace

void HandleJoinGroup(RequestContext& context, const JoinGroupRequest& request,
                     Responder<JoinGroupResponse> respond) {
  if (!Access(context).ToGroup(AclOperation::kRead, request.group_id))
    return Send({.error = ErrorCode::kGroupAuthorizationFailed}, respond);
  Arena& arena = context.arena();
  const auto protocols = Array<group::ProtocolView>::Make(arena, request.protocols.size());
  for (size_t i = 0; i < protocols.size(); ++i) {
    protocols[i] = {request.protocols[i].name, request.protocols[i].metadata};
  }
  const std::string host = ClientHost(context.connection().peer_host);
  group::JoinCommand command;
  command.group = request.group_id;
  command.member = request.member_id;
  command.instance = request.group_instance_id;
  command.client_id = context.client_id();
  command.client_host = host;
  command.protocol_type = request.protocol_type;
  command.protocols = {protocols.data(), protocols.size()};
  command.session_timeout_ms = request.session_timeout_ms;
  command.rebalance_timeout_ms = context.version() < kFirstWithRebalanceTimeout
                                     ? request.session_timeout_ms
                                     : request.rebalance_timeout_ms;
  command.reason = request.reason.value_or("");
  command.needs_known_member_id = context.version() >= kFirstWithKnownMemberId;
  command.takes_skip_assignment = context.version() >= kFirstWithSkipAssignment;
  context.cluster().groups().Join(
      context.node().id(), command,
      [respond = std::move(respond)](group::JoinAnswer answer) mutable { Send(answer, respond); });
}

}  // namespace odradek::api
