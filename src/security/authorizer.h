// Authorizer: says whether a client may do something, by the ACLs of one metadata image.
//
// A binding that denies beats all that allow. READ, WRITE, DELETE and ALTER allow DESCRIBE too,
// ALTER_CONFIGS allows DESCRIBE_CONFIGS; denials imply nothing. Super users may do everything.
// Owner: the cluster, which makes the next one when ACLs change. Thread: immutable, any.
// Source: StandardAuthorizerData, Authorizer.authorizeByResourceType of Apache Kafka; KIP-11,
// KIP-290, KIP-679, KIP-801.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/server_config.h"
#include "metadata/acl.h"

namespace odradek::security {

// The principal of connections that nobody has authenticated.
inline constexpr std::string_view kAnonymous = "User:ANONYMOUS";

struct Client {
  std::string_view principal;  // "User:alice"
  std::string_view host;       // numeric, IPv6 in Java's long form
};

struct AuthorizerOptions {
  std::set<std::string, std::less<>> super_users;
  bool allow_without_acls = false;  // where no ACL names the resource
};

// Whether authorizer.class.name asks for one; which class it names does not matter.
bool IsAuthorizerConfigured(const config::ServerConfig& config);
// From super.users and allow.everyone.if.no.acl.found. kInvalid for values that are neither.
Result<AuthorizerOptions> AuthorizerOptionsOf(const config::ServerConfig& config);

class Authorizer {
 public:
  Authorizer(AuthorizerOptions options, const metadata::AclSet& acls);

  bool Allows(const Client& client, metadata::AclOperation operation,
              metadata::AclResource resource, std::string_view name) const;
  // On at least one resource of that type, whether it exists or not.
  bool AllowsOnSome(const Client& client, metadata::AclOperation operation,
                    metadata::AclResource resource) const;

  const AuthorizerOptions& options() const { return options_; }

 private:
  struct Rule {
    std::string principal;
    std::string host;
    metadata::AclOperation operation;
    metadata::AclPermission permission;
  };
  using Rules = std::map<std::string, std::vector<Rule>, std::less<>>;
  struct RulesOfType {
    Rules literal;
    Rules prefixed;
  };
  struct Verdict {
    bool has_acls = false;
    bool allowed = false;
    bool denied = false;
  };
  struct Patterns;
  static constexpr size_t kResourceTypes = 8;

  static bool Holds(const Rule& rule, const Client& client, metadata::AclOperation operation);
  static bool Names(const Rule& rule, const Client& client);
  static void Judge(const Rules& rules, std::string_view name, const Client& client,
                    metadata::AclOperation operation, Verdict* verdict);
  static void Collect(const Rules& rules, const Client& client, metadata::AclOperation operation,
                      Patterns* patterns);
  const RulesOfType& Of(metadata::AclResource resource) const {
    return rules_[static_cast<size_t>(resource)];
  }

  const AuthorizerOptions options_;
  std::array<RulesOfType, kResourceTypes> rules_;
};

}  // namespace odradek::security
