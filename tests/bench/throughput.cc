#include "tests/bench/throughput.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "tests/bench/bare_server.h"
#include "tests/bench/load.h"
#include "tests/bench/request_frames.h"

namespace odradek::bench {
namespace {

constexpr size_t kLargeValueBytes = 1024;
constexpr int kLargeRecords = 1012;  // of about 1036 bytes each: 1 MiB
constexpr size_t kSmallValueBytes = 100;
constexpr int kLargeWindow = 4;
constexpr int64_t kSmallBatchesKept = 1000;

struct Measured {
  LoadResult load;
  double cpu_seconds = 0;
};

Measured LoadBroker(BrokerUnderTest& broker, const LoadPlan& plan) {
  Measured measured;
  const double before = broker.CpuSeconds();
  measured.load = RunLoad(broker.port(), plan);
  measured.cpu_seconds = broker.CpuSeconds() - before;
  return measured;
}

Measured LoadBare(BareServer server, const LoadPlan& plan) {
  Measured measured;
  measured.load = RunLoad(server.port(), plan);
  measured.cpu_seconds = server.Join();
  return measured;
}

// `measure(round)`; round 0 warms up and does not count.
template <class Measure>
std::vector<Pair> Rounds(int rounds, Measure measure) {
  std::vector<Pair> pairs;
  for (int round = 0; round <= rounds; ++round) {
    const Pair pair = measure(round);
    if (round > 0) pairs.push_back(pair);
  }
  return pairs;
}

Pair PairOf(const Measured& broker, const Measured& bare) {
  return {.broker_seconds = broker.load.seconds,
          .bare_seconds = bare.load.seconds,
          .broker_cpu_seconds = broker.cpu_seconds,
          .bare_cpu_seconds = bare.cpu_seconds};
}

Ref<File> NewFile(Files& files, const std::string& name) {
  Result<Ref<File>> file = files.Open(name, OpenMode::kCreate);
  CHECK(file.ok());
  return std::move(*file);
}

std::string LargeBatch() { return MakeBatch(kLargeRecords, kLargeValueBytes); }

// The frames that fetch each of `count` batches of `records` records.
std::vector<std::string> FetchFrames(const Uuid& topic_id, int64_t count, int records) {
  std::vector<std::string> frames;
  for (int64_t i = 0; i < count; ++i)
    frames.push_back(FetchFrame(topic_id, {.offset = i * records}));
  return frames;
}

}  // namespace

double LargeBatchBytes() { return static_cast<double>(LargeBatch().size()); }

std::vector<Pair> MeasureLargeProduce(const Throughput& setup) {
  const std::string batch = LargeBatch();
  return Rounds(setup.rounds, [&](int round) {
    const std::string topic = fmt::format("large-{}", round);
    const std::vector<std::string> frames = {
        ProduceFrame(setup.broker.CreateTopic(topic), batch, 1)};
    const LoadPlan plan = {.frames = frames, .requests = kLargeRequests, .window = kLargeWindow};
    const Measured broker = LoadBroker(setup.broker, plan);
    CHECK_EQ(setup.broker.EndOffset(topic), kLargeRequests * kLargeRecords);
    setup.broker.DeleteTopic(topic);

    Ref<File> file = NewFile(setup.files, topic);
    const Measured bare = LoadBare(BareServer::Produce(std::move(file), batch.size()), plan);
    CHECK(setup.files.Remove(topic).ok());
    return PairOf(broker, bare);
  });
}

std::vector<Pair> MeasureLargeFetch(const Throughput& setup) {
  const std::string topic = "fetched";
  const std::string batch = LargeBatch();
  const Uuid topic_id = setup.broker.CreateTopic(topic);
  const std::vector<std::string> produce = {ProduceFrame(topic_id, batch, 1)};
  const LoadPlan filling = {.frames = produce, .requests = kLargeRequests, .window = kLargeWindow};
  RunLoad(setup.broker.port(), filling);
  // Filled like the broker's, so that its pages lie in memory like those.
  const Ref<File> file = NewFile(setup.files, topic);
  LoadBare(BareServer::Produce(file, batch.size()), filling);

  const auto size = static_cast<int64_t>(batch.size());
  const std::vector<std::string> frames = FetchFrames(topic_id, kLargeRequests, kLargeRecords);
  const LoadPlan plan = {.frames = frames, .requests = kFetchRequests, .window = kLargeWindow};
  const auto pairs = Rounds(setup.rounds, [&](int) {
    const Measured broker = LoadBroker(setup.broker, plan);
    CHECK_EQ(broker.load.answer_bytes / size, kFetchRequests);
    const Measured bare = LoadBare(BareServer::Fetch(file, batch.size(), kLargeRequests), plan);
    CHECK_EQ(bare.load.answer_bytes / size, kFetchRequests);
    return PairOf(broker, bare);
  });
  setup.broker.DeleteTopic(topic);
  CHECK(setup.files.Remove(topic).ok());
  return pairs;
}

std::vector<Pair> MeasureSmallProduce(const Throughput& setup, int connections, int window) {
  const std::string topic = "small";
  const std::vector<std::string> frames = {
      ProduceFrame(setup.broker.CreateTopic(topic), MakeBatch(1, kSmallValueBytes), 1)};
  const LoadPlan plan = {
      .frames = frames, .requests = kSmallRequests, .connections = connections, .window = window};
  const auto pairs = Rounds(setup.rounds, [&](int round) {
    const Measured broker = LoadBroker(setup.broker, plan);
    CHECK_EQ(setup.broker.EndOffset(topic), (round + 1) * kSmallRequests);
    return PairOf(broker, {});
  });
  setup.broker.DeleteTopic(topic);
  return pairs;
}

std::vector<Pair> MeasureSmallFetch(const Throughput& setup, int connections, int window) {
  const std::string topic = "small";
  const std::string batch = MakeBatch(1, kSmallValueBytes);
  const Uuid topic_id = setup.broker.CreateTopic(topic);
  const std::vector<std::string> produce = {ProduceFrame(topic_id, batch, 1)};
  RunLoad(setup.broker.port(), {.frames = produce, .requests = kSmallBatchesKept, .window = 8});
  const std::vector<std::string> frames = FetchFrames(topic_id, kSmallBatchesKept, 1);
  const LoadPlan plan = {
      .frames = frames, .requests = kSmallRequests, .connections = connections, .window = window};
  const auto pairs = Rounds(setup.rounds, [&](int) {
    const Measured broker = LoadBroker(setup.broker, plan);
    CHECK(broker.load.answer_bytes > kSmallRequests * static_cast<int64_t>(batch.size()));
    return PairOf(broker, {});
  });
  setup.broker.DeleteTopic(topic);
  return pairs;
}

}  // namespace odradek::bench
