#include "protocol/message/alter_user_scram_credentials.h"

#include <gtest/gtest.h>

#include "api/testing/acl_fixture.h"
#include "security/scram_credential.h"

namespace odradek::api {
namespace {

class AlterUserScramCredentialsTest : public AclFixture {
 protected:
  AlterUserScramCredentialsRequestScramCredentialUpsertion Upsertion(std::string_view user,
                                                                     int8_t mechanism = 1,
                                                                     int32_t iterations = 4096) {
    AlterUserScramCredentialsRequestScramCredentialUpsertion upsertion;
    upsertion.name = user;
    upsertion.mechanism = mechanism;
    upsertion.iterations = iterations;
    upsertion.salt = "salt";
    upsertion.salted_password = "secret";
    return upsertion;
  }
  AlterUserScramCredentialsRequestScramCredentialDeletion Deletion(std::string_view user,
                                                                   int8_t mechanism = 1) {
    AlterUserScramCredentialsRequestScramCredentialDeletion deletion;
    deletion.name = user;
    deletion.mechanism = mechanism;
    return deletion;
  }
  // "user ERROR" of each result.
  std::vector<std::string> Alter(
      std::initializer_list<AlterUserScramCredentialsRequestScramCredentialDeletion> deletions,
      std::initializer_list<AlterUserScramCredentialsRequestScramCredentialUpsertion> upsertions) {
    AlterUserScramCredentialsRequest request;
    request.deletions = List(deletions);
    request.upsertions = List(upsertions);
    std::vector<std::string> answers;
    for (const auto& result : Call(0, request).results) {
      EXPECT_EQ(result.error_code == ErrorCode::kNone, !result.error_message.has_value());
      answers.push_back(std::string(result.user).append(" ").append(ErrorName(result.error_code)));
    }
    return answers;
  }
  metadata::ScramCredentials credentials() {
    return broker().cluster().metadata().image()->scram_credentials();
  }

  using Answers = std::vector<std::string>;
};

TEST_F(AlterUserScramCredentialsTest, KeepsTheKeysAndNotThePassword) {
  EXPECT_EQ(Alter({}, {Upsertion("alice", 2, 5000)}), Answers{"alice NONE"});
  const metadata::ScramCredentials kept = credentials();
  ASSERT_EQ(kept.size(), 1U);
  const auto& [name, credential] = *kept.begin();
  EXPECT_EQ(name, (metadata::ScramName{"alice", metadata::ScramMechanism::kSha512}));
  EXPECT_EQ(credential.salt, "salt");
  EXPECT_EQ(credential.iterations, 5000);
  EXPECT_EQ(credential.keys, security::ScramKeysOf(metadata::ScramMechanism::kSha512, "secret"));
}

TEST_F(AlterUserScramCredentialsTest, AnswersEachUserAlone) {
  ASSERT_EQ(Alter({}, {Upsertion("old"), Upsertion("twice")}), (Answers{"old NONE", "twice NONE"}));
  EXPECT_EQ(Alter({Deletion("nobody"), Deletion("old"), Deletion("twice")},
                  {Upsertion("weak", 1, 1), Upsertion("new"), Upsertion("twice")}),
            (Answers{"old NONE", "new NONE", "nobody RESOURCE_NOT_FOUND",
                     "twice DUPLICATE_RESOURCE", "weak UNACCEPTABLE_CREDENTIAL"}));
  EXPECT_EQ(credentials().size(), 2U);
  EXPECT_EQ(Alter({}, {}), Answers{});
}

TEST_F(AlterUserScramCredentialsTest, AnEmptyPasswordIsRefused) {
  auto upsertion = Upsertion("alice");
  upsertion.salted_password = "";
  EXPECT_EQ(Alter({}, {upsertion}), Answers{"alice UNKNOWN_SERVER_ERROR"});
  EXPECT_TRUE(credentials().empty());
}

TEST_F(AlterUserScramCredentialsTest, NeedsAlterOnTheCluster) {
  DenyOnCluster(AclOperation::kAlter);
  EXPECT_EQ(Alter({Deletion("bob"), Deletion("alice")}, {Upsertion("bob"), Upsertion("carl")}),
            (Answers{"alice CLUSTER_AUTHORIZATION_FAILED", "bob CLUSTER_AUTHORIZATION_FAILED",
                     "carl CLUSTER_AUTHORIZATION_FAILED"}));
  EXPECT_TRUE(credentials().empty());
}

TEST_F(AlterUserScramCredentialsTest, NeedsNoAuthorizer) {
  Start({});
  EXPECT_EQ(Alter({}, {Upsertion("alice")}), Answers{"alice NONE"});
}

}  // namespace
}  // namespace odradek::api
