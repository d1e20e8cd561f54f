#include "protocol/wire/header_codec.h"

#include <string>

#include <gtest/gtest.h>

#include "protocol/message/api_versions.h"
#include "protocol/message/heartbeat.h"
#include "protocol/testing/messages.h"

namespace odradek::wire {
namespace {

const ApiInfo& Api(std::string_view name) { return *FindApi(name); }

TEST(HeaderCodec, FlexibleVersionsHaveFlexibleHeaders) {
  EXPECT_EQ(RequestHeaderVersion(Api("Heartbeat"), 3), 1);
  EXPECT_EQ(RequestHeaderVersion(Api("Heartbeat"), 4), 2);
  EXPECT_EQ(ResponseHeaderVersion(Api("Heartbeat"), 3), 0);
  EXPECT_EQ(ResponseHeaderVersion(Api("Heartbeat"), 4), 1);
  EXPECT_EQ(RequestHeaderVersion(Api("SaslHandshake"), 1), 1);
}

TEST(HeaderCodec, ControlledShutdownZeroHasNoClientId) {
  EXPECT_EQ(RequestHeaderVersion(Api("ControlledShutdown"), 0), 0);
  EXPECT_EQ(RequestHeaderVersion(Api("ControlledShutdown"), 1), 1);
}

TEST(HeaderCodec, ApiVersionsAnswersAlwaysHaveTheOldestHeader) {
  EXPECT_EQ(RequestHeaderVersion(Api("ApiVersions"), 3), 2);
  EXPECT_EQ(RequestHeaderVersion(Api("ApiVersions"), 99), 2);
  EXPECT_EQ(ResponseHeaderVersion(Api("ApiVersions"), 3), 0);
}

TEST(HeaderCodec, ARequestReadsBackBehindItsPrefix) {
  HeartbeatRequest request;
  request.group_id = "g";
  request.generation_id = 5;
  for (const int16_t version : {int16_t{0}, int16_t{4}}) {
    const std::string frame = Flatten(EncodeRequest(version, 77, "me", request));
    ASSERT_EQ(LoadBig<int32_t>(frame.data()), static_cast<int32_t>(frame.size() - 4));
    Arena arena;
    const std::string_view body = std::string_view(frame).substr(4);
    Reader reader(body, arena);
    const auto call = PeekApiCall(body);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->key, 12);
    RequestHeader header;
    ASSERT_TRUE(DecodeRequestHeader(reader, *call, &header));
    EXPECT_EQ(header.correlation_id, 77);
    EXPECT_EQ(header.client_id, "me");
    HeartbeatRequest back;
    ASSERT_TRUE(Decode(reader, call->version, &back));
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(back, request);
  }
}

TEST(HeaderCodec, TheClientIdKeepsItsOldFormInFlexibleHeaders) {
  const std::string frame = Flatten(EncodeRequest(4, 1, std::nullopt, HeartbeatRequest()));
  // prefix, key, version, correlation id, null of two bytes, no tags
  EXPECT_EQ(frame.substr(4, 11), std::string("\x00\x0C\x00\x04\x00\x00\x00\x01\xFF\xFF\x00", 11));
}

TEST(HeaderCodec, AnswersCarryTheCorrelationId) {
  Arena arena;
  ByteChain answer;
  EncodeAnswer(12, 4, 258, HeartbeatResponse(), arena, &answer);
  EXPECT_EQ(Flatten(answer),
            std::string("\x00\x00\x00\x0C\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00", 16));
  answer.Clear();
  EncodeAnswer(18, 0, 258, ApiVersionsResponse(), arena, &answer);
  EXPECT_EQ(Flatten(answer),
            std::string("\x00\x00\x00\x0A\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00", 14));
}

TEST(HeaderCodec, ShortFramesAndUnknownApisHaveNoHeader) {
  EXPECT_FALSE(PeekApiCall(std::string_view("\x00\x0C\x00", 3)));
  Arena arena;
  const std::string_view frame("\x7F\xFF\x00\x00\x00\x00\x00\x01\xFF\xFF", 10);
  Reader reader(frame, arena);
  RequestHeader header;
  EXPECT_FALSE(DecodeRequestHeader(reader, *PeekApiCall(frame), &header));
}

}  // namespace
}  // namespace odradek::wire
