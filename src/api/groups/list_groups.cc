// ListGroups (16) v0-5. The groups that this broker coordinates.
//   v1 throttle_time_ms   v2 throttled after the answer   v3 flexible   v4 states_filter,
//   group_state v5 types_filter, group_type
// Filters ignore case; a name that no state or type has matches nothing.
// Deviations from Apache Kafka: groups come sorted by id.
#include "protocol/message/list_groups.h"
#include "api/handler.h"
#include "broker/cluster.h"

namespace odradek::api {

void HandleListGroups(RequestContext& context, const ListGroupsRequest& request,
                      Responder<ListGroupsResponse> respond) {
  const group::ListAnswer answer = context.cluster().groups().List(
      context.node().id(), {request.states_filter.data(), request.states_filter.size()},
      {request.types_filter.data(), request.types_filter.size()});
  ListGroupsResponse response;
  response.error_code = answer.error;
  response.groups =
      Array<ListGroupsResponseListedGroup>::Make(context.arena(), answer.groups.size());
  for (size_t i = 0; i < answer.groups.size(); ++i) {
    response.groups[i].group_id = answer.groups[i].id;
    response.groups[i].protocol_type = answer.groups[i].protocol_type;
    response.groups[i].group_state = answer.groups[i].state;
    response.groups[i].group_type = answer.groups[i].type;
  }
  respond.Send(response);
}

}  // namespace odradek::api
