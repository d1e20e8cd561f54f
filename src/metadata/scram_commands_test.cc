#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "metadata/testing/store_harness.h"

namespace odradek::metadata {
namespace {

constexpr int8_t kSha256 = 1;
constexpr int8_t kSha512 = 2;

ScramUpsertion Upsertion(std::string_view user, int8_t mechanism = kSha256,
                         int32_t iterations = kScramIterationsMin) {
  const size_t size = mechanism == kSha512 ? 64 : 32;
  return {.user = user,
          .mechanism = mechanism,
          .iterations = iterations,
          .salt = "salt",
          .keys = ScramKeys{std::string(size, 'a'), std::string(size, 'b')}};
}

struct Answer {
  std::string user;
  ErrorCode error = ErrorCode::kNone;

  friend bool operator==(const Answer&, const Answer&) = default;
  friend void PrintTo(const Answer& answer, std::ostream* out) {
    *out << answer.user << ": " << ErrorName(answer.error);
  }
};

class ScramCommands : public testing::Test {
 protected:
  using Deletions = std::vector<ScramDeletion>;
  using Upsertions = std::vector<ScramUpsertion>;

  std::vector<Answer> Alter(const Deletions& deletions, const Upsertions& upsertions) {
    std::vector<Answer> answers;
    for (const AlteredUser& of_user :
         harness_.store().AlterScramCredentials(deletions, upsertions)) {
      EXPECT_EQ(of_user.outcome.ok(), of_user.outcome.message.empty());
      answers.push_back({std::string(of_user.user), of_user.outcome.error});
    }
    return answers;
  }
  ErrorCode Upsert(const ScramUpsertion& upsertion) { return Alter({}, {upsertion})[0].error; }
  ErrorCode Delete(std::string_view user, int8_t mechanism) {
    return Alter({{user, mechanism}}, {})[0].error;
  }
  const ScramCredentials& credentials() {
    image_ = harness_.image();
    return image_->scram_credentials();
  }
  bool Has(std::string_view user, ScramMechanism mechanism) {
    return credentials().contains({std::string(user), mechanism});
  }

