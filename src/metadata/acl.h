// AclBinding: one rule of who may do what with which resources; AclFilter: a choice among them.
//
// Numbers are those of the wire. Thread: values.
// Source: AclBinding, ResourcePatternFilter, AccessControlEntryFilter, AclOperation, ResourceType,
// PatternType, AclPermissionType of Apache Kafka; KIP-11, KIP-140, KIP-290.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace odradek::metadata {

enum class AclResource : int8_t {
  kUnknown = 0,
  kAny = 1,
  kTopic = 2,
  kGroup = 3,
  kCluster = 4,
  kTransactionalId = 5,
  kDelegationToken = 6,
  kUser = 7,
};

enum class AclPattern : int8_t { kUnknown = 0, kAny = 1, kMatch = 2, kLiteral = 3, kPrefixed = 4 };

enum class AclOperation : int8_t {
  kUnknown = 0,
  kAny = 1,
  kAll = 2,
  kRead = 3,
  kWrite = 4,
  kCreate = 5,
  kDelete = 6,
  kAlter = 7,
  kDescribe = 8,
  kClusterAction = 9,
  kDescribeConfigs = 10,
  kAlterConfigs = 11,
  kIdempotentWrite = 12,
  kCreateTokens = 13,
  kDescribeTokens = 14,
  kTwoPhaseCommit = 15,
};

enum class AclPermission : int8_t { kUnknown = 0, kAny = 1, kDeny = 2, kAllow = 3 };

// The one resource of type kCluster.
inline constexpr std::string_view kClusterName = "kafka-cluster";
// As a literal name: every resource of the type. As a host: every host.
inline constexpr std::string_view kWildcard = "*";
inline constexpr std::string_view kAnyUser = "User:*";

// kUnknown for numbers that have no name.
AclResource AclResourceOf(int8_t number);
AclPattern AclPatternOf(int8_t number);
AclOperation AclOperationOf(int8_t number);
AclPermission AclPermissionOf(int8_t number);

// Kafka's names, "TRANSACTIONAL_ID".
std::string_view NameOf(AclResource resource);
std::string_view NameOf(AclPattern pattern);
std::string_view NameOf(AclOperation operation);
std::string_view NameOf(AclPermission permission);

struct AclBinding {
  AclResource resource = AclResource::kUnknown;
  AclPattern pattern = AclPattern::kLiteral;
  std::string name;
  std::string principal;  // "User:alice"
  std::string host;       // numeric, or "*"
  AclOperation operation = AclOperation::kUnknown;
  AclPermission permission = AclPermission::kUnknown;

  friend auto operator<=>(const AclBinding&, const AclBinding&) = default;
};

// Sorted, so that bindings of one pattern stand together.
using AclSet = std::set<AclBinding>;

struct AclFilter {
  AclResource resource = AclResource::kAny;
  AclPattern pattern = AclPattern::kAny;
  std::optional<std::string_view> name{};  // none: every name
  std::optional<std::string_view> principal{};
  std::optional<std::string_view> host{};
  AclOperation operation = AclOperation::kAny;
  AclPermission permission = AclPermission::kAny;

  // With pattern kMatch a name chooses all bindings that hold for the resource of that name.
  bool Matches(const AclBinding& acl) const;
};

}  // namespace odradek::metadata
