// AclFixture: a broker with an authorizer that allows whatever no ACL is about, and short ways to
// write ACLs for the client of the test, who is User:ANONYMOUS from this machine.
//
// Owner: the test. Thread: one.
#pragma once

#include <string_view>

#include "api/testing/group_fixture.h"
#include "metadata/acl.h"
#include "protocol/message/create_acls.h"

namespace odradek::api {

class AclFixture : public GroupFixture {
 protected:
  using AclOperation = metadata::AclOperation;
  using AclPermission = metadata::AclPermission;
  using AclResource = metadata::AclResource;

  void SetUp() override {
    Start({.settings = {
               "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
               "allow.everyone.if.no.acl.found=true"}});
  }

  CreateAclsRequestAclCreation AclOf(AclResource resource, std::string_view name,
                                     AclOperation operation, AclPermission permission) {
    CreateAclsRequestAclCreation acl;
    acl.resource_type = static_cast<int8_t>(resource);
    acl.resource_name = name;
    acl.principal = "User:ANONYMOUS";
    acl.host = "*";
    acl.operation = static_cast<int8_t>(operation);
    acl.permission_type = static_cast<int8_t>(permission);
    return acl;
  }
  void Add(const CreateAclsRequestAclCreation& acl) {
    CreateAclsRequest request;
    request.creations = List({acl});
    EXPECT_EQ(Only(Call(3, request).results).error_code, ErrorCode::kNone);
  }
  void Allow(AclResource resource, std::string_view name, AclOperation operation) {
    Add(AclOf(resource, name, operation, AclPermission::kAllow));
  }
  void Deny(AclResource resource, std::string_view name,
            AclOperation operation = AclOperation::kAll) {
    Add(AclOf(resource, name, operation, AclPermission::kDeny));
  }
  // The same for the cluster, which allows everything else on.
  void DenyOnCluster(AclOperation operation) {
    Allow(AclResource::kCluster, metadata::kClusterName, AclOperation::kAll);
    Deny(AclResource::kCluster, metadata::kClusterName, operation);
  }
};

}  // namespace odradek::api
