#include "metadata/acl.h"

namespace odradek::metadata {
namespace {

constexpr std::string_view kResources[] = {
    "UNKNOWN", "ANY", "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER"};
constexpr std::string_view kPatterns[] = {"UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"};
constexpr std::string_view kOperations[] = {"UNKNOWN",
                                            "ANY",
                                            "ALL",
                                            "READ",
                                            "WRITE",
                                            "CREATE",
                                            "DELETE",
                                            "ALTER",
                                            "DESCRIBE",
                                            "CLUSTER_ACTION",
                                            "DESCRIBE_CONFIGS",
                                            "ALTER_CONFIGS",
                                            "IDEMPOTENT_WRITE",
                                            "CREATE_TOKENS",
                                            "DESCRIBE_TOKENS",
                                            "TWO_PHASE_COMMIT"};
constexpr std::string_view kPermissions[] = {"UNKNOWN", "ANY", "DENY", "ALLOW"};

template <class Enum, size_t kCount>
Enum Known(int8_t number, const std::string_view (&)[kCount]) {
  const bool is_known = number >= 0 && static_cast<size_t>(number) < kCount;
  return is_known ? static_cast<Enum>(number) : Enum::kUnknown;
}

template <class T>
bool Fits(const std::optional<T>& wanted, std::string_view value) {
  return !wanted || *wanted == value;
}

bool NameFits(const AclFilter& filter, const AclBinding& acl) {
  if (!filter.name) return true;
  if (filter.pattern != AclPattern::kMatch) return *filter.name == acl.name;
  if (acl.pattern == AclPattern::kPrefixed) return filter.name->starts_with(acl.name);
  return *filter.name == acl.name || acl.name == kWildcard;
}

}  // namespace

AclResource AclResourceOf(int8_t number) { return Known<AclResource>(number, kResources); }
AclPattern AclPatternOf(int8_t number) { return Known<AclPattern>(number, kPatterns); }
AclOperation AclOperationOf(int8_t number) { return Known<AclOperation>(number, kOperations); }
AclPermission AclPermissionOf(int8_t number) { return Known<AclPermission>(number, kPermissions); }

std::string_view NameOf(AclResource resource) { return kResources[static_cast<size_t>(resource)]; }
std::string_view NameOf(AclPattern pattern) { return kPatterns[static_cast<size_t>(pattern)]; }
std::string_view NameOf(AclOperation operation) {
  return kOperations[static_cast<size_t>(operation)];
}
std::string_view NameOf(AclPermission permission) {
  return kPermissions[static_cast<size_t>(permission)];
}

bool AclFilter::Matches(const AclBinding& acl) const {
  if (resource != AclResource::kAny && resource != acl.resource) return false;
  const bool takes_all_patterns = pattern == AclPattern::kAny || pattern == AclPattern::kMatch;
  if (!takes_all_patterns && pattern != acl.pattern) return false;
  if (!NameFits(*this, acl) || !Fits(principal, acl.principal) || !Fits(host, acl.host))
    return false;
  if (operation != AclOperation::kAny && operation != acl.operation) return false;
  return permission == AclPermission::kAny || permission == acl.permission;
}

}  // namespace odradek::metadata
