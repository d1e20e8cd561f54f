// What must hold for every message in every version.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/env/random.h"
#include "protocol/message/fetch.h"
#include "protocol/message/heartbeat.h"
#include "protocol/testing/messages.h"

namespace odradek {
namespace {

constexpr MessageRandom::Shape kShapes[] = {
    MessageRandom::Shape::kFilled, MessageRandom::Shape::kNullHeavy, MessageRandom::Shape::kMixed};

class MessageTest : public testing::TestWithParam<AnyMessage> {
 protected:
  // Calls `check(version, random)` some times for each version and shape.
  template <class Check>
  void ForEachRandom(int rounds, Check check) {
    const AnyMessage& type = GetParam();
    SeededRandom source(Seed());
    for (int version = type.min_version; version <= type.max_version; ++version) {
      for (const MessageRandom::Shape shape : kShapes) {
        for (int round = 0; round < rounds; ++round) {
          SCOPED_TRACE(std::string(type.name) + " v" + std::to_string(version));
          MessageRandom random(source, shape);
          check(static_cast<int16_t>(version), random);
          if (HasFailure()) return;
        }
      }
    }
  }

  // From the name, so that a message keeps its values when others come and go.
  uint64_t Seed() const {
    uint64_t seed = 1469598103934665603u;
    for (const char c : GetParam().name)
      seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return seed;
  }
};

TEST_P(MessageTest, ComesBackEqualFromItsEncoding) {
  const AnyMessage& type = GetParam();
  ForEachRandom(4, [&](int16_t version, MessageRandom& random) {
    Arena& arena = random.arena();
    void* message = NewMessage(type, arena);
    type.randomize(random, version, message);
    const std::string bytes = EncodeAny(type, version, message);
    wire::Reader reader(bytes, arena);
    void* back = NewMessage(type, arena);
    EXPECT_TRUE(type.decode(reader, version, back));
    EXPECT_TRUE(reader.done());
    EXPECT_TRUE(type.equal(message, back));
    EXPECT_EQ(EncodeAny(type, version, back), bytes);
  });
}

TEST_P(MessageTest, EveryCutOfItsEncodingIsRefused) {
  const AnyMessage& type = GetParam();
  ForEachRandom(1, [&](int16_t version, MessageRandom& random) {
    const std::string bytes = RandomBytes(type, version, random);
    const size_t step = 1 + bytes.size() / 64;
    for (size_t size = 0; size < bytes.size(); size += step) {
      EXPECT_FALSE(Transcode(type, version, std::string_view(bytes).substr(0, size)).decoded);
    }
    EXPECT_FALSE(Transcode(type, version, bytes + '\0').decoded);
  });
}

// Damaged bytes either fail or make a message that holds together; sanitizers watch the rest.
TEST_P(MessageTest, DamagedBytesFailOrMakeAMessage) {
  const AnyMessage& type = GetParam();
  SeededRandom source(Seed() + 1);
  ForEachRandom(1, [&](int16_t version, MessageRandom& random) {
    std::string bytes = RandomBytes(type, version, random);
    if (bytes.empty()) return;
    for (int round = 0; round < 16; ++round) {
      std::string damaged = bytes;
      damaged[source.Below(damaged.size())] ^= static_cast<char>(1 + source.Below(255));
      const Transcoded first = Transcode(type, version, damaged);
      if (!first.decoded) continue;
      const Transcoded second = Transcode(type, version, first.bytes);
      EXPECT_TRUE(second.decoded);
      EXPECT_EQ(second.bytes, first.bytes);
      EXPECT_EQ(second.json, first.json);
    }
  });
}

TEST_P(MessageTest, UntouchedMessagesEncodeInEveryVersion) {
  const AnyMessage& type = GetParam();
  for (int version = type.min_version; version <= type.max_version; ++version) {
    Arena arena;
    const auto v = static_cast<int16_t>(version);
    const std::string bytes = EncodeAny(type, v, NewMessage(type, arena));
    EXPECT_TRUE(Transcode(type, v, bytes).decoded) << type.name << " v" << version;
  }
}

INSTANTIATE_TEST_SUITE_P(All, MessageTest,
                         testing::ValuesIn(AllMessages().begin(), AllMessages().end()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Messages, RequestAndResponseKnowEachOther) {
  static_assert(std::is_same_v<HeartbeatRequest::Response, HeartbeatResponse>);
  static_assert(std::is_same_v<HeartbeatResponse::Request, HeartbeatRequest>);
  static_assert(std::is_trivially_destructible_v<FetchResponse>);
  static_assert(HeartbeatRequest::kApiKey == 12 && HeartbeatRequest::kFlexibleFrom == 4);
  EXPECT_NE(FindMessage("HeartbeatRequest"), nullptr);
  EXPECT_EQ(FindMessage("Nothing"), nullptr);
}

TEST(Messages, UnknownTagsSurviveDecodingAndEncoding) {
  Arena arena;
  HeartbeatResponse response;
  response.unknown_tagged_fields.Add(arena, {3, "kept"});
  const std::string bytes = EncodeAny(*FindMessage("HeartbeatResponse"), 4, &response);
  wire::Reader reader(bytes, arena);
  HeartbeatResponse back;
  ASSERT_TRUE(Decode(reader, 4, &back));
  ASSERT_EQ(back.unknown_tagged_fields.size(), 1u);
  EXPECT_EQ(back.unknown_tagged_fields[0], (TaggedField{3, "kept"}));
  // Versions without tags leave them out.
  EXPECT_EQ(EncodedSize(3, response), EncodedSize(3, HeartbeatResponse()));
}

TEST(Messages, FieldsThatAVersionLacksKeepTheirDefaults) {
  Arena arena;
  FetchRequest request;
  request.session_epoch = 9;
  request.rack_id = "r";
  const std::string bytes = EncodeAny(*FindMessage("FetchRequest"), 6, &request);
  wire::Reader reader(bytes, arena);
  FetchRequest back;
  ASSERT_TRUE(Decode(reader, 6, &back));
  EXPECT_EQ(back.session_epoch, -1);
  EXPECT_EQ(back.rack_id, "");
}

}  // namespace
}  // namespace odradek
