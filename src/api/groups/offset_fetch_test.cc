#include "protocol/message/offset_fetch.h"

#include <gtest/gtest.h>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

class OffsetFetchTest : public GroupFixture {
 protected:
  // From v8 on: the request for one partition of each group, by name and by id.
  OffsetFetchRequest SeveralOf(std::initializer_list<std::string_view> groups,
                               std::string_view topic) {
    OffsetFetchRequest request;
    for (const std::string_view id : groups) {
      auto& group = request.groups.Add(arena());
      group.group_id = id;
      auto& asked = group.topics.Add(arena());
      asked.name = topic;
      asked.topic_id = TopicId(topic);
      asked.partition_indexes.Add(arena(), 0);
    }
    return request;
  }
};

TEST_F(OffsetFetchTest, TellsTheOffsetOfAGroup) {
  CreateTopic("t");
  OffsetCommitRequest commit = CommitOf("g", "t", 0, 5);
  commit.topics[0].partitions[0].committed_metadata = "note";
  commit.topics[0].partitions[0].committed_leader_epoch = 3;
  Call(7, commit);
  for (int16_t version = 1; version <= 7; ++version) {
    SCOPED_TRACE(version);
    const OffsetFetchResponse& response = Call(version, OffsetFetchOf("g", "t", 0));
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_EQ(Only(response.topics).name, "t");
    const auto& partition = Only(Only(response.topics).partitions);
    EXPECT_EQ(partition.committed_offset, 5);
    EXPECT_EQ(partition.committed_leader_epoch, version < 5 ? -1 : 3);
    EXPECT_EQ(partition.metadata, "note");
    EXPECT_EQ(partition.error_code, ErrorCode::kNone);
  }
}

TEST_F(OffsetFetchTest, TellsTheOffsetsOfSeveralGroupsFromV8On) {
  CreateTopic("t");
  Commit("g", "t", 0, 5);
  for (int16_t version = 8; version <= 10; ++version) {
    SCOPED_TRACE(version);
    const OffsetFetchResponse& response = Call(version, SeveralOf({"g", "h"}, "t"));
    ASSERT_EQ(response.groups.size(), 2U);
    EXPECT_EQ(response.groups[0].group_id, "g");
    EXPECT_EQ(response.groups[0].error_code, ErrorCode::kNone);
    const OffsetFetchResponseTopics& topic = Only(response.groups[0].topics);
    EXPECT_EQ(topic.name, version < 10 ? "t" : "");
    EXPECT_EQ(topic.topic_id, version < 10 ? Uuid() : TopicId("t"));
    EXPECT_EQ(Only(topic.partitions).committed_offset, 5);
    EXPECT_EQ(Only(Only(response.groups[1].topics).partitions).committed_offset, -1);
    EXPECT_EQ(response.groups[1].error_code, ErrorCode::kNone);
  }
}

TEST_F(OffsetFetchTest, WhatNobodyCommittedIsMinusOneAndNoError) {
  for (const std::string_view topic : {"t", "missing"}) {
    if (topic == "t") CreateTopic(topic);
    const auto& partition = Only(Only(Call(5, OffsetFetchOf("g", topic, 9)).topics).partitions);
    EXPECT_EQ(partition.partition_index, 9);
    EXPECT_EQ(partition.committed_offset, -1);
    EXPECT_EQ(partition.error_code, ErrorCode::kNone);
  }
}

TEST_F(OffsetFetchTest, NoTopicsAskForAllAndAnEmptyListForNone) {
  CreateTopic("t", 2);
  Commit("g", "t", 0, 5);
  Commit("g", "t", 1, 6);
  OffsetFetchRequest request;
  request.group_id = "g";
  EXPECT_TRUE(Call(7, request).topics.empty());
  request.topics = Array<OffsetFetchRequestTopic>::Null();
  EXPECT_EQ(Only(Call(2, request).topics).partitions.size(), 2U);
  OffsetFetchRequest several;
  several.groups.Add(arena()).group_id = "g";
  several.groups[0].topics = Array<OffsetFetchRequestTopics>::Null();
  EXPECT_EQ(Only(Only(Call(8, several).groups).topics).name, "t");
  EXPECT_EQ(Only(Only(Call(10, several).groups).topics).topic_id, TopicId("t"));
}

TEST_F(OffsetFetchTest, AnUnknownIdIsAnErrorOfItsPartitions) {
  OffsetFetchRequest request = SeveralOf({"g"}, "missing");
  request.groups[0].topics[0].topic_id = UnknownId();
  const OffsetFetchResponseGroup& group = Only(Call(10, request).groups);
  EXPECT_EQ(group.error_code, ErrorCode::kNone);
  EXPECT_EQ(Only(group.topics).topic_id, UnknownId());
  EXPECT_EQ(Only(Only(group.topics).partitions).error_code, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(Only(Only(group.topics).partitions).committed_offset, -1);
}

TEST_F(OffsetFetchTest, AnErrorStandsWhereTheVersionHasAPlace) {
  Start({.nodes = 2});
  const size_t stranger = StrangerTo("g");
  const OffsetFetchResponse& v1 = Call(1, OffsetFetchOf("g", "t", 0), stranger);
  EXPECT_EQ(Only(Only(v1.topics).partitions).error_code, ErrorCode::kNotCoordinator);
  const OffsetFetchResponse& v7 = Call(7, OffsetFetchOf("g", "t", 0), stranger);
  EXPECT_EQ(v7.error_code, ErrorCode::kNotCoordinator);
  EXPECT_TRUE(v7.topics.empty());
  const OffsetFetchResponse& v8 = Call(8, SeveralOf({"g"}, "t"), stranger);
  EXPECT_EQ(Only(v8.groups).error_code, ErrorCode::kNotCoordinator);
  EXPECT_TRUE(Only(v8.groups).topics.empty());
}

}  // namespace
}  // namespace odradek::api
