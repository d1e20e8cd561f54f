#include "tests/bench/request_frames.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/env/clock.h"
#include "protocol/message/fetch.h"
#include "protocol/message/produce.h"
#include "protocol/wire/header_codec.h"

namespace odradek::bench {
namespace {

constexpr std::string_view kClientId = "bench";
constexpr int32_t kTimeoutMs = 20'000;
constexpr size_t kValueBytes = 1024;

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

std::string BatchWithin(size_t size_bytes, int* count) {
  const size_t one = MakeBatch(1, kValueBytes).size();
  const size_t two = MakeBatch(2, kValueBytes).size();
  // Offsets and sizes of later records may take a byte or two more.
  *count = std::max(1, static_cast<int>((size_bytes - one) / (two - one + 2)) + 1);
  std::string batch = MakeBatch(*count, kValueBytes);
  CHECK(*count == 1 || batch.size() <= size_bytes);
  return batch;
}

std::string ProduceFrame(const Topic& to, std::string_view batch, int16_t acks) {
  ProduceRequestPartitionProduceData partition;
  partition.records = batch;
  ProduceRequestTopicProduceData topic;
  topic.name = to.name;
  topic.topic_id = to.id;
  topic.partition_data = {&partition, 1};
  ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = kTimeoutMs;
  request.topic_data = {&topic, 1};
  return FrameOf(to.produce_version, request);
}

std::string FetchFrame(const Topic& from, const FetchPlan& plan) {
  FetchRequestPartition partition;
  partition.fetch_offset = plan.offset;
  partition.partition_max_bytes = plan.max_bytes;
  FetchRequestTopic topic;
  topic.topic = from.name;
  topic.topic_id = from.id;
  topic.partitions = {&partition, 1};
  FetchRequest request;
  request.max_wait_ms = plan.max_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = std::numeric_limits<int32_t>::max();
  request.session_id = plan.session_id;
  request.session_epoch = plan.session_epoch;
  if (plan.names_partition) request.topics = {&topic, 1};
  return FrameOf(from.fetch_version, request);
}

}  // namespace odradek::bench
