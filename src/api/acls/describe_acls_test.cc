#include "protocol/message/describe_acls.h"

#include <gtest/gtest.h>

#include "api/testing/acl_fixture.h"

namespace odradek::api {
namespace {

class DescribeAclsTest : public AclFixture {
 protected:
  // Everything about `name`, or everything.
  DescribeAclsRequest About(std::optional<std::string_view> name) {
    DescribeAclsRequest request;
    request.resource_type_filter = static_cast<int8_t>(AclResource::kAny);
    request.resource_name_filter = name;
    request.pattern_type_filter = static_cast<int8_t>(metadata::AclPattern::kMatch);
    request.principal_filter = std::nullopt;
    request.host_filter = std::nullopt;
    request.operation = static_cast<int8_t>(AclOperation::kAny);
    request.permission_type = static_cast<int8_t>(AclPermission::kAny);
    return request;
  }
};

TEST_F(DescribeAclsTest, GroupsAclsByResourceInEveryVersion) {
  Allow(AclResource::kTopic, "t", AclOperation::kRead);
  Deny(AclResource::kTopic, "t", AclOperation::kWrite);
  Allow(AclResource::kGroup, "t", AclOperation::kRead);
  Allow(AclResource::kTopic, "u", AclOperation::kRead);
  for (int16_t version = 1; version <= 3; ++version) {
    const DescribeAclsResponse& answer = Call(version, About("t"));
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    ASSERT_EQ(answer.resources.size(), 2U);
    const DescribeAclsResponseResource& topic = answer.resources[0];
    EXPECT_EQ(topic.resource_type, static_cast<int8_t>(AclResource::kTopic));
    EXPECT_EQ(topic.resource_name, "t");
    EXPECT_EQ(topic.pattern_type, static_cast<int8_t>(metadata::AclPattern::kLiteral));
    ASSERT_EQ(topic.acls.size(), 2U);
    EXPECT_EQ(topic.acls[0].principal, "User:ANONYMOUS");
    EXPECT_EQ(topic.acls[0].host, "*");
    EXPECT_EQ(topic.acls[0].operation, static_cast<int8_t>(AclOperation::kRead));
    EXPECT_EQ(topic.acls[0].permission_type, static_cast<int8_t>(AclPermission::kAllow));
    EXPECT_EQ(topic.acls[1].permission_type, static_cast<int8_t>(AclPermission::kDeny));
    EXPECT_EQ(answer.resources[1].acls.size(), 1U);
  }
  EXPECT_EQ(Call(3, About(std::nullopt)).resources.size(), 3U);
}

TEST_F(DescribeAclsTest, NothingMatchesWhatHasNoName) {
  Allow(AclResource::kTopic, "t", AclOperation::kRead);
  DescribeAclsRequest request = About("t");
  request.resource_type_filter = 99;
  const DescribeAclsResponse& answer = Call(3, request);
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_TRUE(answer.resources.empty());
}

TEST_F(DescribeAclsTest, NeedsDescribeOnTheCluster) {
  DenyOnCluster(AclOperation::kDescribe);
  const DescribeAclsResponse& answer = Call(3, About(std::nullopt));
  EXPECT_EQ(answer.error_code, ErrorCode::kClusterAuthorizationFailed);
  EXPECT_TRUE(answer.resources.empty());
}

TEST_F(DescribeAclsTest, IsDisabledWithoutAnAuthorizer) {
  Start({});
  const DescribeAclsResponse& answer = Call(3, About(std::nullopt));
  EXPECT_EQ(answer.error_code, ErrorCode::kSecurityDisabled);
  EXPECT_EQ(answer.error_message, "No Authorizer is configured on the broker");
}

TEST_F(DescribeAclsTest, UnknownKindsCloseTheConnection) {
  DescribeAclsRequest request = About("t");
  request.operation = 0;
  EXPECT_EQ(client().Call(3, request), nullptr);
}

}  // namespace
}  // namespace odradek::api
