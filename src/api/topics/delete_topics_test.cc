#include "protocol/message/delete_topics.h"

#include <gtest/gtest.h>

#include "api/testing/broker_fixture.h"

namespace odradek::api {
namespace {

using Deleted = DeleteTopicsResponseDeletableTopicResult;

class DeleteTopicsTest : public BrokerFixture {
 protected:
  // For every version: the older ones have a list of names alone.
  DeleteTopicsRequest Named(std::initializer_list<std::string_view> names) {
    DeleteTopicsRequest request;
    for (const std::string_view name : names) {
      request.topics.Add(arena()).name = name;
      request.topic_names.Add(arena(), name);
    }
    return request;
  }
  DeleteTopicsRequest With(std::optional<std::string_view> name, const Uuid& id) {
    DeleteTopicsRequest request;
    auto& topic = request.topics.Add(arena());
    topic.name = name;
    topic.topic_id = id;
    return request;
  }
};

TEST_F(DeleteTopicsTest, FreesTheNameInEveryVersion) {
  for (int16_t version = 1; version <= 6; ++version) {
    SCOPED_TRACE(version);
    CreateTopic("t");
    Produce("t", 0, "old");
    const Uuid id = TopicId("t");
    const Deleted& deleted = Only(Call(version, Named({"t"})).responses);
    EXPECT_EQ(deleted.error_code, ErrorCode::kNone);
    EXPECT_EQ(deleted.name, "t");
    EXPECT_EQ(deleted.topic_id, version < 6 ? Uuid() : id);
    EXPECT_EQ(deleted.error_message, std::nullopt);
    EXPECT_FALSE(HasTopic("t"));
  }
  CreateTopic("t");
  EXPECT_EQ(EndOffset("t", 0), 0) << "the new topic is empty";
}

TEST_F(DeleteTopicsTest, TellsWhatDoesNotExist) {
  const Deleted& before_v5 = Only(Call(4, Named({"missing"})).responses);
  EXPECT_EQ(before_v5.error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(before_v5.error_message, std::nullopt);
  const Deleted& by_name = Only(Call(5, Named({"missing"})).responses);
  EXPECT_EQ(by_name.error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_TRUE(by_name.error_message.has_value());
  const Deleted& by_id = Only(Call(6, With(std::nullopt, UnknownId())).responses);
  EXPECT_EQ(by_id.error_code, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(by_id.name, std::nullopt);
}

TEST_F(DeleteTopicsTest, TakesAnIdFromV6On) {
  CreateTopic("t");
  const Deleted& deleted = Only(Call(6, With(std::nullopt, TopicId("t"))).responses);
  EXPECT_EQ(deleted.error_code, ErrorCode::kNone);
  EXPECT_EQ(deleted.name, "t");
  EXPECT_FALSE(HasTopic("t"));
}

TEST_F(DeleteTopicsTest, WantsANameOrAnIdButNotBoth) {
  CreateTopic("t");
  EXPECT_EQ(Only(Call(6, With("t", TopicId("t"))).responses).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(Only(Call(6, With(std::nullopt, Uuid())).responses).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_TRUE(HasTopic("t"));
}

TEST_F(DeleteTopicsTest, AnswersWhatComesTwiceOnceAndDoesNothing) {
  CreateTopic("t");
  EXPECT_EQ(Only(Call(5, Named({"t", "t"})).responses).error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(Only(Call(6, Named({"t", "t"})).responses).error_code, ErrorCode::kInvalidRequest);
  DeleteTopicsRequest by_both = With("t", Uuid());
  by_both.topics.Add(arena()).topic_id = TopicId("t");
  EXPECT_EQ(Only(Call(6, by_both).responses).error_code, ErrorCode::kInvalidRequest);
  EXPECT_TRUE(HasTopic("t"));
}

TEST_F(DeleteTopicsTest, CanBeForbidden) {
  Start({.settings = {"delete.topic.enable=false"}});
  CreateTopic("t");
  EXPECT_EQ(Only(Call(6, Named({"t"})).responses).error_code, ErrorCode::kTopicDeletionDisabled);
  EXPECT_EQ(Only(Call(2, Named({"t"})).responses).error_code, ErrorCode::kInvalidRequest)
      << "the error came with v3";
  EXPECT_TRUE(HasTopic("t"));
}

}  // namespace
}  // namespace odradek::api
