// What an application reaches with librdkafka, and what it costs the broker.
#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "base/check.h"
#include "tests/bench/cases.h"
#include "tests/bench/request_frames.h"

namespace odradek::bench {
namespace {

constexpr double kGiB = 1 << 30;
constexpr int64_t kProduced = 2'000'000;
constexpr size_t kProducedBytes = 100;
constexpr size_t kBatchBytes = 64 << 10;
constexpr int64_t kBatches = 16'384;
constexpr std::string_view kRate = "M records/s";
constexpr std::string_view kCpu = "CPU s/GiB";

// Runs rdkafka_peer with these words against the broker: what it reached with so many records of so
// many bytes in all.
Status RunPeer(const Setup& setup, const Contender& contender, const std::string& what,
               const std::string& topic, const std::vector<std::string>& words, int64_t records,
               double bytes, Row* row) {
  std::vector<std::string> command = {setup.programs + "/rdkafka_peer", what,
                                      fmt::format("127.0.0.1:{}", contender.process->port()),
                                      topic};
  command.insert(command.end(), words.begin(), words.end());
  const double before = contender.process->CpuSeconds();
  const Result<std::string> seconds = OutputOf(command);
  if (!seconds.ok()) return seconds.status();
  row->Add(kRate, static_cast<double>(records) / std::strtod(seconds->c_str(), nullptr) / 1e6);
  row->Add(kCpu, (contender.process->CpuSeconds() - before) / (bytes / kGiB));
  return {};
}

void Produce(Setup& setup, CaseResult* result) {
  for (int round = 0; round <= setup.rounds; ++round) {
    const std::string name = fmt::format("{}-{}", result->name, round);
    ForEachContender(setup, result, round, [&](Contender& contender, Row* row) -> Status {
      const Result<Topic> topic = contender.remote->CreateTopic(name);
      if (!topic.ok()) return topic.status();
      RETURN_IF_ERROR(RunPeer(setup, contender, "produce", name,
                              {std::to_string(kProduced), std::to_string(kProducedBytes)},
                              kProduced, static_cast<double>(kProduced * kProducedBytes), row));
      RETURN_IF_ERROR(contender.remote->AwaitEnd(*topic, kProduced));
      contender.remote->DeleteTopic(*topic);
      return {};
    });
  }
  AddRatiosToPeer(setup, kMock, kRate, result);
  AddRatiosToPeer(setup, kKafka, kCpu, result);
}

void Consume(Setup& setup, CaseResult* result) {
  int records = 0;
  const std::string batch = BatchWithin(kBatchBytes, &records);
  const int64_t count = kBatches * records;
  for (int round = 0; round <= setup.rounds; ++round) {
    ForEachContender(setup, result, round, [&](Contender& contender, Row* row) -> Status {
      if (round == 0) {
        const Result<Topic> topic = contender.remote->CreateTopic(result->name);
        if (!topic.ok()) return topic.status();
        RETURN_IF_ERROR(contender.Fill(*topic, batch, records, kBatches));
      }
      RETURN_IF_ERROR(RunPeer(setup, contender, "consume", result->name, {std::to_string(count)},
                              count, static_cast<double>(batch.size()) * kBatches, row));
      // In its turn: later it rests.
      if (round == setup.rounds) contender.remote->DeleteTopic({.name = result->name});
      return {};
    });
  }
  AddRatiosToPeer(setup, kKafka, kCpu, result);
}

constexpr Case kCases[] = {
    {"librdkafka", "librdkafka's producer, 2 million records of 100 bytes, acks=1", Produce},
    {"librdkafka-consume", "librdkafka's consumer, 1 GiB in batches of 64 KiB of 1 KiB records",
     Consume},
};

}  // namespace

std::span<const Case> ClientCases() { return kCases; }

}  // namespace odradek::bench
