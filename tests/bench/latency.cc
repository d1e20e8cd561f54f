// Latencies: at a fixed rate, to the acknowledgement and to a consumer; and of acks that wait for
// the disk.
#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "tests/bench/bare_server.h"
#include "tests/bench/cases.h"
#include "tests/bench/cores.h"
#include "tests/bench/load.h"
#include "tests/bench/open_loop.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr size_t kValueBytes = 100;
constexpr std::string_view kBareEcho = "bare echo";
constexpr Pace kSlow = {.per_second = 1000, .requests = 2000};
constexpr Pace kFast = {.per_second = 10'000, .requests = 10'000};
constexpr double kDurableSeconds = 0.5;
constexpr int64_t kDurableWarmUp = 32;  // requests per connection

void AddPercentiles(std::string_view of, const Histogram& histogram, Row* row) {
  const auto us = [](int64_t ns) { return static_cast<double>(ns) / 1000; };
  row->Add(fmt::format("{}p50 us", of), us(histogram.Percentile(0.5)));
  row->Add(fmt::format("{}p99 us", of), us(histogram.Percentile(0.99)));
  row->Add(fmt::format("{}p99.9 us", of), us(histogram.Percentile(0.999)));
  row->Add(fmt::format("{}max us", of), us(histogram.max_ns()));
}

void Acknowledge(Setup& setup, CaseResult* result, const Pace& pace) {
  const std::string batch = MakeBatch(1, kValueBytes);
  for (int round = 0; round <= setup.rounds; ++round) {
    const std::string name = fmt::format("{}-{}", result->name, round);
    {
      BareServer server = BareServer::Echo();
      Histogram histogram;
      const std::string frame = ProduceFrame({.name = name, .produce_version = 9}, batch, 1);
      CHECK(RunOpenLoop(server.port(), frame, pace, &histogram).ok());
      AddPercentiles("", histogram, &result->RowIn(round, kBareEcho));
    }
    ForEachContender(setup, result, round, [&](Contender& contender, Row* row) -> Status {
      const Result<Topic> topic = contender.remote->CreateTopic(name);
      if (!topic.ok()) return topic.status();
      Histogram histogram;
      RETURN_IF_ERROR(
          RunOpenLoop(contender.process->port(), ProduceFrame(*topic, batch, 1), pace, &histogram));
      RETURN_IF_ERROR(contender.remote->AwaitEnd(*topic, pace.requests));
      contender.remote->DeleteTopic(*topic);
      AddPercentiles("", histogram, row);
      return {};
    });
  }
  AddRatios(result, "p50 us", "p50 to echo", false,
            [](const std::string&) { return std::string(kBareEcho); });
  AddRatiosToPeer(setup, kMock, "p50 us", result);
}

void EndToEnd(Setup& setup, CaseResult* result, const Pace& pace) {
  const std::string batch = MakeBatch(1, kValueBytes);
  for (int round = 0; round <= setup.rounds; ++round) {
    const std::string name = fmt::format("{}-{}", result->name, round);
    ForEachContender(setup, result, round, [&](Contender& contender, Row* row) -> Status {
      const Result<Topic> topic = contender.remote->CreateTopic(name);
      if (!topic.ok()) return topic.status();
      Histogram answers;
      Histogram arrivals;
      RETURN_IF_ERROR(RunEndToEnd(contender.process->port(), *topic, ProduceFrame(*topic, batch, 1),
                                  0, pace, &answers, &arrivals));
      contender.remote->DeleteTopic(*topic);
      AddPercentiles("", arrivals, row);
      return {};
    });
  }
}

// So many requests that a round takes about kDurableSeconds, by a short first try.
template <class Load>
Result<LoadResult> RunForAWhile(int connections, Load load) {
  const Result<LoadResult> first = load(kDurableWarmUp * connections);
  if (!first.ok()) return first;
  const double each = first->seconds / kDurableWarmUp;
  const auto per_connection = static_cast<int64_t>(kDurableSeconds / each) + kDurableWarmUp;
  return load(per_connection * connections);
}

