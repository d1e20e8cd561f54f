// Access: what the client behind a request may do. Handlers make one and ask it.
//
// Without an authorizer everything is allowed, and asking costs a branch. Whoever may not DESCRIBE
// a topic gets the same answer whether it exists or not.
// Owner: a local of the handler, or part of what it parks. Thread: one at a time. It judges by the
// ACLs of the moment when it was made.
// Source: AuthHelper of Apache Kafka.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "api/groups/client_host.h"
#include "api/handler.h"
#include "metadata/acl.h"
#include "metadata/metadata_image.h"
#include "protocol/errors.h"
#include "security/authorizer.h"

namespace odradek::api {

using metadata::AclOperation;

class Access {
 public:
  explicit Access(const RequestContext& context);

  // No authorizer: no question will be answered with no.
  bool is_open() const { return authorizer_ == nullptr; }

  bool ToTopic(AclOperation operation, std::string_view topic) const {
    return is_open() || Ask(operation, metadata::AclResource::kTopic, topic);
  }
  bool ToGroup(AclOperation operation, std::string_view group) const {
    return is_open() || Ask(operation, metadata::AclResource::kGroup, group);
  }
  bool ToTransactionalId(AclOperation operation, std::string_view id) const {
    return is_open() || Ask(operation, metadata::AclResource::kTransactionalId, id);
  }
  bool ToCluster(AclOperation operation) const {
    return is_open() || Ask(operation, metadata::AclResource::kCluster, metadata::kClusterName);
  }
  bool ToSomeTopic(AclOperation operation) const;
  // The cluster's permission to create topics, or that of the topic.
  bool ToCreateTopic(std::string_view topic) const {
    return ToCluster(AclOperation::kCreate) || ToTopic(AclOperation::kCreate, topic);
  }
  // kNone, or what refuses to read or change configs of a resource (a ResourceType on the wire).
  ErrorCode ToConfigs(AclOperation operation, int8_t type, std::string_view name) const;

  // authorized_operations of answers: one bit per allowed operation.
  int32_t TopicOperations(std::string_view topic) const;
  int32_t GroupOperations(std::string_view group) const;
  // 0 without the permission to describe the cluster.
  int32_t ClusterOperations() const;

 private:
  bool Ask(AclOperation operation, metadata::AclResource resource, std::string_view name) const;
  int32_t Allowed(int32_t operations, metadata::AclResource resource, std::string_view name) const;
  security::Client Client() const { return {.principal = security::kAnonymous, .host = host_}; }

  std::shared_ptr<const security::Authorizer> authorizer_;
  std::string_view host_;  // in the request's arena
};

}  // namespace odradek::api
