// DescribeAcls (29) v1-3. The ACLs that a filter chooses.
//   v1 pattern types   v2 flexible   v3 user resources
// Needs DESCRIBE on the cluster.
// Deviations from Apache Kafka: resources and ACLs come sorted; the message of
// CLUSTER_AUTHORIZATION_FAILED is the error's own.
#include "protocol/message/describe_acls.h"
#include "api/acls/acl_messages.h"
#include "api/authorize.h"
#include "broker/cluster.h"

namespace odradek::api {
namespace {

using metadata::AclBinding;

// Bindings of one pattern are neighbours.
void Fill(RequestContext& context, const metadata::AclFilter& filter, const metadata::AclSet& acls,
          DescribeAclsResponse* response) {
  Arena& arena = context.arena();
  const AclBinding* last = nullptr;
  for (const AclBinding& acl : acls) {
    if (!filter.Matches(acl)) continue;
    const bool is_same = last != nullptr && last->resource == acl.resource &&
                         last->pattern == acl.pattern && last->name == acl.name;
    if (!is_same) {
      DescribeAclsResponseResource& resource = response->resources.Add(arena);
      resource.resource_type = static_cast<int8_t>(acl.resource);
      resource.pattern_type = static_cast<int8_t>(acl.pattern);
      resource.resource_name = acl.name;
    }
    DescribeAclsResponseAclDescription& description = response->resources.back().acls.Add(arena);
    description.principal = acl.principal;
    description.host = acl.host;
    description.operation = static_cast<int8_t>(acl.operation);
    description.permission_type = static_cast<int8_t>(acl.permission);
    last = &acl;
  }
}

}  // namespace

void HandleDescribeAcls(RequestContext& context, const DescribeAclsRequest& request,
                        Responder<DescribeAclsResponse> respond) {
  if (SaysUnknown(request)) return respond.Abort("a filter of DescribeAcls is of unknown kind");
  DescribeAclsResponse response;
  const metadata::ImageRef image = context.cluster().metadata().image();
  if (!context.cluster().has_authorizer()) {
    response.error_code = ErrorCode::kSecurityDisabled;
    response.error_message = "No Authorizer is configured on the broker";
  } else if (!Access(context).ToCluster(AclOperation::kDescribe)) {
    response.error_code = ErrorCode::kClusterAuthorizationFailed;
    response.error_message = ErrorMessage(response.error_code);
  } else {
    Fill(context, AclFilterOf(request), image->acls(), &response);
  }
  respond.Send(response);
}

}  // namespace odradek::api
