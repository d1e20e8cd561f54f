#include "protocol/message/offset_delete.h"

#include <gtest/gtest.h>

#include <string>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

class OffsetDeleteTest : public GroupFixture {
 protected:
  void SetUp() override {
    GroupFixture::SetUp();
    CreateTopic("t");
    CreateTopic("u");
  }
  // Partition 0 of each topic.
  OffsetDeleteRequest Of(std::string_view group, std::initializer_list<std::string_view> topics) {
    OffsetDeleteRequest request;
    request.group_id = group;
    for (const std::string_view topic : topics) {
      auto& asked = request.topics.Add(arena());
      asked.name = topic;
      asked.partitions.Add(arena()).partition_index = 0;
    }
    return request;
  }
  ErrorCode ErrorOf(std::string_view group) {
    const OffsetDeleteResponse& response = Call(0, Of(group, {"t"}));
    EXPECT_TRUE(response.topics.empty());
    return response.error_code;
  }
  static ErrorCode ErrorIn(const OffsetDeleteResponse& response, std::string_view topic) {
    const auto& found = Find(response.topics, [&](const auto& t) { return t.name == topic; });
    return Only(found.partitions).error_code;
  }
};

TEST_F(OffsetDeleteTest, ForgetsWhatIsNamedAlone) {
  Commit("g", "t", 0, 5);
  Commit("g", "u", 0, 6);
  const OffsetDeleteResponse& response = Call(0, Of("g", {"t", "missing"}));
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  EXPECT_EQ(ErrorIn(response, "t"), ErrorCode::kNone);
  EXPECT_EQ(ErrorIn(response, "missing"), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(Committed("g", "t", 0), -1);
  EXPECT_EQ(Committed("g", "u", 0), 6);
  EXPECT_EQ(ErrorIn(Call(0, Of("g", {"t"})), "t"), ErrorCode::kNone) << "there is none any more";
}

TEST_F(OffsetDeleteTest, TellsAnUnknownPartitionBesideAKnownOne) {
  Commit("g", "t", 0, 5);
  OffsetDeleteRequest request = Of("g", {"t"});
  request.topics[0].partitions.Add(arena()).partition_index = 7;
  const OffsetDeleteResponse& response = Call(0, request);
  ASSERT_EQ(Only(response.topics).partitions.size(), 2U);
  for (const auto& partition : Only(response.topics).partitions) {
    EXPECT_EQ(partition.error_code, partition.partition_index == 0
                                        ? ErrorCode::kNone
                                        : ErrorCode::kUnknownTopicOrPartition);
  }
  EXPECT_EQ(Committed("g", "t", 0), -1);
}

TEST_F(OffsetDeleteTest, VeryManyTopicsThatAreNamedTwiceHaveOneEntryEach) {
  constexpr size_t kCount = 10'000;
  Commit("g", "t", 0, 5);
  OffsetDeleteRequest request = Of("g", {"t"});
  for (size_t i = 0; i < 2 * kCount; ++i) {
    auto& asked = request.topics.Add(arena());
    asked.name = arena().Copy("missing-" + std::to_string(i % kCount));
    asked.partitions.Add(arena()).partition_index = static_cast<int32_t>(i / kCount);
  }
  const OffsetDeleteResponse& response = Call(0, request);
  ASSERT_EQ(response.topics.size(), kCount + 1);
  for (size_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(response.topics[i].name, "missing-" + std::to_string(i));
    ASSERT_EQ(response.topics[i].partitions.size(), 2U);
    ASSERT_EQ(response.topics[i].partitions[1].partition_index, 1);
    ASSERT_EQ(response.topics[i].partitions[1].error_code, ErrorCode::kUnknownTopicOrPartition);
  }
  EXPECT_EQ(response.topics.back().name, "t");
  EXPECT_EQ(Only(response.topics.back().partitions).error_code, ErrorCode::kNone);
  EXPECT_EQ(Committed("g", "t", 0), -1);
}

TEST_F(OffsetDeleteTest, KeepsWhatMembersSubscribeTo) {
  Commit("g", "t", 0, 5);
  Commit("g", "u", 0, 6);
  // A consumer's subscription: version, one topic "t", no user data.
  const std::string subscription({0, 0, 0, 0, 0, 1, 0, 1, 't', -1, -1, -1, -1});
  const std::string_view member = Call(3, JoinOf("g", "", subscription)).member_id;
  EXPECT_EQ(Call(3, SyncOf("g", member, 1)).error_code, ErrorCode::kNone);
  const OffsetDeleteResponse& response = Call(0, Of("g", {"t", "u"}));
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  EXPECT_EQ(ErrorIn(response, "t"), ErrorCode::kGroupSubscribedToTopic);
  EXPECT_EQ(ErrorIn(response, "u"), ErrorCode::kNone);
  EXPECT_EQ(Committed("g", "t", 0), 5);
  EXPECT_EQ(Committed("g", "u", 0), -1);
}

TEST_F(OffsetDeleteTest, RefusesGroupsOfOtherProtocolsWhileTheyHaveMembers) {
  JoinGroupRequest join = JoinOf("g");
  join.protocol_type = "connect";
  const std::string_view member = Call(3, join).member_id;
  EXPECT_EQ(Call(3, SyncOf("g", member, 1)).error_code, ErrorCode::kNone);
  EXPECT_EQ(ErrorOf("g"), ErrorCode::kNonEmptyGroup);
}

TEST_F(OffsetDeleteTest, RefusesGroupsThatAreNone) {
  EXPECT_EQ(ErrorOf("missing"), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(ErrorOf(""), ErrorCode::kInvalidGroupId);
}

TEST_F(OffsetDeleteTest, IsForTheCoordinator) {
  Start({.nodes = 2});
  CreateTopic("t");
  const OffsetDeleteResponse& response = Call(0, Of("g", {"t"}), StrangerTo("g"));
  EXPECT_EQ(response.error_code, ErrorCode::kNotCoordinator);
  EXPECT_TRUE(response.topics.empty());
}

}  // namespace
}  // namespace odradek::api
