#include "api/authorize.h"

#include "api/cluster/authorized_operations.h"
#include "broker/cluster.h"
#include "metadata/commands.h"

namespace odradek::api {

using metadata::AclResource;
using metadata::ResourceType;

Access::Access(const RequestContext& context) {
  if (!context.cluster().has_authorizer()) return;
  authorizer_ = context.cluster().authorizer();
  host_ = context.arena().Copy(HostAddress(context.connection().peer_host));
}

bool Access::Ask(AclOperation operation, AclResource resource, std::string_view name) const {
  return authorizer_->Allows(Client(), operation, resource, name);
}

bool Access::ToSomeTopic(AclOperation operation) const {
  return is_open() || authorizer_->AllowsOnSome(Client(), operation, AclResource::kTopic);
}

ErrorCode Access::ToConfigs(AclOperation operation, int8_t type, std::string_view name) const {
  switch (static_cast<ResourceType>(type)) {
    case ResourceType::kTopic:
      return ToTopic(operation, name) ? ErrorCode::kNone : ErrorCode::kTopicAuthorizationFailed;
    case ResourceType::kGroup:
      return ToGroup(operation, name) ? ErrorCode::kNone : ErrorCode::kGroupAuthorizationFailed;
    case ResourceType::kBroker:
    case ResourceType::kBrokerLogger:
    case ResourceType::kClientMetrics:
      return ToCluster(operation) ? ErrorCode::kNone : ErrorCode::kClusterAuthorizationFailed;
  }
  return ErrorCode::kNone;  // no resource: refused for what it is
}

int32_t Access::TopicOperations(std::string_view topic) const {
  return Allowed(kAllTopicOperations, AclResource::kTopic, topic);
}

int32_t Access::GroupOperations(std::string_view group) const {
  return Allowed(kAllGroupOperations, AclResource::kGroup, group);
}

int32_t Access::ClusterOperations() const {
  if (!ToCluster(AclOperation::kDescribe)) return 0;
  return Allowed(kAllClusterOperations, AclResource::kCluster, metadata::kClusterName);
}

int32_t Access::Allowed(int32_t operations, AclResource resource, std::string_view name) const {
  if (is_open()) return operations;
  int32_t allowed = 0;
  for (int32_t rest = operations; rest != 0; rest &= rest - 1) {
    const int number = __builtin_ctz(static_cast<uint32_t>(rest));
    if (Ask(static_cast<AclOperation>(number), resource, name)) allowed |= rest & -rest;
  }
  return allowed;
}

}  // namespace odradek::api
