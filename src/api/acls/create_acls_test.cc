#include "protocol/message/create_acls.h"

#include <gtest/gtest.h>

#include "api/testing/acl_fixture.h"

namespace odradek::api {
namespace {

class CreateAclsTest : public AclFixture {
 protected:
  CreateAclsRequestAclCreation Denial(std::string_view topic) {
    return AclOf(AclResource::kTopic, topic, AclOperation::kAll, AclPermission::kDeny);
  }
  const CreateAclsResponse& Create(std::initializer_list<CreateAclsRequestAclCreation> acls,
                                   int16_t version = 3) {
    CreateAclsRequest request;
    request.creations = List(acls);
    return Call(version, request);
  }
  size_t acl_count() { return broker().cluster().metadata().image()->acls().size(); }
};

TEST_F(CreateAclsTest, HoldsInEveryVersion) {
  for (int16_t version = 1; version <= 3; ++version) {
    const std::string topic = "t" + std::to_string(version);
    CreateTopic(topic);
    Produce(topic, 0, "before");
    const auto& result = Only(Create({Denial(topic)}, version).results);
    EXPECT_EQ(result.error_code, ErrorCode::kNone);
    const auto& refused = Call(9, ProduceOf(topic, 0, Batch("x")));
    EXPECT_EQ(Only(Only(refused.responses).partition_responses).error_code,
              ErrorCode::kTopicAuthorizationFailed);
  }
  EXPECT_EQ(acl_count(), 3U);
}

TEST_F(CreateAclsTest, JudgesEachAclByItself) {
  auto nameless = Denial("");
  auto cluster = Denial("other");
  cluster.resource_type = static_cast<int8_t>(AclResource::kCluster);
  auto strange = Denial("t");
  strange.operation = 99;
  const auto& results = Create({nameless, Denial("t"), cluster, strange}).results;
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(results[0].error_message, "Invalid empty resource name");
  EXPECT_EQ(results[1].error_code, ErrorCode::kNone);
  EXPECT_EQ(results[2].error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(results[3].error_message, "Invalid operation UNKNOWN");
  EXPECT_EQ(acl_count(), 1U);
}

TEST_F(CreateAclsTest, WhatOnlyFiltersMaySayFailsTheRequest) {
  auto any = Denial("t");
  any.resource_pattern_type = static_cast<int8_t>(metadata::AclPattern::kMatch);
  const auto& results = Create({Denial("t"), any}).results;
  ASSERT_EQ(results.size(), 2U);
  for (const auto& result : results) EXPECT_EQ(result.error_code, ErrorCode::kUnknownServerError);
  EXPECT_EQ(acl_count(), 0U);
}

TEST_F(CreateAclsTest, NeedsAlterOnTheCluster) {
  DenyOnCluster(AclOperation::kAlter);
  const auto& result = Only(Create({Denial("t")}).results);
  EXPECT_EQ(result.error_code, ErrorCode::kClusterAuthorizationFailed);
  EXPECT_EQ(acl_count(), 2U) << "the cluster's own";
}

TEST_F(CreateAclsTest, IsDisabledWithoutAnAuthorizer) {
  Start({});
  EXPECT_EQ(Only(Create({Denial("t")}).results).error_code, ErrorCode::kSecurityDisabled);
  EXPECT_EQ(acl_count(), 0U);
}

TEST_F(CreateAclsTest, UnknownKindsCloseTheConnection) {
  CreateAclsRequest request;
  auto unknown = Denial("t");
  unknown.permission_type = 0;
  request.creations = List({unknown});
  EXPECT_EQ(client().Call(3, request), nullptr);
}

}  // namespace
}  // namespace odradek::api
