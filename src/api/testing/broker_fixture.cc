#include "api/testing/broker_fixture.h"

#include "protocol/message/api_versions.h"
#include "protocol/message/create_topics.h"

namespace odradek::api {
namespace {

constexpr int32_t kMaxBytes = 1 << 20;
constexpr int32_t kTimeoutMs = 60'000;  // no test reaches it

}  // namespace

RunningBroker& BrokerFixture::broker() {
  if (broker_ == nullptr) broker_ = std::make_unique<RunningBroker>();
  return *broker_;
}

WireClient& BrokerFixture::client(size_t node) {
  return clients_.try_emplace(node, broker().port(node)).first->second;
}

void BrokerFixture::Settle() {
  // The loop takes connections and bytes in the order in which they came.
  WireClient later(broker().port());
  EXPECT_NE(later.Call(0, ApiVersionsRequest()), nullptr);
}

void BrokerFixture::CreateTopic(std::string_view name, int32_t partitions,
                                const Settings& configs) {
  CreateTopicsRequest request;
  auto& topic = request.topics.Add(arena_);
  topic.name = name;
  topic.num_partitions = partitions;
  topic.replication_factor = 1;
  for (const auto& [key, value] : configs) {
    auto& config = topic.configs.Add(arena_);
    config.name = key;
    config.value = value;
  }
  EXPECT_EQ(Only(Call(5, request).topics).error_code, ErrorCode::kNone) << name;
}

void BrokerFixture::PlaceTopic(std::string_view name,
                               const std::vector<std::vector<int32_t>>& replicas) {
  CreateTopicsRequest request;
  auto& topic = request.topics.Add(arena_);
  topic.name = name;
  topic.num_partitions = -1;
  topic.replication_factor = -1;
  for (const std::vector<int32_t>& brokers : replicas) {
    auto& assignment = topic.assignments.Add(arena_);
    assignment.partition_index = static_cast<int32_t>(topic.assignments.size()) - 1;
    for (const int32_t broker : brokers) assignment.broker_ids.Add(arena_, broker);
  }
  EXPECT_EQ(Only(Call(5, request).topics).error_code, ErrorCode::kNone) << name;
}

bool BrokerFixture::HasTopic(std::string_view name) {
  return broker().cluster().metadata().image()->FindTopic(name) != nullptr;
}

Uuid BrokerFixture::TopicId(std::string_view name) {
  const metadata::TopicRef topic = broker().cluster().metadata().image()->FindTopic(name);
  return topic == nullptr ? Uuid() : topic->id;
}

std::string BrokerFixture::Batch(std::string_view value, const records::BatchOptions& options,
                                 int64_t timestamp_ms) {
  records::BatchBuilder builder(options);
  builder.Add(timestamp_ms, std::nullopt, value);
  return builder.Finish().value();
}

ProduceRequest BrokerFixture::ProduceOf(std::string_view topic, int32_t partition,
                                        std::string_view records, int16_t acks) {
  ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = kTimeoutMs;
  auto& data = request.topic_data.Add(arena_);
  data.name = topic;
  data.topic_id = TopicId(topic);
  auto& partition_data = data.partition_data.Add(arena_);
  partition_data.index = partition;
  partition_data.records = arena_.Copy(records);
  return request;
}

void BrokerFixture::Produce(std::string_view topic, int32_t partition, std::string_view value,
                            int64_t timestamp_ms) {
  const auto& response = Call(9, ProduceOf(topic, partition, Batch(value, {}, timestamp_ms)));
  EXPECT_EQ(Only(Only(response.responses).partition_responses).error_code, ErrorCode::kNone);
}

FetchRequest BrokerFixture::FetchOf(std::string_view topic, int32_t partition, int64_t offset,
                                    int32_t max_wait_ms) {
  FetchRequest request;
  request.max_wait_ms = max_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = kMaxBytes;
  auto& asked = request.topics.Add(arena_);
  asked.topic = topic;
  asked.topic_id = TopicId(topic);
  auto& asked_partition = asked.partitions.Add(arena_);
  asked_partition.partition = partition;
  asked_partition.fetch_offset = offset;
  asked_partition.partition_max_bytes = kMaxBytes;
  return request;
}

ListOffsetsRequest BrokerFixture::ListOffsetsOf(std::string_view topic, int32_t partition,
                                                int64_t timestamp) {
  ListOffsetsRequest request;
  request.replica_id = -1;
  auto& asked = request.topics.Add(arena_);
  asked.name = topic;
  auto& asked_partition = asked.partitions.Add(arena_);
  asked_partition.partition_index = partition;
  asked_partition.timestamp = timestamp;
  return request;
}

int64_t BrokerFixture::EndOffset(std::string_view topic, int32_t partition) {
  const auto& response = Call(5, ListOffsetsOf(topic, partition, -1));
  return Only(Only(response.topics).partitions).offset;
}

}  // namespace odradek::api
