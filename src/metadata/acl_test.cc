#include "metadata/acl.h"

#include <gtest/gtest.h>

namespace odradek::metadata {
namespace {

AclBinding Topic(std::string_view name, AclPattern pattern = AclPattern::kLiteral) {
  return {.resource = AclResource::kTopic,
          .pattern = pattern,
          .name = std::string(name),
          .principal = "User:alice",
          .host = "10.0.0.1",
          .operation = AclOperation::kRead,
          .permission = AclPermission::kAllow};
}

AclFilter Named(std::string_view name, AclPattern pattern) {
  return {.pattern = pattern, .name = name};
}

TEST(AclFilter, AnyTakesEverything) {
  EXPECT_TRUE(AclFilter().Matches(Topic("t")));
  EXPECT_TRUE(AclFilter().Matches(Topic("t", AclPattern::kPrefixed)));
}

TEST(AclFilter, TakesWhatEqualsEveryField) {
  const AclBinding acl = Topic("t");
  AclFilter filter = {.resource = AclResource::kTopic,
                      .pattern = AclPattern::kLiteral,
                      .name = "t",
                      .principal = "User:alice",
                      .host = "10.0.0.1",
                      .operation = AclOperation::kRead,
                      .permission = AclPermission::kAllow};
  EXPECT_TRUE(filter.Matches(acl));
  const auto refuses = [&acl](AclFilter changed) { return !changed.Matches(acl); };
  AclFilter other = filter;
  other.resource = AclResource::kGroup;
  EXPECT_TRUE(refuses(other));
  other = filter;
  other.pattern = AclPattern::kPrefixed;
  EXPECT_TRUE(refuses(other));
  other = filter;
  other.name = "u";
  EXPECT_TRUE(refuses(other));
  other = filter;
  other.principal = "User:*";
  EXPECT_TRUE(refuses(other));
  other = filter;
  other.host = "*";
  EXPECT_TRUE(refuses(other));
  other = filter;
  other.operation = AclOperation::kAll;
  EXPECT_TRUE(refuses(other));
  other = filter;
  other.permission = AclPermission::kDeny;
  EXPECT_TRUE(refuses(other));
}

TEST(AclFilter, AnyPatternComparesNamesAsTheyAre) {
  EXPECT_TRUE(Named("orders", AclPattern::kAny).Matches(Topic("orders", AclPattern::kPrefixed)));
  EXPECT_FALSE(Named("orders", AclPattern::kAny).Matches(Topic("ord", AclPattern::kPrefixed)));
  EXPECT_FALSE(Named("orders", AclPattern::kAny).Matches(Topic("*")));
}

TEST(AclFilter, MatchTakesAllThatHoldsForTheName) {
  const AclFilter match = Named("orders", AclPattern::kMatch);
  EXPECT_TRUE(match.Matches(Topic("orders")));
  EXPECT_TRUE(match.Matches(Topic("*")));
  EXPECT_TRUE(match.Matches(Topic("ord", AclPattern::kPrefixed)));
  EXPECT_FALSE(match.Matches(Topic("ord")));
  EXPECT_FALSE(match.Matches(Topic("orders-eu", AclPattern::kPrefixed)));
  EXPECT_FALSE(match.Matches(Topic("*", AclPattern::kPrefixed)));
}

TEST(AclNumbers, UnknownOnesAreUnknown) {
  EXPECT_EQ(AclResourceOf(7), AclResource::kUser);
  EXPECT_EQ(AclResourceOf(8), AclResource::kUnknown);
  EXPECT_EQ(AclPatternOf(4), AclPattern::kPrefixed);
  EXPECT_EQ(AclPatternOf(5), AclPattern::kUnknown);
  EXPECT_EQ(AclOperationOf(15), AclOperation::kTwoPhaseCommit);
  EXPECT_EQ(AclOperationOf(16), AclOperation::kUnknown);
  EXPECT_EQ(AclPermissionOf(3), AclPermission::kAllow);
  EXPECT_EQ(AclPermissionOf(-1), AclPermission::kUnknown);
  EXPECT_EQ(NameOf(AclOperation::kTwoPhaseCommit), "TWO_PHASE_COMMIT");
  EXPECT_EQ(NameOf(AclOperation::kDescribeConfigs), "DESCRIBE_CONFIGS");
  EXPECT_EQ(NameOf(AclResource::kUser), "USER");
}

}  // namespace
}  // namespace odradek::metadata
