#include "tests/bench/broker_under_test.h"

#include <charconv>
#include <future>

#include "base/check.h"
#include "base/log.h"
#include "protocol/message/create_topics.h"
#include "protocol/message/delete_topics.h"
#include "protocol/message/init_producer_id.h"
#include "protocol/message/list_offsets.h"
#include "tests/bench/allocation_count.h"
#include "tests/bench/cores.h"

namespace odradek::bench {
namespace {

constexpr int kTimeoutMs = 20'000;
constexpr int16_t kCreateTopicsVersion = 7;
constexpr int16_t kDeleteTopicsVersion = 6;
constexpr int16_t kListOffsetsVersion = 7;
constexpr int16_t kInitProducerIdVersion = 4;
constexpr int64_t kLatest = -1;

template <class Request>
void Call(client::BrokerClient& client, int16_t version, const Request& request,
          typename Request::Response* response) {
  const Status status = client.Call(version, request, response);
  if (!status.ok()) LOG_ERROR("{}", status.ToString());
  CHECK(status.ok());
}

}  // namespace

BrokerUnderTest::BrokerUnderTest(std::optional<std::string> data_dir) {
  std::promise<app::Server*> started;
  thread_ = std::thread([&started, data_dir = std::move(data_dir)] {
    PinThisThread(kServerCore, "broker");
    app::ServeOptions options;
    options.data_dir = data_dir;
    options.port = 0;
    options.threads = 1;
    Result<std::unique_ptr<app::Server>> server = app::Server::Start(options);
    if (!server.ok()) LOG_ERROR("{}", server.status().ToString());
    CHECK(server.ok());
    CountThisThread();
    started.set_value(server->get());
    CHECK((*server)->Run().ok());
  });
  server_ = started.get_future().get();
  const std::string address = server_->bootstrap();
  const size_t colon = address.rfind(':');
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port_);
  auto client = client::BrokerClient::Connect(address, kTimeoutMs);
  CHECK(client.ok());
  client_ = std::make_unique<client::BrokerClient>(std::move(*client));
}

BrokerUnderTest::~BrokerUnderTest() {
  server_->Stop();
  thread_.join();
}

double BrokerUnderTest::CpuSeconds() { return CpuSecondsOf(thread_.native_handle()); }

Uuid BrokerUnderTest::CreateTopic(std::string_view name) {
  CreateTopicsRequestCreatableTopic topic;
  topic.name = name;
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  CreateTopicsRequest request;
  request.topics = {&topic, 1};
  request.timeout_ms = kTimeoutMs;
  CreateTopicsResponse response;
  Call(*client_, kCreateTopicsVersion, request, &response);
  CHECK(response.topics[0].error_code == ErrorCode::kNone);
  return response.topics[0].topic_id;
}

void BrokerUnderTest::DeleteTopic(std::string_view name) {
  DeleteTopicsRequestDeleteTopicState topic;
  topic.name = name;
  DeleteTopicsRequest request;
  request.topics = {&topic, 1};
  request.timeout_ms = kTimeoutMs;
  DeleteTopicsResponse response;
  Call(*client_, kDeleteTopicsVersion, request, &response);
  CHECK(response.responses[0].error_code == ErrorCode::kNone);
}

int64_t BrokerUnderTest::EndOffset(std::string_view name) {
  ListOffsetsRequestPartition partition;
  partition.timestamp = kLatest;
  ListOffsetsRequestTopic topic;
  topic.name = name;
  topic.partitions = {&partition, 1};
  ListOffsetsRequest request;
  request.replica_id = -1;
  request.topics = {&topic, 1};
  ListOffsetsResponse response;
  Call(*client_, kListOffsetsVersion, request, &response);
  CHECK(response.topics[0].partitions[0].error_code == ErrorCode::kNone);
  return response.topics[0].partitions[0].offset;
}

int64_t BrokerUnderTest::NewProducerId() {
  InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  request.transaction_timeout_ms = kTimeoutMs;
  InitProducerIdResponse response;
  Call(*client_, kInitProducerIdVersion, request, &response);
  CHECK(response.error_code == ErrorCode::kNone);
  return response.producer_id;
}

}  // namespace odradek::bench
