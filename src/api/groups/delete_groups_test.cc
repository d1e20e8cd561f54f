#include "protocol/message/delete_groups.h"

#include <gtest/gtest.h>

#include <string>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

class DeleteGroupsTest : public GroupFixture {
 protected:
  DeleteGroupsRequest Of(std::initializer_list<std::string_view> groups) {
    DeleteGroupsRequest request;
    request.groups_names = List(groups);
    return request;
  }
};

TEST_F(DeleteGroupsTest, RemovesAGroupWithItsOffsetsInEveryVersion) {
  CreateTopic("t");
  for (int16_t version = 0; version <= 2; ++version) {
    SCOPED_TRACE(version);
    Commit("g", "t", 0, 5);
    const auto& result = Only(Call(version, Of({"g"})).results);
    EXPECT_EQ(result.group_id, "g");
    EXPECT_EQ(result.error_code, ErrorCode::kNone);
    EXPECT_EQ(Committed("g", "t", 0), -1);
    EXPECT_EQ(Only(Call(version, Of({"g"})).results).error_code, ErrorCode::kGroupIdNotFound);
  }
}

TEST_F(DeleteGroupsTest, KeepsAGroupThatHasMembers) {
  const std::string_view member = MakeStable("g");
  EXPECT_EQ(Only(Call(2, Of({"g"})).results).error_code, ErrorCode::kNonEmptyGroup);
  EXPECT_EQ(Beat("g", member, 1), ErrorCode::kNone);
  Leave("g", member);
  EXPECT_EQ(Only(Call(2, Of({"g"})).results).error_code, ErrorCode::kNone);
}

TEST_F(DeleteGroupsTest, AnswersEachGroupOnceInOrder) {
  CreateTopic("t");
  Commit("b", "t", 0, 5);
  const DeleteGroupsResponse& response = Call(2, Of({"missing", "b", "missing", "b"}));
  ASSERT_EQ(response.results.size(), 2U);
  EXPECT_EQ(response.results[0].group_id, "missing");
  EXPECT_EQ(response.results[0].error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(response.results[1].group_id, "b");
  EXPECT_EQ(response.results[1].error_code, ErrorCode::kNone);
  EXPECT_TRUE(Call(2, Of({})).results.empty());
}

TEST_F(DeleteGroupsTest, AnswersVeryManyGroupsOnceInOrder) {
  constexpr size_t kCount = 10'000;
  DeleteGroupsRequest request;
  for (size_t i = 0; i < 2 * kCount; ++i)
    request.groups_names.Add(arena(), arena().Copy(std::to_string(i % kCount)));
  const DeleteGroupsResponse& response = Call(2, request);
  ASSERT_EQ(response.results.size(), kCount);
  for (size_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(response.results[i].group_id, std::to_string(i));
    ASSERT_EQ(response.results[i].error_code, ErrorCode::kGroupIdNotFound);
  }
}

TEST_F(DeleteGroupsTest, IsForTheCoordinator) {
  Start({.nodes = 2});
  const auto& response = Call(2, Of({"g"}), StrangerTo("g"));
  EXPECT_EQ(Only(response.results).error_code, ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace odradek::api
