// Bytes and requests per second, of brokers and of bare loops in turn.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "tests/bench/bare_server.h"
#include "tests/bench/cases.h"
#include "tests/bench/free_pages.h"
#include "tests/bench/load.h"
#include "tests/bench/request_frames.h"

namespace odradek::bench {
namespace {

constexpr double kGiB = 1 << 30;
constexpr size_t kSmallValueBytes = 100;
constexpr double kRoundSecondsMax = 2;
constexpr std::string_view kRate = "GB/s";
constexpr std::string_view kCpuPerByte = "CPU s/GiB";
constexpr std::string_view kRequests = "requests/s";
// What remains for whoever puts on the device what it takes in.
constexpr std::string_view kBareSyncing = "bare loop, disk, syncs";
constexpr std::string_view kCpuPerRequest = "CPU us/request";

struct Shape {
  size_t batch_bytes;  // 0: one record of 100 bytes
  int connections;
  int window;
  int64_t requests;
  int16_t acks = 1;
};

constexpr Shape kProduce1M = {1 << 20, 1, 4, 256};
constexpr Shape kProduce16K = {16 << 10, 8, 4, 8192};
constexpr Shape kFetch64K = {64 << 10, 1, 4, 16'384};
constexpr Shape kFetch1M = {1 << 20, 1, 4, 2048};
constexpr Shape kFetch50M = {50 << 20, 1, 2, 8};
constexpr Shape kOnePipelined = {0, 16, 5, 80'000};
constexpr Shape kOneInFlight = {0, 50, 1, 50'000};
constexpr int64_t kFilledBytes = 256 << 20;
constexpr size_t kFillBatchBytesMax = 1 << 20;

std::string BatchOf(size_t bytes, int* records) {
  *records = 1;
  return bytes == 0 ? MakeBatch(1, kSmallValueBytes) : BatchWithin(bytes, records);
}

struct Measured {
  LoadResult load;
  double cpu_seconds = 0;
};

void AddBytes(Row* row, const Measured& measured, double bytes) {
  row->Add(kRate, bytes / measured.load.seconds / 1e9);
  row->Add(kCpuPerByte, measured.cpu_seconds / (bytes / kGiB));
}

void AddRequests(Row* row, const Measured& measured, int64_t requests) {
  const auto count = static_cast<double>(requests);
  row->Add(kRequests, count / measured.load.seconds);
  row->Add(kCpuPerRequest, measured.cpu_seconds * 1e6 / count);
}

void AddRatiosToBare(const Setup& setup, CaseResult* result) {
  const auto partner = [&](const std::string& who) {
    return who == kBareSyncing ? BareName(true) : BarePartner(setup, who);
  };
  AddRatios(result, kRate, "ratio", false, partner);
  AddRatios(result, kCpuPerByte, "CPU ratio", true, partner);
  AddRatios(result, kRequests, "ratio", false, partner);
  AddRatios(result, kCpuPerRequest, "CPU ratio", true, partner);
  AddRatiosToPeer(setup, kKafka, kCpuPerByte, result);
  AddRatiosToPeer(setup, kKafka, kCpuPerRequest, result);
}

Result<Measured> LoadBroker(const Contender& contender, const LoadPlan& plan) {
  Measured measured;
  const double before = contender.process->CpuSeconds();
  const Result<LoadResult> load = RunLoad(contender.process->port(), plan);
  if (!load.ok()) return load.status();
  measured.load = *load;
  measured.cpu_seconds = contender.process->CpuSeconds() - before;
  return measured;
}

Measured LoadBare(BareServer server, const LoadPlan& plan) {
  const Result<LoadResult> load = RunLoad(server.port(), plan);
  CHECK(load.ok());
  return {*load, server.Join()};
}

Ref<File> NewFile(Files& files, const std::string& name) {
  Result<Ref<File>> file = files.Open(name, OpenMode::kCreate);
  CHECK(file.ok());
  return std::move(*file);
}

void AddFigures(const Shape& shape, size_t batch_bytes, int64_t requests, const Measured& measured,
                Row* row) {
  if (shape.batch_bytes == 0) return AddRequests(row, measured, requests);
  AddBytes(row, measured, static_cast<double>(batch_bytes) * static_cast<double>(requests));
}

LoadPlan PlanOf(const Shape& shape, const std::vector<std::string>& frames, int64_t requests) {
  return {.frames = frames,
          .requests = std::max<int64_t>(requests / shape.connections, 1) * shape.connections,
          .connections = shape.connections,
          .window = shape.window};
}

// What the receiver keeps, and as much again for what it does with it.
int64_t PagesFor(const LoadPlan& plan) {
  return 2 * plan.requests * static_cast<int64_t>(plan.frames.front().size());
}

// Bare loops of the kinds that the contenders need.
template <class Measure>
void ForEachBare(Setup& setup, CaseResult* result, int round, Measure measure) {
  for (const bool on_disk : {false, true}) {
    if (!setup.HasContender(on_disk)) continue;
    measure(on_disk, &result->RowIn(round, BareName(on_disk)));
  }
}

void ProduceBare(Files& files, const std::string& name, const Shape& shape,
                 const std::string& batch, BareServer::Sync sync, Row* row) {
  const std::vector<std::string> frames = {
      ProduceFrame({.name = name, .produce_version = 9}, batch, shape.acks)};
  const LoadPlan plan = PlanOf(shape, frames, shape.requests);
  HaveFreePages(PagesFor(plan));
  const Measured measured = LoadBare(
      shape.batch_bytes == 0 ? BareServer::Echo()
                             : BareServer::Produce(NewFile(files, name), batch.size(), sync),
      plan);
  if (shape.batch_bytes != 0) CHECK(files.Remove(name).ok());
  AddFigures(shape, batch.size(), plan.requests, measured, row);
}

void Produce(Setup& setup, CaseResult* result, const Shape& shape) {
  int records = 0;
  const std::string batch = BatchOf(shape.batch_bytes, &records);
  std::map<std::string, int64_t> requests;  // fewer for those who take long
  for (int round = 0; round <= setup.rounds; ++round) {
    const std::string name = fmt::format("{}-{}", result->name, round);
    const auto bare = [&](bool on_disk, BareServer::Sync sync, Row* row) {
      ProduceBare(setup.FilesFor(on_disk), name, shape, batch, sync, row);
    };
    ForEachBare(setup, result, round,
                [&](bool on_disk, Row* row) { bare(on_disk, BareServer::Sync::kNever, row); });
    if (shape.batch_bytes != 0 && setup.HasContender(true))
      bare(true, BareServer::Sync::kBeside, &result->RowIn(round, std::string(kBareSyncing)));
    ForEachContender(setup, result, round, [&](Contender& contender, Row* row) -> Status {
      const Result<Topic> topic = contender.remote->CreateTopic(name);
      if (!topic.ok()) return topic.status();
      const std::vector<std::string> frames = {ProduceFrame(*topic, batch, shape.acks)};
      int64_t& count = requests.try_emplace(contender.name(), shape.requests).first->second;
      const LoadPlan plan = PlanOf(shape, frames, count);
      HaveFreePages(PagesFor(plan));
      const Result<Measured> measured = LoadBroker(contender, plan);
      if (!measured.ok()) return measured.status();
      RETURN_IF_ERROR(contender.remote->AwaitEnd(*topic, plan.requests * records));
      contender.remote->DeleteTopic(*topic);
      AddFigures(shape, batch.size(), plan.requests, *measured, row);
      if (round == 0 && measured->load.seconds > kRoundSecondsMax)
        count = static_cast<int64_t>(static_cast<double>(count) * kRoundSecondsMax /
                                     measured->load.seconds);
      return {};
    });
  }
  AddRatiosToBare(setup, result);
}

// What is to be fetched, the same for all.
struct Filling {
  std::string batch;
  int records = 0;
  int64_t batches = 0;
  int64_t per_fetch = 1;  // batches

  explicit Filling(const Shape& shape) {
    batch = BatchOf(std::min(shape.batch_bytes, kFillBatchBytesMax), &records);
    if (shape.batch_bytes > kFillBatchBytesMax)
      per_fetch = static_cast<int64_t>(shape.batch_bytes / batch.size());
    batches = shape.batch_bytes == 0 ? 1000 : kFilledBytes / static_cast<int64_t>(batch.size());
  }
  int64_t fetches() const { return batches / per_fetch; }
  size_t fetch_bytes() const { return batch.size() * static_cast<size_t>(per_fetch); }
};

Result<std::vector<std::string>> FillBroker(Contender& contender, const std::string& name,
                                            const Filling& filling) {
  const Result<Topic> topic = contender.remote->CreateTopic(name);
  if (!topic.ok()) return topic.status();
  RETURN_IF_ERROR(contender.Fill(*topic, filling.batch, filling.records, filling.batches));
  std::vector<std::string> frames;
  const auto bytes = static_cast<int32_t>(filling.per_fetch == 1 ? 1 : filling.fetch_bytes());
  for (int64_t i = 0; i < filling.fetches(); ++i) {
    const int64_t offset = i * filling.per_fetch * filling.records;
    frames.push_back(FetchFrame(*topic, {.offset = offset, .max_bytes = bytes}));
  }
  return frames;
}

// Filled like the brokers' logs, so that its pages lie in memory like those.
Ref<File> FillBare(Files& files, const std::string& name, const Filling& filling) {
  Ref<File> file = NewFile(files, name);
  const std::vector<std::string> produce = {
      ProduceFrame({.name = name, .produce_version = 9}, filling.batch, 1)};
  LoadBare(BareServer::Produce(file, filling.batch.size(), BareServer::Sync::kNever),
           {.frames = produce, .requests = filling.batches, .window = 4});
  return file;
}

void Fetch(Setup& setup, CaseResult* result, const Shape& shape) {
  const Filling filling(shape);
  std::map<std::string, std::vector<std::string>> frames;
  std::map<bool, Ref<File>> files;
  for (int round = 0; round <= setup.rounds; ++round) {
    ForEachBare(setup, result, round, [&](bool on_disk, Row* row) {
      if (round == 0)
        files.emplace(on_disk, FillBare(setup.FilesFor(on_disk), result->name, filling));
      const std::vector<std::string> any = {
          FetchFrame({.name = result->name, .fetch_version = 12}, {})};
      const LoadPlan plan = PlanOf(shape, any, shape.requests);
      const Measured measured = LoadBare(
          BareServer::Fetch(files.at(on_disk), filling.fetch_bytes(), filling.fetches()), plan);
      AddFigures(shape, filling.fetch_bytes(), plan.requests, measured, row);
    });
    ForEachContender(setup, result, round, [&](Contender& contender, Row* row) -> Status {
      if (round == 0) {
        auto filled = FillBroker(contender, result->name, filling);
        if (!filled.ok()) return filled.status();
        frames[contender.name()] = std::move(*filled);
      }
      const LoadPlan plan = PlanOf(shape, frames.at(contender.name()), shape.requests);
      const Result<Measured> measured = LoadBroker(contender, plan);
      if (!measured.ok()) return measured.status();
      const auto wanted = static_cast<int64_t>(filling.fetch_bytes()) * plan.requests;
      if (measured->load.answer_bytes < wanted - wanted / 50) return Corrupt("answers are short");
      AddFigures(shape, filling.fetch_bytes(), plan.requests, *measured, row);
      // In its turn: later it rests.
      if (round == setup.rounds) contender.remote->DeleteTopic({.name = result->name});
      return {};
    });
  }
  for (const auto& [on_disk, file] : files)
    CHECK(setup.FilesFor(on_disk).Remove(result->name).ok());
  AddRatiosToBare(setup, result);
}

constexpr Case kCases[] = {
    {"produce-1m", "1 connection, 4 requests of 1 MiB in flight, acks=1",
     [](Setup& setup, CaseResult* result) { Produce(setup, result, kProduce1M); }},
    {"produce-16k", "8 connections, 4 requests of 16 KiB in flight each, acks=1",
     [](Setup& setup, CaseResult* result) { Produce(setup, result, kProduce16K); }},
    {"produce-one", "16 connections, 5 requests of one 100-byte record in flight each, acks=1",
     [](Setup& setup, CaseResult* result) { Produce(setup, result, kOnePipelined); }},
    {"produce-one-unpipelined", "50 connections, 1 request of one 100-byte record in flight each",
     [](Setup& setup, CaseResult* result) { Produce(setup, result, kOneInFlight); }},
    {"fetch-64k", "1 connection, 4 fetches of 64 KiB in flight, 256 MiB in turn",
     [](Setup& setup, CaseResult* result) { Fetch(setup, result, kFetch64K); }},
    {"fetch-1m", "1 connection, 4 fetches of 1 MiB in flight, 256 MiB in turn",
     [](Setup& setup, CaseResult* result) { Fetch(setup, result, kFetch1M); }},
    {"fetch-50m", "1 connection, 2 fetches of 50 MiB in flight, 250 MiB in turn",
     [](Setup& setup, CaseResult* result) { Fetch(setup, result, kFetch50M); }},
    {"fetch-one", "16 connections, 5 fetches of one 100-byte record in flight each",
     [](Setup& setup, CaseResult* result) { Fetch(setup, result, kOnePipelined); }},
};

}  // namespace

std::span<const Case> ThroughputCases() { return kCases; }

}  // namespace odradek::bench
