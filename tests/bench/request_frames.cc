#include "tests/bench/request_frames.h"

#include <limits>

#include "base/check.h"
#include "base/env/clock.h"
#include "protocol/message/fetch.h"
#include "protocol/message/produce.h"
#include "protocol/wire/header_codec.h"

namespace odradek::bench {
namespace {

constexpr int16_t kProduceVersion = 13;
constexpr int16_t kFetchVersion = 18;
constexpr std::string_view kClientId = "bench";
constexpr int32_t kTimeoutMs = 20'000;

template <class Request>
std::string FrameOf(int16_t version, const Request& request) {
  const ByteChain chain = wire::EncodeRequest(version, 1, kClientId, request);
  std::string frame;
  for (const Slice& slice : chain.slices()) frame += slice.view();
  return frame;
}

}  // namespace

std::string MakeBatch(int count, size_t value_bytes, const records::BatchOptions& options) {
  const std::string value(value_bytes, 'v');
  const Millis now_ms = SystemClock().WallMs();
  records::BatchBuilder builder(options);
  for (int i = 0; i < count; ++i) builder.Add(now_ms, std::nullopt, value);
  Result<std::string> batch = builder.Finish();
  CHECK(batch.ok());
  return std::move(*batch);
}

std::string ProduceFrame(const Uuid& topic_id, std::string_view batch, int16_t acks) {
  ProduceRequestPartitionProduceData partition;
  partition.records = batch;
  ProduceRequestTopicProduceData topic;
  topic.topic_id = topic_id;
  topic.partition_data = {&partition, 1};
  ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = kTimeoutMs;
  request.topic_data = {&topic, 1};
  return FrameOf(kProduceVersion, request);
}

std::string FetchFrame(const Uuid& topic_id, const FetchPlan& plan) {
  FetchRequestPartition partition;
  partition.fetch_offset = plan.offset;
  partition.partition_max_bytes = plan.max_bytes;
  FetchRequestTopic topic;
  topic.topic_id = topic_id;
  topic.partitions = {&partition, 1};
  FetchRequest request;
  request.max_wait_ms = plan.max_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = std::numeric_limits<int32_t>::max();
  request.session_id = plan.session_id;
  request.session_epoch = plan.session_epoch;
  if (plan.names_partition) request.topics = {&topic, 1};
  return FrameOf(kFetchVersion, request);
}

}  // namespace odradek::bench
