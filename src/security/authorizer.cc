#include "security/authorizer.h"

#include <algorithm>
#include <utility>

#include "config/parse.h"

namespace odradek::security {
namespace {

using metadata::AclBinding;
using metadata::AclOperation;
using metadata::AclPattern;
using metadata::AclPermission;
using metadata::AclResource;
using metadata::kWildcard;

// What is asked for by authorizeByResourceType to find super users, as Kafka does it.
constexpr std::string_view kAnyName = "hardcode";

bool AllowsToo(AclOperation granted, AclOperation wanted) {
  switch (wanted) {
    case AclOperation::kDescribe:
      return granted == AclOperation::kDescribe || granted == AclOperation::kRead ||
             granted == AclOperation::kWrite || granted == AclOperation::kDelete ||
             granted == AclOperation::kAlter;
    case AclOperation::kDescribeConfigs:
      return granted == AclOperation::kDescribeConfigs || granted == AclOperation::kAlterConfigs;
    default:
      return granted == wanted;
  }
}

}  // namespace

// The names of the patterns that hold for one client and operation.
struct Authorizer::Patterns {
  std::set<std::string_view> allowed;
  std::set<std::string_view> denied;
};

bool IsAuthorizerConfigured(const config::ServerConfig& config) {
  return !config::Trim(config.GetString("authorizer.class.name")).empty();
}

Result<AuthorizerOptions> AuthorizerOptionsOf(const config::ServerConfig& config) {
  AuthorizerOptions options;
  if (const std::string* users = config.FindStatic("super.users"); users != nullptr) {
    std::string_view rest = *users;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view user = config::Trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (user.empty()) continue;
      if (user.find(':') == std::string_view::npos) {
        return Invalid(
            "super.users: expected a string in format principalType:principalName but "
            "got " +
            std::string(user));
      }
      options.super_users.emplace(user);
    }
  }
  if (const std::string* all = config.FindStatic("allow.everyone.if.no.acl.found");
      all != nullptr) {
    options.allow_without_acls = config::EqualsIgnoringCase(config::Trim(*all), "true");
  }
  return options;
}

Authorizer::Authorizer(AuthorizerOptions options, const metadata::AclSet& acls)
    : options_(std::move(options)) {
  for (const AclBinding& acl : acls) {
    RulesOfType& of_type = rules_[static_cast<size_t>(acl.resource)];
    Rules& rules = acl.pattern == AclPattern::kPrefixed ? of_type.prefixed : of_type.literal;
    rules[acl.name].push_back({acl.principal, acl.host, acl.operation, acl.permission});
  }
}

bool Authorizer::Names(const Rule& rule, const Client& client) {
  return (rule.principal == client.principal || rule.principal == metadata::kAnyUser) &&
         (rule.host == kWildcard || rule.host == client.host);
}

bool Authorizer::Holds(const Rule& rule, const Client& client, AclOperation operation) {
  if (!Names(rule, client)) return false;
  if (rule.operation == AclOperation::kAll || rule.operation == operation) return true;
  return rule.permission == AclPermission::kAllow && AllowsToo(rule.operation, operation);
}

void Authorizer::Judge(const Rules& rules, std::string_view name, const Client& client,
                       AclOperation operation, Verdict* verdict) {
  const auto found = rules.find(name);
  if (found == rules.end()) return;
  verdict->has_acls = true;
  for (const Rule& rule : found->second) {
    if (!Holds(rule, client, operation)) continue;
    (rule.permission == AclPermission::kAllow ? verdict->allowed : verdict->denied) = true;
  }
}

bool Authorizer::Allows(const Client& client, AclOperation operation, AclResource resource,
                        std::string_view name) const {
  if (options_.super_users.contains(client.principal)) return true;
  const RulesOfType& rules = Of(resource);
  Verdict verdict;
  Judge(rules.literal, name, client, operation, &verdict);
  if (name != kWildcard) Judge(rules.literal, kWildcard, client, operation, &verdict);
  if (!rules.prefixed.empty()) {
    for (size_t size = 1; size <= name.size(); ++size)
      Judge(rules.prefixed, name.substr(0, size), client, operation, &verdict);
  }
  if (verdict.denied) return false;
  return verdict.allowed || (!verdict.has_acls && options_.allow_without_acls);
}

void Authorizer::Collect(const Rules& rules, const Client& client, AclOperation operation,
                         Patterns* patterns) {
  for (const auto& [name, rules_of_name] : rules) {
    for (const Rule& rule : rules_of_name) {
      const bool fits = rule.operation == operation || rule.operation == AclOperation::kAll;
      if (!fits || !Names(rule, client)) continue;
      (rule.permission == AclPermission::kAllow ? patterns->allowed : patterns->denied)
          .insert(name);
    }
  }
}

bool Authorizer::AllowsOnSome(const Client& client, AclOperation operation,
                              AclResource resource) const {
  if (Allows(client, operation, resource, kAnyName)) return true;
  Patterns literal;
  Patterns prefixed;
  Collect(Of(resource).literal, client, operation, &literal);
  Collect(Of(resource).prefixed, client, operation, &prefixed);
  if (literal.denied.contains(kWildcard)) return false;
  if (literal.allowed.contains(kWildcard)) return true;
  const auto is_below_denied = [&prefixed](std::string_view name) {
    for (size_t size = 1; size <= name.size(); ++size) {
      if (prefixed.denied.contains(name.substr(0, size))) return true;
    }
    return false;
  };
  return std::any_of(literal.allowed.begin(), literal.allowed.end(),
                     [&](std::string_view name) {
                       return !literal.denied.contains(name) && !is_below_denied(name);
                     }) ||
         std::any_of(prefixed.allowed.begin(), prefixed.allowed.end(),
                     [&](std::string_view name) { return !is_below_denied(name); });
}

}  // namespace odradek::security
