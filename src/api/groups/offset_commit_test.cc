#include "protocol/message/offset_commit.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

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
  static Uuid NumberedId(uint64_t number) {
    Uuid id;
    std::memcpy(id.bytes.data(), &number, sizeof(number));
    return id;
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

TEST_F(OffsetCommitTest, VeryManyTopicsThatAreNamedTwiceHaveOneEntryEach) {
  constexpr size_t kCount = 10'000;
  CreateTopic("t");
  for (const int16_t version : {int16_t{7}, int16_t{10}}) {
    SCOPED_TRACE(version);
    const bool by_id = version == 10;
    OffsetCommitRequest request = CommitOf("g", by_id ? "" : "t", 0, version);
    if (by_id) request.topics[0].topic_id = TopicId("t");
    for (size_t i = 0; i < 2 * kCount; ++i) {
      auto& asked = request.topics.Add(arena());
      const uint64_t number = i % kCount + 1;
      if (by_id) asked.topic_id = NumberedId(number);
      if (!by_id) asked.name = arena().Copy(std::to_string(number));
      asked.partitions.Add(arena()).partition_index = static_cast<int32_t>(i / kCount);
    }
    request.topics.Add(arena(), request.topics[0]);
    const OffsetCommitResponse& response = Call(version, request);
    ASSERT_EQ(response.topics.size(), kCount + 1);
    for (size_t i = 0; i < kCount; ++i) {
      ASSERT_EQ(response.topics[i].name, by_id ? "" : std::to_string(i + 1));
      ASSERT_EQ(response.topics[i].topic_id, by_id ? NumberedId(i + 1) : Uuid());
      ASSERT_EQ(response.topics[i].partitions.size(), 2U);
      ASSERT_EQ(response.topics[i].partitions[1].partition_index, 1);
    }
    ASSERT_EQ(response.topics.back().partitions.size(), 2U);
    EXPECT_EQ(response.topics.back().topic_id, by_id ? TopicId("t") : Uuid());
    EXPECT_EQ(response.topics.back().partitions[1].error_code, ErrorCode::kNone);
    EXPECT_EQ(Committed("g", "t", 0), version);
  }
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
