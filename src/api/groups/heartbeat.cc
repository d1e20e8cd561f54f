// Heartbeat (12) v0-4. Classic groups; members of consumer groups use ConsumerGroupHeartbeat (68).
//   v1 throttle_time_ms   v2 throttled after the answer   v3 group_instance_id   v4 flexible
// Deviations from Apache Kafka: none.
#include "protocol/message/heartbeat.h"
#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"

namespace odradek::api {

void HandleHeartbeat(RequestContext& context, const HeartbeatRequest& request,
                     Responder<HeartbeatResponse> respond) {
  HeartbeatResponse response;
  if (!Access(context).ToGroup(AclOperation::kRead, request.group_id)) {
    response.error_code = ErrorCode::kGroupAuthorizationFailed;
    return respond.Send(response);
  }
  response.error_code = context.cluster().groups().Heartbeat(context.node().id(),
                                                             {.group = request.group_id,
                                                              .member = request.member_id,
                                                              .instance = request.group_instance_id,
                                                              .generation = request.generation_id});
  respond.Send(response);
}

}  // namespace odradek::api
