// DeleteAcls (31) v1-3. Removes the ACLs that filters choose, and tells which those were.
//   v1 pattern types   v2 flexible   v3 user resources
// Needs ALTER on the cluster. Every filter is answered as if it were the only one.
// Deviations from Apache Kafka: ACLs come sorted; the message of CLUSTER_AUTHORIZATION_FAILED is
// the error's own.
#include "protocol/message/delete_acls.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "api/acls/acl_messages.h"
#include "api/authorize.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

using metadata::DeletedAcls;

std::vector<DeletedAcls> Delete(RequestContext& context, const DeleteAclsRequest& request) {
  const auto refuse_all = [&](ErrorCode error, std::string_view message) {
    const DeletedAcls refused = {{error, std::string(message)}, {}};
    return std::vector<DeletedAcls>(request.filters.size(), refused);
  };
  if (!context.cluster().has_authorizer())
    return refuse_all(ErrorCode::kSecurityDisabled, "No Authorizer is configured.");
  if (!Access(context).ToCluster(AclOperation::kAlter)) {
    const ErrorCode error = ErrorCode::kClusterAuthorizationFailed;
    return refuse_all(error, ErrorMessage(error));
  }
  std::vector<metadata::AclFilter> filters;
  for (const DeleteAclsRequestFilter& asked : request.filters)
    filters.push_back(AclFilterOf(asked));
  return context.cluster().metadata().DeleteAcls(filters);
}

void AddMatch(Arena& arena, const metadata::AclBinding& acl,
              DeleteAclsResponseFilterResult* result) {
  DeleteAclsResponseMatchingAcl& match = result->matching_acls.Add(arena);
  match.error_message = std::nullopt;
  match.resource_type = static_cast<int8_t>(acl.resource);
  match.resource_name = acl.name;
  match.pattern_type = static_cast<int8_t>(acl.pattern);
  match.principal = acl.principal;
  match.host = acl.host;
  match.operation = static_cast<int8_t>(acl.operation);
  match.permission_type = static_cast<int8_t>(acl.permission);
}

}  // namespace

void HandleDeleteAcls(RequestContext& context, const DeleteAclsRequest& request,
                      Responder<DeleteAclsResponse> respond) {
  if (std::any_of(request.filters.begin(), request.filters.end(),
                  SaysUnknown<DeleteAclsRequestFilter>))
    return respond.Abort("a filter of DeleteAcls is of unknown kind");
  const std::vector<DeletedAcls> deleted = Delete(context, request);
  DeleteAclsResponse response;
  for (const DeletedAcls& of_filter : deleted) {
    DeleteAclsResponseFilterResult& result = response.filter_results.Add(context.arena());
    result.error_code = of_filter.outcome.error;
    result.error_message = std::nullopt;
    if (!of_filter.outcome.ok()) result.error_message = of_filter.outcome.message;
    for (const metadata::AclBinding& acl : of_filter.acls) AddMatch(context.arena(), acl, &result);
  }
  respond.Send(response);
}

}  // namespace odradek::api
