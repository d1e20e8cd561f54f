#include "security/authorizer.h"

#include <gtest/gtest.h>

namespace odradek::security {
namespace {

using metadata::AclBinding;
using metadata::AclOperation;
using metadata::AclPattern;
using metadata::AclPermission;
using metadata::AclResource;
using metadata::AclSet;

constexpr Client kAlice = {.principal = "User:alice", .host = "10.0.0.1"};
constexpr Client kBob = {.principal = "User:bob", .host = "10.0.0.1"};

AclBinding Allow(AclOperation operation, std::string_view name,
                 AclPattern pattern = AclPattern::kLiteral,
                 std::string_view principal = "User:alice", std::string_view host = "*") {
  return {.resource = AclResource::kTopic,
          .pattern = pattern,
          .name = std::string(name),
          .principal = std::string(principal),
          .host = std::string(host),
          .operation = operation,
          .permission = AclPermission::kAllow};
}

AclBinding Deny(AclOperation operation, std::string_view name,
                AclPattern pattern = AclPattern::kLiteral,
                std::string_view principal = "User:alice") {
  AclBinding acl = Allow(operation, name, pattern, principal);
  acl.permission = AclPermission::kDeny;
  return acl;
}

// Whether `client` may do `operation` on the topic "orders".
bool May(const AclSet& acls, AclOperation operation, const Client& client = kAlice,
         AuthorizerOptions options = {}) {
  return Authorizer(std::move(options), acls)
      .Allows(client, operation, AclResource::kTopic, "orders");
}

bool MayOnSome(const AclSet& acls, const Client& client = kAlice) {
  return Authorizer({}, acls).AllowsOnSome(client, AclOperation::kWrite, AclResource::kTopic);
}

TEST(Authorizer, AllowsNothingWithoutAcls) {
  EXPECT_FALSE(May({}, AclOperation::kRead));
  EXPECT_TRUE(
      May({}, AclOperation::kRead, kAlice, {.super_users = {}, .allow_without_acls = true}));
}

TEST(Authorizer, OneAclEndsTheFreedomOfItsResource) {
  const AuthorizerOptions open = {.super_users = {}, .allow_without_acls = true};
  EXPECT_FALSE(May({Allow(AclOperation::kRead, "orders")}, AclOperation::kRead, kBob, open));
  EXPECT_FALSE(May({Allow(AclOperation::kRead, "*")}, AclOperation::kRead, kBob, open));
  EXPECT_FALSE(May({Allow(AclOperation::kRead, "ord", AclPattern::kPrefixed)}, AclOperation::kRead,
                   kBob, open));
  EXPECT_TRUE(May({Allow(AclOperation::kRead, "other")}, AclOperation::kRead, kBob, open));
  AclBinding group = Allow(AclOperation::kRead, "orders");
  group.resource = AclResource::kGroup;
  EXPECT_TRUE(May({group}, AclOperation::kRead, kBob, open));
}

TEST(Authorizer, KnowsLiteralPrefixedAndWildcardNames) {
  EXPECT_TRUE(May({Allow(AclOperation::kRead, "orders")}, AclOperation::kRead));
  EXPECT_TRUE(May({Allow(AclOperation::kRead, "*")}, AclOperation::kRead));
  EXPECT_TRUE(May({Allow(AclOperation::kRead, "ord", AclPattern::kPrefixed)}, AclOperation::kRead));
  EXPECT_TRUE(
      May({Allow(AclOperation::kRead, "orders", AclPattern::kPrefixed)}, AclOperation::kRead));
  EXPECT_FALSE(May({Allow(AclOperation::kRead, "ord")}, AclOperation::kRead));
  EXPECT_FALSE(
      May({Allow(AclOperation::kRead, "orders-eu", AclPattern::kPrefixed)}, AclOperation::kRead));
  EXPECT_FALSE(May({Allow(AclOperation::kRead, "*", AclPattern::kPrefixed)}, AclOperation::kRead));
}

TEST(Authorizer, DenialBeatsEveryPermission) {
  EXPECT_FALSE(May({Allow(AclOperation::kAll, "orders"), Deny(AclOperation::kRead, "*")},
                   AclOperation::kRead));
  EXPECT_FALSE(May({Allow(AclOperation::kRead, "orders"),
                    Deny(AclOperation::kAll, "o", AclPattern::kPrefixed, "User:*")},
                   AclOperation::kRead));
  EXPECT_TRUE(May({Allow(AclOperation::kAll, "orders"), Deny(AclOperation::kRead, "*")},
                  AclOperation::kWrite));
}

TEST(Authorizer, SomePermissionsImplyOthers) {
  for (const AclOperation granted :
       {AclOperation::kRead, AclOperation::kWrite, AclOperation::kDelete, AclOperation::kAlter}) {
    EXPECT_TRUE(May({Allow(granted, "orders")}, AclOperation::kDescribe));
    EXPECT_FALSE(May({Allow(granted, "orders")}, AclOperation::kDescribeConfigs));
  }
  EXPECT_FALSE(May({Allow(AclOperation::kCreate, "orders")}, AclOperation::kDescribe));
  EXPECT_TRUE(May({Allow(AclOperation::kAlterConfigs, "orders")}, AclOperation::kDescribeConfigs));
  EXPECT_FALSE(May({Allow(AclOperation::kDescribe, "orders")}, AclOperation::kRead));
}

TEST(Authorizer, DenialsImplyNothing) {
  const AclBinding all = Allow(AclOperation::kAll, "orders");
  EXPECT_TRUE(May({all, Deny(AclOperation::kRead, "orders")}, AclOperation::kDescribe));
  EXPECT_FALSE(May({all, Deny(AclOperation::kDescribe, "orders")}, AclOperation::kDescribe));
  EXPECT_TRUE(May({all, Deny(AclOperation::kDescribe, "orders")}, AclOperation::kRead));
}

TEST(Authorizer, ComparesPrincipalAndHost) {
  const auto from = [](std::string_view principal, std::string_view host) {
    return AclSet{Allow(AclOperation::kRead, "orders", AclPattern::kLiteral, principal, host)};
  };
  EXPECT_FALSE(May(from("User:alice", "*"), AclOperation::kRead, kBob));
  EXPECT_TRUE(May(from("User:*", "*"), AclOperation::kRead, kBob));
  EXPECT_TRUE(May(from("User:bob", "10.0.0.1"), AclOperation::kRead, kBob));
  EXPECT_FALSE(May(from("User:bob", "10.0.0.2"), AclOperation::kRead, kBob));
}

TEST(Authorizer, SuperUsersMayDoWhatIsDenied) {
  EXPECT_TRUE(May({Deny(AclOperation::kAll, "*")}, AclOperation::kRead, kAlice,
                  {.super_users = {"User:alice"}, .allow_without_acls = false}));
}

TEST(AllowsOnSome, NeedsAPermissionThatNoDenialCovers) {
  using enum AclPattern;
  const auto write = AclOperation::kWrite;
  EXPECT_FALSE(MayOnSome({}));
  EXPECT_TRUE(MayOnSome({Allow(write, "t")}));
  EXPECT_FALSE(MayOnSome({Allow(write, "t")}, kBob));
  EXPECT_FALSE(MayOnSome({Allow(AclOperation::kRead, "t")}));
  EXPECT_TRUE(MayOnSome({Allow(write, "*")}));
  EXPECT_FALSE(MayOnSome({Allow(write, "t"), Deny(write, "t")}));
  EXPECT_FALSE(MayOnSome({Allow(write, "t"), Deny(write, "*")}));
  EXPECT_FALSE(MayOnSome({Allow(write, "tt"), Deny(write, "t", kPrefixed)}));
  EXPECT_FALSE(MayOnSome({Allow(write, "t", kPrefixed), Deny(write, "t", kPrefixed)}));
  EXPECT_TRUE(MayOnSome({Allow(write, "t", kPrefixed), Deny(write, "tt", kPrefixed)}));
  EXPECT_TRUE(MayOnSome({Allow(write, "t", kPrefixed), Deny(write, "t")}));
}

config::ServerConfig ConfigOf(std::initializer_list<std::string_view> settings) {
  config::ServerConfig::Builder builder;
  for (const std::string_view setting : settings) EXPECT_TRUE(builder.Set(setting).ok());
  return builder.Build().value();
}

TEST(AuthorizerOptions, ComeFromKafkasProperties) {
  EXPECT_FALSE(IsAuthorizerConfigured(ConfigOf({})));
  EXPECT_TRUE(IsAuthorizerConfigured(ConfigOf({"authorizer.class.name=any.Class"})));
  const auto options = AuthorizerOptionsOf(
      ConfigOf({"super.users=User:a; User:CN=b,O=c;", "allow.everyone.if.no.acl.found=TRUE"}));
  EXPECT_EQ(options->super_users, (std::set<std::string, std::less<>>{"User:a", "User:CN=b,O=c"}));
  EXPECT_TRUE(options->allow_without_acls);
  EXPECT_FALSE(AuthorizerOptionsOf(ConfigOf({}))->allow_without_acls);
  EXPECT_FALSE(AuthorizerOptionsOf(ConfigOf({"super.users=admin"})).ok());
}

}  // namespace
}  // namespace odradek::security
