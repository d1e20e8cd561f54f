#include "tests/bench/remote.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "protocol/errors.h"
#include "protocol/message/api_versions.h"
#include "protocol/message/create_topics.h"
#include "protocol/message/delete_topics.h"
#include "protocol/message/fetch.h"
#include "protocol/message/init_producer_id.h"
#include "protocol/message/list_offsets.h"
#include "protocol/message/metadata.h"
#include "protocol/message/produce.h"
#include "tests/bench/cores.h"

namespace odradek::bench {
namespace {

constexpr int kTimeoutMs = 60'000;
constexpr double kReadySeconds = 30;
constexpr int64_t kLatest = -1;

Status Refused(std::string_view what, ErrorCode code) {
  return Retriable(fmt::format("{}: {}", what, ErrorName(code)));
}

}  // namespace

Result<std::unique_ptr<Remote>> Remote::Connect(uint16_t port) {
  auto client = client::BrokerClient::Connect(fmt::format("127.0.0.1:{}", port), kTimeoutMs);
  if (!client.ok()) return client.status();
  std::unique_ptr<Remote> remote(new Remote(std::move(*client)));
  RETURN_IF_ERROR(remote->LearnVersions());
  return remote;
}

Status Remote::LearnVersions() {
  newest_.fill(-1);
  ApiVersionsResponse response;
  RETURN_IF_ERROR(client_.Call(0, ApiVersionsRequest{}, &response));
  for (const ApiVersionsResponseApiVersion& api : response.api_keys) {
    if (api.api_key >= 0 && static_cast<size_t>(api.api_key) < kApis)
      newest_[static_cast<size_t>(api.api_key)] = api.max_version;
  }
  return {};
}

template <class Request>
int16_t Remote::VersionOf() const {
  return std::min(newest_[static_cast<size_t>(Request::kApiKey)], Request::kMaxVersion);
}

template <class Request>
Status Remote::Call(const Request& request, typename Request::Response* response) {
  const int16_t version = VersionOf<Request>();
  if (version < 0) return NotFound(fmt::format("no {}", Request::kName));
  return client_.Call(version, request, response);
}

Result<Topic> Remote::CreateTopic(std::string_view name, int32_t partitions) {
  Topic topic;
  topic.name = name;
  topic.produce_version = VersionOf<ProduceRequest>();
  topic.fetch_version = VersionOf<FetchRequest>();
  if (VersionOf<CreateTopicsRequest>() >= 0) {
    RETURN_IF_ERROR(CreateByRequest(&topic, partitions));
  } else {
    RETURN_IF_ERROR(CreateByMetadata(topic));
  }
  for (const double start = NowSeconds();;) {
    const Result<int64_t> end = EndOffset(topic);
    if (end.ok()) return topic;
    if (NowSeconds() - start > kReadySeconds) return end.status();
    ::poll(nullptr, 0, 1);
  }
}

Status Remote::CreateByRequest(Topic* topic, int32_t partitions) {
  CreateTopicsRequestCreatableTopic wanted;
  wanted.name = topic->name;
  wanted.num_partitions = partitions;
  wanted.replication_factor = 1;
  CreateTopicsRequest request;
  request.topics = {&wanted, 1};
  request.timeout_ms = kTimeoutMs;
  CreateTopicsResponse response;
  RETURN_IF_ERROR(Call(request, &response));
  if (response.topics.size() != 1) return Corrupt("no topic in the answer");
  const ErrorCode code = response.topics[0].error_code;
  if (code != ErrorCode::kNone) return Refused("create a topic", code);
  topic->id = response.topics[0].topic_id;
  return {};
}

Status Remote::CreateByMetadata(const Topic& topic) {
  MetadataRequestTopic wanted;
  wanted.name = topic.name;
  MetadataRequest request;
  request.topics = {&wanted, 1};
  MetadataResponse response;
  return Call(request, &response);
}

void Remote::DeleteTopic(const Topic& topic) {
  DeleteTopicsRequestDeleteTopicState wanted;
  wanted.name = topic.name;
  std::string_view names[] = {topic.name};
  DeleteTopicsRequest request;
  request.topics = {&wanted, 1};
  request.topic_names = {names, 1};
  request.timeout_ms = kTimeoutMs;
  DeleteTopicsResponse response;
  (void)Call(request, &response);
}

Result<int64_t> Remote::EndOffset(const Topic& topic) {
  ListOffsetsRequestPartition partition;
  partition.timestamp = kLatest;
  ListOffsetsRequestTopic wanted;
  wanted.name = topic.name;
  wanted.partitions = {&partition, 1};
  ListOffsetsRequest request;
  request.replica_id = -1;
  request.topics = {&wanted, 1};
  ListOffsetsResponse response;
  RETURN_IF_ERROR(Call(request, &response));
  if (response.topics.size() != 1 || response.topics[0].partitions.size() != 1)
    return Corrupt("no partition in the answer");
  const ListOffsetsResponsePartitionResponse& answer = response.topics[0].partitions[0];
  if (answer.error_code != ErrorCode::kNone) return Refused("the log's end", answer.error_code);
  return answer.offset;
}

Status Remote::AwaitEnd(const Topic& topic, int64_t end) {
  for (const double start = NowSeconds();;) {
    const Result<int64_t> now = EndOffset(topic);
    if (!now.ok()) return now.status();
    if (*now == end) return {};
    if (*now > end) return Corrupt("more records than were sent");
    if (NowSeconds() - start > kReadySeconds) return Corrupt("records are missing");
    ::poll(nullptr, 0, 1);
  }
}

Result<int64_t> Remote::NewProducerId() {
  InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  request.transaction_timeout_ms = kTimeoutMs;
  InitProducerIdResponse response;
  RETURN_IF_ERROR(Call(request, &response));
  if (response.error_code != ErrorCode::kNone) return Refused("a producer id", response.error_code);
  return response.producer_id;
}

}  // namespace odradek::bench
