#include "api/dispatcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>

#include "api/served_apis.h"
#include "api/testing/broker_fixture.h"
#include "api/testing/running_broker.h"
#include "api/testing/wire_client.h"
#include "protocol/message/api_versions.h"
#include "protocol/message/create_topics.h"
#include "protocol/message/metadata.h"
#include "protocol/message/produce.h"

namespace odradek::api {
namespace {

using fault::Verdict;

ApiVersionsRequest Ping() {
  ApiVersionsRequest request;
  request.client_software_name = "test";
  request.client_software_version = "1";
  return request;
}

// Sends `frame` and expects the connection to be closed without an answer.
void ExpectClosed(RunningBroker& broker, const std::string& frame) {
  WireClient client(broker.port());
  ASSERT_TRUE(client.socket().SendFrame(frame));
  EXPECT_TRUE(client.socket().ReadEnd());
  WireClient other(broker.port());
  EXPECT_NE(other.Call(3, Ping()), nullptr) << "others are served on";
}

TEST(Dispatcher, ClosesOnWhatCannotBeAnswered) {
  RunningBroker broker;
  const std::string client_id = {0, 1, 'c'};
  ExpectClosed(broker, std::string({0}));                                     // no header
  ExpectClosed(broker, std::string({0, 3, 0, 1, 0, 0, 0}));                   // cut header
  ExpectClosed(broker, std::string({127, 0, 0, 0, 0, 0, 0, 1}) + client_id);  // unknown API
  ExpectClosed(broker, std::string({0, 3, 0, 99, 0, 0, 0, 1}) + client_id);   // its version
  ExpectClosed(broker, std::string({0, 3, 0, 1, 0, 0, 0, 1}) + client_id);    // no body
  ExpectClosed(broker, std::string({0, 3, 0, 1, 0, 0, 0, 1}) + client_id + "zzzzzzzz");
}

TEST(Dispatcher, SaysWhoAskedForWhat) {
  testing::internal::CaptureStderr();
  {
    RunningBroker broker;
    WireClient client(broker.port(), "old\nclient");
    ASSERT_TRUE(client.socket().SendFrame(std::string({0, 3, 0, 99, 0, 0, 0, 1, 0, 5}) + "a\nbcd" +
                                          std::string(1, '\0')));
    EXPECT_TRUE(client.socket().ReadEnd());
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("client 'a?bcd' asks for Metadata v99, which is not served (0 to 13)"),
            std::string::npos)
      << log;
}

TEST(Dispatcher, SaysWhichLimitARequestWasOver) {
  testing::internal::CaptureStderr();
  {
    RunningBroker broker;
    // Fetch v4: 20,000 topics without name and partitions, six bytes each.
    const size_t count = 20'000;
    std::string frame({0, 1, 0, 4, 0, 0, 0, 1, 0, 1, 'c'});
    frame.append(4 * sizeof(int32_t) + 1, '\0');
    frame.append({0, 0, static_cast<char>(count >> 8), static_cast<char>(count & 0xFF)});
    frame.append(6 * count, '\0');
    ExpectClosed(broker, frame);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(
      log.find("a request of Fetch v4 by client 'c' of 120032 bytes that takes more memory to "
               "decode than the limit, 8 times its size and 65536 bytes"),
      std::string::npos)
      << log;
}

// Deals with each call of one API as told.
class Rule : public fault::ExchangeHook {
 public:
  Rule(int16_t api_key, Verdict before, Verdict after)
      : api_key_(api_key), before_(before), after_(after) {}
  Verdict Before(const fault::CallInfo& call, fault::Message) override {
    return call.api_key == api_key_ ? before_.exchange(Verdict::kContinue) : Verdict::kContinue;
  }
  Verdict After(const fault::CallInfo& call, fault::Message response) override {
    if (auto* answer = response.As<ApiVersionsResponse>()) answer->throttle_time_ms = 7;
    return call.api_key == api_key_ ? after_.exchange(Verdict::kContinue) : Verdict::kContinue;
  }

 private:
  const int16_t api_key_;
  std::atomic<Verdict> before_;
  std::atomic<Verdict> after_;
};

CreateTopicsRequest CreateOne(Arena& arena, std::string_view name) {
  CreateTopicsRequest request;
  auto& topic = request.topics.Add(arena);
  topic.name = name;
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  request.timeout_ms = 1000;
  return request;
}

bool HasTopic(RunningBroker& broker, std::string_view name) {
  return broker.cluster().metadata().image()->FindTopic(name) != nullptr;
}

TEST(DispatcherHook, MayChangeAnAnswer) {
  Rule rule(-1, Verdict::kContinue, Verdict::kContinue);
  RunningBroker broker({.hook = &rule});
  WireClient client(broker.port());
  EXPECT_EQ(client.Call(3, Ping())->throttle_time_ms, 7);
}

TEST(DispatcherHook, MayLoseTheAnswerOfWhatWasApplied) {
  Rule rule(CreateTopicsRequest::kApiKey, Verdict::kContinue, Verdict::kDropAnswer);
  RunningBroker broker({.hook = &rule});
  WireClient client(broker.port());
  client.Send(5, CreateOne(client.arena(), "lost"));
  const int32_t next = client.Send(3, Ping());
  int32_t answered = 0;
  EXPECT_NE(client.Receive<ApiVersionsResponse>(3, &answered), nullptr);
  EXPECT_EQ(answered, next);
  EXPECT_TRUE(HasTopic(broker, "lost"));
}

TEST(DispatcherHook, MayCloseTheConnectionAfterTheCall) {
  Rule rule(CreateTopicsRequest::kApiKey, Verdict::kContinue, Verdict::kClose);
  RunningBroker broker({.hook = &rule});
  WireClient client(broker.port());
  EXPECT_EQ(client.Call(5, CreateOne(client.arena(), "lost")), nullptr);
  EXPECT_TRUE(HasTopic(broker, "lost"));
}

TEST(DispatcherHook, MayIgnoreARequest) {
  Rule rule(CreateTopicsRequest::kApiKey, Verdict::kDropAnswer, Verdict::kContinue);
  RunningBroker broker({.hook = &rule});
  WireClient client(broker.port());
  client.Send(5, CreateOne(client.arena(), "ignored"));
  EXPECT_NE(client.Call(3, Ping()), nullptr);
  EXPECT_FALSE(HasTopic(broker, "ignored"));
}

class LostAnswer : public BrokerFixture {};

TEST_F(LostAnswer, OfAProduceIsGivenToTheRetry) {
  Rule rule(ProduceRequest::kApiKey, Verdict::kContinue, Verdict::kDropAnswer);
  Start({.hook = &rule});
  CreateTopic("t");
  const ProduceRequest request =
      ProduceOf("t", 0, Batch("x", {.producer_id = 7, .producer_epoch = 0, .base_sequence = 0}));
  client().Send(9, request);
  EXPECT_EQ(EndOffset("t", 0), 1) << "applied, and the next answer is that of the next request";
  const auto& retried = Only(Only(Call(9, request).responses).partition_responses);
  EXPECT_EQ(retried.error_code, ErrorCode::kNone);
  EXPECT_EQ(retried.base_offset, 0);
  EXPECT_EQ(EndOffset("t", 0), 1) << "and not applied again";
}

// What a client may send behind a header that is right: an answer to that request or the end of the
// connection, and nothing that others notice.
TEST(Dispatcher, SurvivesAnyBytesBehindAnyHeader) {
  RunningBroker broker;
  std::mt19937 random(4711);  // always the same bytes
  int closed = 0;
  for (const ServedApi& api : ServedApis()) {
    const ApiInfo& info = *FindApi(api.key);
    for (int16_t version = api.min_version; version <= api.max_version; ++version) {
      for (int i = 0; i < 8; ++i) {
        std::string frame(8, '\0');
        StoreBig(frame.data(), api.key);
        StoreBig(frame.data() + 2, version);
        StoreBig(frame.data() + 4, int32_t{4711});
        frame.append("\0\1c", 3);
        if (wire::RequestHeaderVersion(info, version) == 2) frame.push_back('\0');
        for (size_t n = random() % 64; n > 0; --n) frame.push_back(static_cast<char>(random()));
        net::BlockingClient client(broker.port());
        ASSERT_TRUE(client.SendFrame(frame));
        const std::optional<std::string> answer = client.ReadFrame();
        closed += answer.has_value() ? 0 : 1;
        if (answer.has_value()) {
          EXPECT_EQ(LoadBig<int32_t>(answer->data()), 4711) << api.name;
        } else {
          EXPECT_TRUE(client.ReadEnd()) << api.name << " v" << version << " leaves us waiting";
        }
      }
    }
  }
  EXPECT_GT(closed, 1000) << "hardly any of them is a request";
  WireClient other(broker.port());
  EXPECT_NE(other.Call(3, Ping()), nullptr);
}

TEST(Dispatcher, ServesTwoClustersInOneProcess) {
  RunningBroker first;
  RunningBroker second;
  WireClient client(first.port());
  ASSERT_NE(client.Call(5, CreateOne(client.arena(), "mine")), nullptr);
  EXPECT_TRUE(HasTopic(first, "mine"));
  EXPECT_FALSE(HasTopic(second, "mine"));
  EXPECT_NE(first.cluster().metadata().image()->cluster_id(),
            second.cluster().metadata().image()->cluster_id());
  WireClient other(second.port());
  ASSERT_NE(other.Call(5, CreateOne(other.arena(), "mine")), nullptr);
  EXPECT_NE(first.cluster().metadata().image()->FindTopic("mine")->id,
            second.cluster().metadata().image()->FindTopic("mine")->id);
}

TEST(ServedApis, AreSortedAndFoundByKey) {
  for (size_t i = 0; i < ServedApis().size(); ++i) {
    EXPECT_EQ(FindServedApi(ServedApis()[i].key), &ServedApis()[i]);
    if (i > 0) {
      EXPECT_LT(ServedApis()[i - 1].key, ServedApis()[i].key);
    }
  }
  EXPECT_EQ(FindServedApi(-1), nullptr);
  EXPECT_EQ(FindServedApi(32767), nullptr);
}

}  // namespace
}  // namespace odradek::api
