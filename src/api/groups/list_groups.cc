// ListGroups (16) v0-5. The groups that this broker coordinates.
//   v1 throttle_time_ms   v2 throttled after the answer   v3 flexible   v4 states_filter,
//   group_state v5 types_filter, group_type
// Filters ignore case; a name that no state or type has matches nothing.
// Deviations from Apache Kafka: groups come sorted by id.
#include "protocol/message/list_groups.h"
#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"

namespace odradek::api {

void HandleListGroups(RequestContext& context, const ListGroupsRequest& request,
                      Responder<ListGroupsResponse> respond) {
  const group::ListAnswer answer = context.cluster().groups().List(
      context.node().id(), {request.states_filter.data(), request.states_filter.size()},
      {request.types_filter.data(), request.types_filter.size()});
  const Access access(context);
  const bool sees_all = access.ToCluster(AclOperation::kDescribe);
  ListGroupsResponse response;
  response.error_code = answer.error;
  for (const auto& group : answer.groups) {
    if (!sees_all && !access.ToGroup(AclOperation::kDescribe, group.id)) continue;
    ListGroupsResponseListedGroup& listed = response.groups.Add(context.arena());
    listed.group_id = group.id;
    listed.protocol_type = group.protocol_type;
    listed.group_state = group.state;
    listed.group_type = group.type;
  }
  respond.Send(response);
}

}  // namespace odradek::api
