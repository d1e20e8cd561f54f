#include "protocol/message/list_groups.h"

#include <gtest/gtest.h>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

using Names = std::vector<std::string_view>;

class ListGroupsTest : public GroupFixture {
 protected:
  // "a" is stable, "b" has offsets alone.
  void MakeGroups() {
    MakeStable("a");
    CreateTopic("t");
    Commit("b", "t", 0, 1);
  }
  Names ListBy(int16_t version, std::initializer_list<std::string_view> states,
               std::initializer_list<std::string_view> types) {
    ListGroupsRequest request;
    request.states_filter = List(states);
    request.types_filter = List(types);
    const ListGroupsResponse& response = Call(version, request);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    Names names;
    for (const auto& group : response.groups) names.push_back(group.group_id);
    return names;
  }
};

TEST_F(ListGroupsTest, ListsGroupsInEveryVersion) {
  MakeGroups();
  for (int16_t version = 0; version <= 5; ++version) {
    SCOPED_TRACE(version);
    const ListGroupsResponse& response = Call(version, ListGroupsRequest());
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    ASSERT_EQ(response.groups.size(), 2U);
    EXPECT_EQ(response.groups[0].group_id, "a");
    EXPECT_EQ(response.groups[0].protocol_type, "consumer");
    EXPECT_EQ(response.groups[0].group_state, version < 4 ? "" : "Stable");
    EXPECT_EQ(response.groups[0].group_type, version < 5 ? "" : "classic");
    EXPECT_EQ(response.groups[1].protocol_type, "");
    EXPECT_EQ(response.groups[1].group_state, version < 4 ? "" : "Empty");
  }
}

TEST_F(ListGroupsTest, FiltersByStateWhateverTheCase) {
  MakeGroups();
  EXPECT_EQ(ListBy(4, {"sTABLE"}, {}), Names({"a"}));
  EXPECT_EQ(ListBy(4, {"Empty", "Dead"}, {}), Names({"b"}));
  EXPECT_EQ(ListBy(4, {"NoSuchState"}, {}), Names());
}

TEST_F(ListGroupsTest, FiltersByTypeFromV5On) {
  MakeGroups();
  EXPECT_EQ(ListBy(5, {}, {"CLASSIC"}), Names({"a", "b"}));
  EXPECT_EQ(ListBy(5, {}, {"consumer"}), Names());
  EXPECT_EQ(ListBy(5, {"Stable"}, {"classic"}), Names({"a"}));
  EXPECT_EQ(ListBy(5, {}, {"nosuchtype"}), Names());
}

TEST_F(ListGroupsTest, ListsTheGroupsOfItsOwnBrokerAlone) {
  Start({.nodes = 2});
  const size_t stranger = StrangerTo("g");
  CreateTopic("t");
  Call(7, CommitOf("g", "t", 0, 1), 1 - stranger);
  EXPECT_EQ(Only(Call(5, ListGroupsRequest(), 1 - stranger).groups).group_id, "g");
  EXPECT_TRUE(Call(5, ListGroupsRequest(), stranger).groups.empty());
}

}  // namespace
}  // namespace odradek::api