void AddDurable(const LoadResult& load, int64_t requests, const Histogram& latency, Row* row) {
  row->Add("acks/s", static_cast<double>(requests) / load.seconds);
  AddPercentiles("", latency, row);
}

void Durable(Setup& setup, CaseResult* result, int connections) {
  const std::string batch = MakeBatch(1, kValueBytes);
  const auto measure = [&](uint16_t port, const std::string& frame, Row* row) -> Status {
    const std::vector<std::string> frames = {frame};
    Histogram latency;
    int64_t requests = 0;
    const Result<LoadResult> load = RunForAWhile(connections, [&](int64_t wanted) {
      latency = Histogram();
      requests = wanted;
      return RunLoad(port, {.frames = frames,
                            .requests = wanted,
                            .connections = connections,
                            .window = 1,
                            .latency = &latency});
    });
    if (!load.ok()) return load.status();
    AddDurable(*load, requests, latency, row);
    return {};
  };
  const std::string bare = "bare pwrite + fdatasync";
  for (int round = 0; round <= setup.rounds; ++round) {
    const std::string name = fmt::format("{}-{}", result->name, round);
    {
      Result<Ref<File>> file = setup.disk->Open(name, OpenMode::kCreate);
      CHECK(file.ok());
      BareServer server =
          BareServer::Produce(std::move(*file), batch.size(), BareServer::Sync::kBeforeAnswer);
      const net::UniqueFd held = Connect(server.port());  // it would end with the first load
      const std::string frame = ProduceFrame({.name = name, .produce_version = 9}, batch, -1);
      CHECK(measure(server.port(), frame, &result->RowIn(round, bare)).ok());
    }
    CHECK(setup.disk->Remove(name).ok());
    ForEachContender(setup, result, round, [&](Contender& contender, Row* row) -> Status {
      if (!contender.is_on_disk()) return NotFound("keeps nothing on disk");
      const Result<Topic> topic = contender.remote->CreateTopic(name);
      if (!topic.ok()) return topic.status();
      RETURN_IF_ERROR(measure(contender.process->port(), ProduceFrame(*topic, batch, -1), row));
      contender.remote->DeleteTopic(*topic);
      return {};
    });
  }
  AddRatios(result, "acks/s", "ratio", false, [&](const std::string&) { return bare; });
}

constexpr Case kCases[] = {
    {"ack-1k", "1,000 records of 100 bytes a second, acks=1, to the acknowledgement",
     [](Setup& setup, CaseResult* result) { Acknowledge(setup, result, kSlow); }},
    {"ack-10k", "10,000 records of 100 bytes a second, acks=1, to the acknowledgement",
     [](Setup& setup, CaseResult* result) { Acknowledge(setup, result, kFast); }},
    {"end-to-end-1k", "1,000 records of 100 bytes a second, acks=1, to a waiting consumer",
     [](Setup& setup, CaseResult* result) { EndToEnd(setup, result, kSlow); }},
    {"end-to-end-10k", "10,000 records of 100 bytes a second, acks=1, to a waiting consumer",
     [](Setup& setup, CaseResult* result) { EndToEnd(setup, result, kFast); }},
    {"durable-1", "1 producer, one request of one 100-byte record in flight, acks=all",
     [](Setup& setup, CaseResult* result) { Durable(setup, result, 1); }},
    {"durable-16", "16 producers, one request of one 100-byte record in flight each, acks=all",
     [](Setup& setup, CaseResult* result) { Durable(setup, result, 16); }},
    {"durable-256", "256 producers, one request of one 100-byte record in flight each, acks=all",
     [](Setup& setup, CaseResult* result) { Durable(setup, result, 256); }},
};

}  // namespace

std::span<const Case> LatencyCases() { return kCases; }

}  // namespace odradek::bench