  StoreHarness harness_;
  ImageRef image_;
};

TEST_F(ScramCommands, KeepTheLastUpsertionOfEachMechanism) {
  EXPECT_EQ(Upsert(Upsertion("alice", kSha256, 5000)), ErrorCode::kNone);
  EXPECT_EQ(Upsert(Upsertion("alice", kSha512, kScramIterationsMax)), ErrorCode::kNone);
  EXPECT_EQ(Upsert(Upsertion("alice", kSha256, 6000)), ErrorCode::kNone);
  ASSERT_EQ(credentials().size(), 2U);
  EXPECT_EQ(credentials().at({"alice", ScramMechanism::kSha256}),
            (ScramCredential{"salt", {std::string(32, 'a'), std::string(32, 'b')}, 6000}));
  EXPECT_EQ(credentials().at({"alice", ScramMechanism::kSha512}).iterations, kScramIterationsMax);
}

TEST_F(ScramCommands, DeleteOneMechanism) {
  ASSERT_EQ(Upsert(Upsertion("alice", kSha256)), ErrorCode::kNone);
  ASSERT_EQ(Upsert(Upsertion("alice", kSha512)), ErrorCode::kNone);
  EXPECT_EQ(Delete("alice", kSha256), ErrorCode::kNone);
  EXPECT_FALSE(Has("alice", ScramMechanism::kSha256));
  EXPECT_TRUE(Has("alice", ScramMechanism::kSha512));
  EXPECT_EQ(Delete("alice", kSha256), ErrorCode::kResourceNotFound);
  EXPECT_EQ(Delete("bob", kSha512), ErrorCode::kResourceNotFound);
}

TEST_F(ScramCommands, RefuseWhatNoUserMayHave) {
  EXPECT_EQ(Upsert(Upsertion("")), ErrorCode::kUnacceptableCredential);
  EXPECT_EQ(Upsert(Upsertion("alice", 0)), ErrorCode::kUnsupportedSaslMechanism);
  EXPECT_EQ(Upsert(Upsertion("alice", 3)), ErrorCode::kUnsupportedSaslMechanism);
  EXPECT_EQ(Upsert(Upsertion("alice", kSha256, 4095)), ErrorCode::kUnacceptableCredential);
  EXPECT_EQ(Upsert(Upsertion("alice", kSha256, 16385)), ErrorCode::kUnacceptableCredential);
  ScramUpsertion keyless = Upsertion("alice");
  keyless.keys.reset();
  EXPECT_EQ(Upsert(keyless), ErrorCode::kUnknownServerError);
  EXPECT_EQ(Delete("", kSha256), ErrorCode::kUnacceptableCredential);
  EXPECT_EQ(Delete("alice", 0), ErrorCode::kUnsupportedSaslMechanism);
  EXPECT_TRUE(credentials().empty());
}

TEST_F(ScramCommands, LeaveWhoeverIsNamedTwiceAsTheyWere) {
  ASSERT_EQ(Upsert(Upsertion("alice", kSha256, 5000)), ErrorCode::kNone);
  const std::vector<Answer> twice = {{"alice", ErrorCode::kDuplicateResource}};
  EXPECT_EQ(Alter({{"alice", kSha256}}, {Upsertion("alice", kSha256, 6000)}), twice);
  EXPECT_EQ(Alter({}, {Upsertion("alice", kSha256), Upsertion("alice", kSha512)}), twice);
  EXPECT_EQ(Alter({{"alice", kSha256}, {"alice", kSha256}, {"alice", kSha256}}, {}), twice);
  ASSERT_EQ(credentials().size(), 1U);
  EXPECT_EQ(credentials().begin()->second.iterations, 5000);
}

TEST_F(ScramCommands, TellTheFirstRefusal) {
  EXPECT_EQ(Alter({{"alice", kSha256}, {"alice", kSha256}}, {Upsertion("alice")}),
            (std::vector<Answer>{{"alice", ErrorCode::kResourceNotFound}}));
  EXPECT_EQ(Alter({}, {Upsertion("alice", 9), Upsertion("alice")}),
            (std::vector<Answer>{{"alice", ErrorCode::kUnsupportedSaslMechanism}}));
  EXPECT_TRUE(credentials().empty());
}

TEST_F(ScramCommands, AnswerDeletionsThenUpsertionsThenRefusals) {
  ASSERT_EQ(Upsert(Upsertion("gone")), ErrorCode::kNone);
  EXPECT_EQ(
      Alter({{"nobody", kSha256}, {"gone", kSha256}}, {Upsertion("bad", 9), Upsertion("new")}),
      (std::vector<Answer>{{"gone", ErrorCode::kNone},
                           {"new", ErrorCode::kNone},
                           {"nobody", ErrorCode::kResourceNotFound},
                           {"bad", ErrorCode::kUnsupportedSaslMechanism}}));
  EXPECT_FALSE(Has("gone", ScramMechanism::kSha256));
  EXPECT_TRUE(Has("new", ScramMechanism::kSha256));
}

TEST_F(ScramCommands, ComeBackFromJournalAndSnapshot) {
  ASSERT_EQ(Upsert(Upsertion("alice", kSha256)), ErrorCode::kNone);
  ASSERT_EQ(Upsert(Upsertion("bob", kSha512)), ErrorCode::kNone);
  ASSERT_EQ(Delete("alice", kSha256), ErrorCode::kNone);
  const ScramCredentials before = credentials();
  harness_.Restart();
  EXPECT_EQ(credentials(), before);
  harness_.SnapshotAfter(1);
  ASSERT_EQ(Upsert(Upsertion("carl", kSha256)), ErrorCode::kNone);
  const ScramCredentials in_snapshot = credentials();
  harness_.Restart();
  EXPECT_EQ(credentials(), in_snapshot);
  EXPECT_EQ(in_snapshot.size(), 2U);
}

TEST_F(ScramCommands, ChangeNothingIfTheJournalDoesNotTakeThem) {
  ASSERT_EQ(Upsert(Upsertion("alice")), ErrorCode::kNone);
  const std::string large(storage::Journal::kRecordSizeBytesMax, 's');
  ScramUpsertion too_large = Upsertion("bob");
  too_large.salt = large;
  EXPECT_EQ(Alter({{"alice", kSha256}}, {too_large}),
            (std::vector<Answer>{{"alice", ErrorCode::kUnknownServerError},
                                 {"bob", ErrorCode::kUnknownServerError}}));
  EXPECT_EQ(credentials().size(), 1U);
}

TEST_F(ScramCommands, RefuseMoreThanOneCommandMayChange) {
  std::vector<std::string> names;
  for (size_t i = 0; i <= MetadataStore::kRecordsPerCommandMax; ++i)
    names.push_back(std::to_string(i));
  Upsertions many;
  for (const std::string& name : names) many.push_back(Upsertion(name));
  EXPECT_EQ(Alter({}, many)[0].error, ErrorCode::kUnknownServerError);
  EXPECT_TRUE(credentials().empty());
  many.pop_back();
  EXPECT_EQ(Alter({}, many)[0].error, ErrorCode::kNone);
  EXPECT_EQ(credentials().size(), MetadataStore::kRecordsPerCommandMax);
}

}  // namespace
}  // namespace odradek::metadata
