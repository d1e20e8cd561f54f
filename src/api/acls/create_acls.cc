// CreateAcls (30) v1-3. Adds ACLs; they hold when the answer is out.
//   v1 pattern types   v2 flexible   v3 user resources
// Needs ALTER on the cluster. An ACL that is there already is success.
// Deviations from Apache Kafka: the message of CLUSTER_AUTHORIZATION_FAILED is the error's own.
#include "protocol/message/create_acls.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/authorize.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

using Creation = CreateAclsRequestAclCreation;

metadata::AclBinding BindingOf(const Creation& asked) {
  return {.resource = metadata::AclResourceOf(asked.resource_type),
          .pattern = metadata::AclPatternOf(asked.resource_pattern_type),
          .name = std::string(asked.resource_name),
          .principal = std::string(asked.principal),
          .host = std::string(asked.host),
          .operation = metadata::AclOperationOf(asked.operation),
          .permission = metadata::AclPermissionOf(asked.permission_type)};
}

// Kafka does not parse such a request and closes the connection.
bool SaysUnknown(const Creation& asked) {
  return asked.resource_type == 0 || asked.resource_pattern_type == 0 || asked.operation == 0 ||
         asked.permission_type == 0;
}

// What only filters may say: Kafka fails the request as a whole.
bool IsFilter(const Creation& asked) {
  return asked.resource_type == static_cast<int8_t>(metadata::AclResource::kAny) ||
         asked.resource_pattern_type == static_cast<int8_t>(metadata::AclPattern::kAny) ||
         asked.resource_pattern_type == static_cast<int8_t>(metadata::AclPattern::kMatch) ||
         asked.operation == static_cast<int8_t>(AclOperation::kAny) ||
         asked.permission_type == static_cast<int8_t>(metadata::AclPermission::kAny);
}

std::vector<metadata::Outcome> Create(RequestContext& context, const CreateAclsRequest& request) {
  const auto refuse_all = [&](ErrorCode error, std::string_view message) {
    return std::vector<metadata::Outcome>(request.creations.size(), {error, std::string(message)});
  };
  if (!context.cluster().has_authorizer())
    return refuse_all(ErrorCode::kSecurityDisabled, "No Authorizer is configured.");
  if (!Access(context).ToCluster(AclOperation::kAlter)) {
    const ErrorCode error = ErrorCode::kClusterAuthorizationFailed;
    return refuse_all(error, ErrorMessage(error));
  }
  if (std::any_of(request.creations.begin(), request.creations.end(), IsFilter)) {
    const ErrorCode error = ErrorCode::kUnknownServerError;
    return refuse_all(error, ErrorMessage(error));
  }
  std::vector<metadata::AclBinding> acls;
  for (const Creation& asked : request.creations) acls.push_back(BindingOf(asked));
  return context.cluster().metadata().CreateAcls(acls);
}

}  // namespace

void HandleCreateAcls(RequestContext& context, const CreateAclsRequest& request,
                      Responder<CreateAclsResponse> respond) {
  if (std::any_of(request.creations.begin(), request.creations.end(), SaysUnknown))
    return respond.Abort("an ACL of CreateAcls is of unknown kind");
  const std::vector<metadata::Outcome> outcomes = Create(context, request);
  CreateAclsResponse response;
  for (const metadata::Outcome& outcome : outcomes) {
    CreateAclsResponseAclCreationResult& result = response.results.Add(context.arena());
    result.error_code = outcome.error;
    if (!outcome.ok()) result.error_message = outcome.message;
  }
  respond.Send(response);
}

}  // namespace odradek::api
