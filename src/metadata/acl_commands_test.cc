#include <gtest/gtest.h>

#include <vector>

#include "metadata/testing/store_harness.h"

namespace odradek::metadata {
namespace {

AclBinding Acl(std::string_view name, AclPattern pattern = AclPattern::kLiteral) {
  return {.resource = AclResource::kTopic,
          .pattern = pattern,
          .name = std::string(name),
          .principal = "User:alice",
          .host = "*",
          .operation = AclOperation::kRead,
          .permission = AclPermission::kAllow};
}

class AclCommands : public testing::Test {
 protected:
  Outcome Create(const AclBinding& acl) { return harness_.store().CreateAcls({&acl, 1})[0]; }
  DeletedAcls Delete(const AclFilter& filter) {
    return harness_.store().DeleteAcls({&filter, 1})[0];
  }
  const AclSet& acls() {
    image_ = harness_.image();
    return image_->acls();
  }

  StoreHarness harness_;
  ImageRef image_;
};

TEST_F(AclCommands, HoldWhatWasCreatedUntilItIsDeleted) {
  EXPECT_TRUE(Create(Acl("t")).ok());
  EXPECT_TRUE(Create(Acl("t", AclPattern::kPrefixed)).ok());
  EXPECT_EQ(acls(), (AclSet{Acl("t"), Acl("t", AclPattern::kPrefixed)}));
  const DeletedAcls deleted = Delete({.pattern = AclPattern::kLiteral, .name = "t"});
  EXPECT_TRUE(deleted.outcome.ok());
  EXPECT_EQ(deleted.acls, std::vector<AclBinding>{Acl("t")});
  EXPECT_EQ(acls(), AclSet{Acl("t", AclPattern::kPrefixed)});
}

TEST_F(AclCommands, CreatingTwiceIsSuccessAndOneAcl) {
  const std::vector<AclBinding> twice = {Acl("t"), Acl("t")};
  for (const Outcome& outcome : harness_.store().CreateAcls(twice)) EXPECT_TRUE(outcome.ok());
  const int64_t version = harness_.image()->version();
  EXPECT_TRUE(Create(Acl("t")).ok());
  EXPECT_EQ(harness_.image()->version(), version) << "nothing to write";
  EXPECT_EQ(acls().size(), 1U);
}

TEST_F(AclCommands, EachFilterTellsWhatItMatched) {
  ASSERT_TRUE(Create(Acl("t")).ok());
  const std::vector<AclFilter> filters = {{.name = "t"}, {.name = "t"}, {.name = "none"}};
  const std::vector<DeletedAcls> deleted = harness_.store().DeleteAcls(filters);
  EXPECT_EQ(deleted[0].acls.size(), 1U);
  EXPECT_EQ(deleted[1].acls.size(), 1U);
  EXPECT_EQ(deleted[2].acls.size(), 0U);
  EXPECT_TRUE(acls().empty());
}

TEST_F(AclCommands, RefuseWhatIsNoAcl) {
  const auto message = [this](auto change) {
    AclBinding acl = Acl("t");
    change(acl);
    const Outcome outcome = Create(acl);
    EXPECT_EQ(outcome.error, ErrorCode::kInvalidRequest);
    return outcome.message;
  };
  EXPECT_EQ(message([](AclBinding& a) { a.name = ""; }), "Invalid empty resource name");
  EXPECT_EQ(message([](AclBinding& a) { a.resource = AclResource::kCluster; }),
            "The only valid name for the CLUSTER resource is kafka-cluster");
  EXPECT_EQ(message([](AclBinding& a) { a.resource = AclResource::kAny; }),
            "Invalid resourceType ANY");
  EXPECT_EQ(message([](AclBinding& a) { a.pattern = AclPattern::kMatch; }),
            "Invalid patternType MATCH");
  EXPECT_EQ(message([](AclBinding& a) { a.operation = AclOperation::kUnknown; }),
            "Invalid operation UNKNOWN");
  EXPECT_EQ(message([](AclBinding& a) { a.permission = AclPermission::kAny; }),
            "Invalid permissionType ANY");
  EXPECT_NE(message([](AclBinding& a) { a.principal = "alice"; }), "");
  EXPECT_TRUE(acls().empty());
}

TEST_F(AclCommands, RefuseFiltersWithoutMeaning) {
  ASSERT_TRUE(Create(Acl("t")).ok());
  EXPECT_EQ(Delete({.resource = AclResource::kUnknown}).outcome.message, "Unknown patternFilter.");
  EXPECT_EQ(Delete({.operation = AclOperation::kUnknown}).outcome.message, "Unknown entryFilter.");
  EXPECT_EQ(acls().size(), 1U);
}

TEST_F(AclCommands, RefuseMoreThanOneCommandMayChange) {
  std::vector<AclBinding> many(MetadataStore::kRecordsPerCommandMax + 1);
  for (size_t i = 0; i < many.size(); ++i) many[i] = Acl("t" + std::to_string(i));
  EXPECT_EQ(harness_.store().CreateAcls(many)[0].error, ErrorCode::kInvalidRequest);
  EXPECT_TRUE(acls().empty());
  const std::vector<AclBinding> last = {many.back()};
  many.pop_back();
  EXPECT_TRUE(harness_.store().CreateAcls(many)[0].ok());
  EXPECT_TRUE(harness_.store().CreateAcls(last)[0].ok());
  EXPECT_EQ(Delete({}).outcome.error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(acls().size(), MetadataStore::kRecordsPerCommandMax + 1);
}

TEST_F(AclCommands, TellListeners) {
  int changes = 0;
  harness_.store().Subscribe(
      [&](const MetadataChange& change) { changes += change.acls_changed ? 1 : 0; });
  ASSERT_TRUE(Create(Acl("t")).ok());
  EXPECT_EQ(changes, 1);
  ASSERT_TRUE(harness_.Create("t").outcome.ok());
  EXPECT_EQ(changes, 1);
  Delete({});
  EXPECT_EQ(changes, 2);
}

}  // namespace
}  // namespace odradek::metadata
