#include "protocol/message/delete_acls.h"

#include <gtest/gtest.h>

#include "api/testing/acl_fixture.h"

namespace odradek::api {
namespace {

class DeleteAclsTest : public AclFixture {
 protected:
  DeleteAclsRequestFilter About(std::string_view name) {
    DeleteAclsRequestFilter filter;
    filter.resource_type_filter = static_cast<int8_t>(AclResource::kAny);
    filter.resource_name_filter = name;
    filter.principal_filter = std::nullopt;
    filter.host_filter = std::nullopt;
    filter.operation = static_cast<int8_t>(AclOperation::kAny);
    filter.permission_type = static_cast<int8_t>(AclPermission::kAny);
    return filter;
  }
  DeleteAclsRequest Of(std::initializer_list<DeleteAclsRequestFilter> filters) {
    DeleteAclsRequest request;
    request.filters = List(filters);
    return request;
  }
  size_t acl_count() { return broker().cluster().metadata().image()->acls().size(); }
};

TEST_F(DeleteAclsTest, TellsWhatItRemovedInEveryVersion) {
  CreateTopic("t");
  for (int16_t version = 1; version <= 3; ++version) {
    Deny(AclResource::kTopic, "t");
    const auto& result = Only(Call(version, Of({About("t")})).filter_results);
    EXPECT_EQ(result.error_code, ErrorCode::kNone);
    EXPECT_EQ(result.error_message, std::nullopt);
    const DeleteAclsResponseMatchingAcl& match = Only(result.matching_acls);
    EXPECT_EQ(match.error_code, ErrorCode::kNone);
    EXPECT_EQ(match.resource_type, static_cast<int8_t>(AclResource::kTopic));
    EXPECT_EQ(match.resource_name, "t");
    EXPECT_EQ(match.pattern_type, static_cast<int8_t>(metadata::AclPattern::kLiteral));
    EXPECT_EQ(match.principal, "User:ANONYMOUS");
    EXPECT_EQ(match.host, "*");
    EXPECT_EQ(match.operation, static_cast<int8_t>(AclOperation::kAll));
    EXPECT_EQ(match.permission_type, static_cast<int8_t>(AclPermission::kDeny));
    Produce("t", 0, "allowed again");
  }
}

TEST_F(DeleteAclsTest, FiltersFailAndMatchByThemselves) {
  Deny(AclResource::kTopic, "t");
  DeleteAclsRequestFilter strange = About("t");
  strange.resource_type_filter = 99;
  const auto& results =
      Call(3, Of({strange, About("other"), About("t"), About("t")})).filter_results;
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].error_code, ErrorCode::kInvalidRequest);
  EXPECT_TRUE(results[1].matching_acls.empty());
  EXPECT_EQ(results[2].matching_acls.size(), 1U);
  EXPECT_EQ(results[3].matching_acls.size(), 1U);
  EXPECT_EQ(acl_count(), 0U);
}

TEST_F(DeleteAclsTest, NeedsAlterOnTheCluster) {
  Deny(AclResource::kTopic, "t");
  DenyOnCluster(AclOperation::kAlter);
  const auto& result = Only(Call(3, Of({About("t")})).filter_results);
  EXPECT_EQ(result.error_code, ErrorCode::kClusterAuthorizationFailed);
  EXPECT_EQ(acl_count(), 3U);
}

TEST_F(DeleteAclsTest, IsDisabledWithoutAnAuthorizer) {
  Start({});
  EXPECT_EQ(Only(Call(3, Of({About("t")})).filter_results).error_code,
            ErrorCode::kSecurityDisabled);
}

TEST_F(DeleteAclsTest, UnknownKindsCloseTheConnection) {
  DeleteAclsRequestFilter unknown = About("t");
  unknown.pattern_type_filter = 0;
  EXPECT_EQ(client().Call(3, Of({unknown})), nullptr);
}

}  // namespace
}  // namespace odradek::api
