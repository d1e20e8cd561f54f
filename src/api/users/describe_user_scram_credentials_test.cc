#include "protocol/message/describe_user_scram_credentials.h"

#include <gtest/gtest.h>

#include "api/testing/acl_fixture.h"
#include "protocol/message/alter_user_scram_credentials.h"

namespace odradek::api {
namespace {

class DescribeUserScramCredentialsTest : public AclFixture {
 protected:
  void Upsert(std::string_view user, int8_t mechanism, int32_t iterations) {
    AlterUserScramCredentialsRequestScramCredentialUpsertion upsertion;
    upsertion.name = user;
    upsertion.mechanism = mechanism;
    upsertion.iterations = iterations;
    upsertion.salted_password = "secret";
    AlterUserScramCredentialsRequest request;
    request.upsertions = List({upsertion});
    EXPECT_EQ(Only(Call(0, request).results).error_code, ErrorCode::kNone);
  }
  const DescribeUserScramCredentialsResponse& Describe(
      std::initializer_list<std::string_view> users) {
    DescribeUserScramCredentialsRequest request;
    request.users = Array<DescribeUserScramCredentialsRequestUserName>();
    for (const std::string_view user : users) request.users.Add(arena()).name = user;
    return Call(0, request);
  }
  const DescribeUserScramCredentialsResponse& DescribeNull() {
    DescribeUserScramCredentialsRequest request;
    request.users = Array<DescribeUserScramCredentialsRequestUserName>::Null();
    return Call(0, request);
  }
  // "user ERROR mechanism:iterations..." of each result.
  static std::vector<std::string> Lines(const DescribeUserScramCredentialsResponse& answer) {
    std::vector<std::string> lines;
    for (const auto& result : answer.results) {
      std::string line = std::string(result.user).append(" ").append(ErrorName(result.error_code));
      for (const auto& info : result.credential_infos) {
        line += " " + std::to_string(info.mechanism) + ":" + std::to_string(info.iterations);
      }
      lines.push_back(line);
    }
    return lines;
  }

  using Answers = std::vector<std::string>;
};

TEST_F(DescribeUserScramCredentialsTest, TellsWhatEachUserHas) {
  Upsert("alice", 2, 8000);
  Upsert("alice", 1, 5000);
  Upsert("bob", 1, 4096);
  const auto& answer = Describe({"bob", "nobody", "alice", ""});
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_EQ(Lines(answer), (Answers{"bob NONE 1:4096", "nobody RESOURCE_NOT_FOUND",
                                    "alice NONE 1:5000 2:8000", " RESOURCE_NOT_FOUND"}));
  EXPECT_EQ(answer.results[1].error_message,
            "Attempt to describe a user credential that does not exist: nobody");
}

TEST_F(DescribeUserScramCredentialsTest, NobodyNamedIsEveryone) {
  EXPECT_EQ(Lines(DescribeNull()), Answers{});
  Upsert("bob", 1, 4096);
  Upsert("alice", 2, 8000);
  Upsert("alice", 1, 5000);
  const Answers everyone = {"alice NONE 1:5000 2:8000", "bob NONE 1:4096"};
  EXPECT_EQ(Lines(DescribeNull()), everyone);
  EXPECT_EQ(Lines(Describe({})), everyone);
}

TEST_F(DescribeUserScramCredentialsTest, RefusesUsersNamedTwiceOnce) {
  Upsert("alice", 1, 4096);
  EXPECT_EQ(Lines(Describe({"alice", "bob", "alice", "alice"})),
            (Answers{"alice DUPLICATE_RESOURCE", "bob RESOURCE_NOT_FOUND"}));
}

TEST_F(DescribeUserScramCredentialsTest, NeedsDescribeOnTheCluster) {
  Upsert("alice", 1, 4096);
  DenyOnCluster(AclOperation::kDescribe);
  const auto& answer = Describe({"alice", "alice"});
  EXPECT_EQ(answer.error_code, ErrorCode::kClusterAuthorizationFailed);
  EXPECT_EQ(Lines(answer),
            (Answers{" CLUSTER_AUTHORIZATION_FAILED", " CLUSTER_AUTHORIZATION_FAILED"}));
  EXPECT_EQ(DescribeNull().error_code, ErrorCode::kClusterAuthorizationFailed);
  EXPECT_EQ(Lines(DescribeNull()), Answers{});
}

}  // namespace
}  // namespace odradek::api
