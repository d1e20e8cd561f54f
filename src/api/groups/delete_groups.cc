// DeleteGroups (42) v0-2. Removes groups without members, with their offsets.
//   v1 throttled after the answer   v2 flexible
// Each group that was asked for is answered once, also if it was named twice.
// Deviations from Apache Kafka: results come in the order of the request.
#include <set>
#include <string_view>
#include <vector>

#include "api/authorize.h"
#include "api/groups/gather.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/delete_groups.h"

namespace odradek::api {
namespace {

void Send(const Array<std::string_view>& ids, const std::vector<ErrorCode>& errors,
          Responder<DeleteGroupsResponse>& respond) {
  DeleteGroupsResponse response;
  response.results =
      Array<DeleteGroupsResponseDeletableGroupResult>::Make(respond.context().arena(), ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    response.results[i].group_id = ids[i];
    response.results[i].error_code = errors[i];
  }
  respond.Send(response);
}

}  // namespace

void HandleDeleteGroups(RequestContext& context, const DeleteGroupsRequest& request,
                        Responder<DeleteGroupsResponse> respond) {
  std::set<std::string_view> seen;
  Array<std::string_view> ids;
  for (const std::string_view id : request.groups_names) {
    if (seen.insert(id).second) ids.Add(context.arena(), id);
  }
  group::GroupCoordinator& groups = context.cluster().groups();
  const int32_t node = context.node().id();
  const Access access(context);
  const auto gather = Gather<ErrorCode>::Start(
      ids.size(), [ids, respond = std::move(respond)](std::vector<ErrorCode>& errors) mutable {
        Send(ids, errors, respond);
      });
  for (size_t i = 0; i < ids.size(); ++i) {
    if (access.ToGroup(AclOperation::kDelete, ids[i])) {
      groups.DeleteGroup(node, ids[i], gather->Slot(i));
    } else {
      gather->Slot(i)(ErrorCode::kGroupAuthorizationFailed);
    }
  }
}

}  // namespace odradek::api
