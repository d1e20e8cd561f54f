// odradek_bench: what the broker makes of the machine, beside what bare loops make of it.
//
//   odradek_bench [--rounds N] [--data DIR] [--strict] [--only memory|disk|allocations]
//
// Prints a line per figure; ends with 1 if one is below its limit. DIR (odradek-bench.data) is made
// and removed. See docs/PERFORMANCE.md.
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/log.h"
#include "tests/bench/allocations.h"
#include "tests/bench/broker_under_test.h"
#include "tests/bench/cores.h"
#include "tests/bench/report.h"
#include "tests/bench/throughput.h"

namespace odradek::bench {
namespace {

constexpr double kProduceRatioMin = 0.70;
constexpr double kFetchRatioMin = 0.80;
constexpr double kSmallRateMin = 100'000;
// As librdkafka and the Java client have it: five requests in flight.
constexpr int kSmallConnections = 16;
constexpr int kSmallWindow = 5;
constexpr int kUnpipelinedConnections = 50;

struct Options {
  int rounds = 7;
  std::string data_dir = "odradek-bench.data";
  bool strict = false;
  std::string_view only;

  bool Wants(std::string_view part) const { return only.empty() || only == part; }
};

std::optional<Options> ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--strict") {
      options.strict = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const std::string_view value = argv[++i];
    if (name == "--data") {
      options.data_dir = value;
    } else if (name == "--only") {
      options.only = value;
    } else if (name == "--rounds") {
      std::from_chars(value.data(), value.data() + value.size(), options.rounds);
      if (options.rounds < 1) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

void MeasureLarge(const std::string& place, const Throughput& setup, Report* report) {
  report->AddRatio("produce 1 MiB, " + place, LargeBatchBytes() * kLargeRequests,
                   MeasureLargeProduce(setup), kProduceRatioMin);
  report->AddRatio("fetch 1 MiB, " + place, LargeBatchBytes() * kFetchRequests,
                   MeasureLargeFetch(setup), kFetchRatioMin);
}

void MeasureInMemory(const Options& options, Report* report) {
  BrokerUnderTest broker(std::nullopt);
  const std::unique_ptr<Files> files = MakeMemoryFiles();
  const Throughput setup = {broker, *files, options.rounds};
  MeasureLarge("memory", setup, report);
  report->AddRate("produce 1 record, pipelined", kSmallRequests,
                  MeasureSmallProduce(setup, kSmallConnections, kSmallWindow), kSmallRateMin);
  report->AddRate("produce 1 record, one in flight", kSmallRequests,
                  MeasureSmallProduce(setup, kUnpipelinedConnections, 1), 0);
  report->AddRate("fetch 1 record, pipelined", kSmallRequests,
                  MeasureSmallFetch(setup, kSmallConnections, kSmallWindow), 0);
}

void MeasureOnDisk(const Options& options, Report* report) {
  const std::unique_ptr<Files> place = MakePosixFiles(options.data_dir);
  CHECK(place->MakeDirs("").ok());
  {
    BrokerUnderTest broker(options.data_dir + "/broker");
    MeasureLarge("disk", {broker, *place, options.rounds}, report);
  }
  CHECK(place->RemoveTree("").ok());
}

int Main(int argc, char** argv) {
  const std::optional<Options> options = ParseOptions(argc, argv);
  if (!options.has_value()) {
    std::fprintf(stderr,
                 "usage: odradek_bench [--rounds N] [--data DIR] [--strict] [--only PART]\n");
    return 2;
  }
  log::SetLevel(log::Level::kWarn);
  PinThisThread(kLoadCore);
  Report report(options->strict);
  if (options->Wants("memory")) MeasureInMemory(*options, &report);
  if (options->Wants("disk")) MeasureOnDisk(*options, &report);
  if (options->Wants("allocations")) {
    BrokerUnderTest broker(std::nullopt);
    MeasureAllocations(broker, &report);
  }
  return report.failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace odradek::bench

int main(int argc, char** argv) { return odradek::bench::Main(argc, argv); }
