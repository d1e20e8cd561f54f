#include "protocol/message/offset_commit.h"

#include <gtest/gtest.h>

#include "api/testing/group_fixture.h"

namespace odradek::api {
namespace {

class OffsetCommitTest : public GroupFixture {
 protected:
  ErrorCode ErrorOf(const OffsetCommitRequest& request, int16_t version = 7, size_t node = 0) {
    const OffsetCommitResponse& response = Call(version, request, node);
    return Only(Only(response.topics).partitions).error_code;
  }
  OffsetCommitRequest MemberCommitOf(std::string_view member, int32_t generation) {
    OffsetCommitRequest request = CommitOf("g", "t", 0, 5);
    request.member_id = member;
    request.generation_id_or_member_epoch = generation;
    return request;
  }
};

TEST_F(OffsetCommitTest, KeepsOffsetsInEveryVersion) {
  CreateTopic("t");
  for (int16_t version = 2; version <= 10; ++version) {
    SCOPED_TRACE(version);
    const OffsetCommitResponse& response = Call(version, CommitOf("g", "t", 0, version));
    const OffsetCommitResponseTopic& topic = Only(response.topics);
    EXPECT_EQ(topic.name, version < 10 ? "t" : "");
    EXPECT_EQ(topic.topic_id, version < 10 ? Uuid() : TopicId("t"));
    EXPECT_EQ(Only(topic.partitions).error_code, ErrorCode::kNone);
    EXPECT_EQ(Committed("g", "t", 0), version);
  }
}

TEST_F(OffsetCommitTest, KeepsMetadataAndLeaderEpoch) {
  CreateTopic("t");
  OffsetCommitRequest request = CommitOf("g", "t", 0, 5);
  request.topics[0].partitions[0].committed_metadata = "note";
  request.topics[0].partitions[0].committed_leader_epoch = 3;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kNone);
  const auto& fetched = Call(5, OffsetFetchOf("g", "t", 0));
  EXPECT_EQ(Only(Only(fetched.topics).partitions).metadata, "note");
  EXPECT_EQ(Only(Only(fetched.topics).partitions).committed_leader_epoch, 3);
  request.topics[0].partitions[0].committed_metadata = std::nullopt;
  EXPECT_EQ(ErrorOf(request), ErrorCode::kNone);
  const auto& again = Call(5, OffsetFetchOf("g", "t", 0));
  EXPECT_EQ(Only(Only(again.topics).partitions).metadata, "");
}

TEST_F(OffsetCommitTest, WhatDoesNotExistFailsAlone) {
  CreateTopic("t");
  OffsetCommitRequest request = CommitOf("g", "t", 9, 1);
  request.topics[0].partitions.Add(arena()).committed_offset = 1;
  request.topics.Add(arena(), CommitOf("g", "missing", 0, 1).topics[0]);
  const OffsetCommitResponse& response = Call(7, request);
  ASSERT_EQ(response.topics.size(), 2U);
  for (const OffsetCommitResponseTopic& topic : response.topics) {
    for (const OffsetCommitResponsePartition& partition : topic.partitions) {
      const bool exists = topic.name == "t" && partition.partition_index == 0;
      EXPECT_EQ(partition.error_code,
                exists ? ErrorCode::kNone : ErrorCode::kUnknownTopicOrPartition)
          << topic.name << "-" << partition.partition_index;
    }
  }
  EXPECT_EQ(Committed("g", "t", 0), 1);
  request = CommitOf("g", "", 0, 1);
  request.topics[0].topic_id = UnknownId();
  EXPECT_EQ(ErrorOf(request, 10), ErrorCode::kUnknownTopicId);
  EXPECT_TRUE(Call(7, OffsetCommitRequest()).topics.empty());
}

TEST_F(OffsetCommitTest, TheMetadataOfAPartitionIsLimited) {
  Start({.settings = {"offset.metadata.max.bytes=4"}});
  CreateTopic("t");
  OffsetCommitRequest request = CommitOf("g", "t", 0, 5);
  request.topics[0].partitions[0].committed_metadata = "12345";
  EXPECT_EQ(ErrorOf(request), ErrorCode::kOffsetMetadataTooLarge);
  EXPECT_EQ(Committed("g", "t", 0), -1);
  request.topics[0].partitions[0].committed_metadata = "1234";
  EXPECT_EQ(ErrorOf(request), ErrorCode::kNone);
}

TEST_F(OffsetCommitTest, InAGroupWithMembersOnlyTheyCommit) {
  CreateTopic("t");
  const std::string_view member = JoinAlone("g");
  EXPECT_EQ(ErrorOf(MemberCommitOf(member, 1)), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(Call(3, SyncOf("g", member, 1)).error_code, ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(MemberCommitOf(member, 1)), ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(MemberCommitOf(member, 2)), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(ErrorOf(MemberCommitOf("stranger", 1)), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(ErrorOf(CommitOf("g", "t", 0, 5)), ErrorCode::kUnknownMemberId);
  OffsetCommitRequest request = MemberCommitOf(member, 1);
  request.group_instance_id = "stranger";
  EXPECT_EQ(ErrorOf(request), ErrorCode::kUnknownMemberId);
  Leave("g", member);
  EXPECT_EQ(ErrorOf(CommitOf("g", "t", 0, 6)), ErrorCode::kNone);
}

TEST_F(OffsetCommitTest, AMemberOfNoGroupIsToldInTheWordsOfItsVersion) {
  CreateTopic("t");
  EXPECT_EQ(ErrorOf(MemberCommitOf("x", 3), 8), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(ErrorOf(MemberCommitOf("x", 3), 9), ErrorCode::kGroupIdNotFound);
}

TEST_F(OffsetCommitTest, IsForTheCoordinator) {
  Start({.nodes = 2});
  CreateTopic("t");
  EXPECT_EQ(ErrorOf(CommitOf("g", "t", 0, 5), 7, StrangerTo("g")), ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace odradek::api
