// odradek_bench: what the broker makes of the machine, beside what bare loops make of it.
//
//   odradek_bench [--rounds N] [--data DIR] [--strict] [--only TEXT]
//
// Prints a line per figure; ends with 1 if one is below its limit. TEXT picks the lines whose name
// holds it, or "allocations". DIR (odradek-bench.data) is made and removed. See
// docs/PERFORMANCE.md.
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  const std::string produce = "produce 1 MiB, " + place;
  if (report->Wants(produce)) {
    report->AddRatio(produce, LargeBatchBytes() * kLargeRequests, MeasureLargeProduce(setup),
                     kProduceRatioMin);
  }
  const std::string fetch = "fetch 1 MiB, " + place;
  if (report->Wants(fetch)) {
    report->AddRatio(fetch, LargeBatchBytes() * kFetchRequests, MeasureLargeFetch(setup),
                     kFetchRatioMin);
  }
}

void MeasureSmall(const Throughput& setup, Report* report) {
  struct Line {
    std::string_view name;
    std::vector<Pair> (*measure)(const Throughput&, int connections, int window);
    int connections;
    int window;
    double rate_min;
  };
  constexpr Line kLines[] = {
      {"produce 1 record, pipelined", MeasureSmallProduce, kSmallConnections, kSmallWindow,
       kSmallRateMin},
      {"produce 1 record, one in flight", MeasureSmallProduce, kUnpipelinedConnections, 1, 0},
      {"fetch 1 record, pipelined", MeasureSmallFetch, kSmallConnections, kSmallWindow, 0},
  };
  for (const Line& line : kLines) {
    if (!report->Wants(line.name)) continue;
    report->AddRate(line.name, kSmallRequests, line.measure(setup, line.connections, line.window),
                    line.rate_min);
  }
}

void MeasureInMemory(const Options& options, Report* report) {
  BrokerUnderTest broker(std::nullopt);
  const std::unique_ptr<Files> files = MakeMemoryFiles();
  const Throughput setup = {broker, *files, options.rounds};
  MeasureLarge("memory", setup, report);
  MeasureSmall(setup, report);
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
                 "usage: odradek_bench [--rounds N] [--data DIR] [--strict] [--only TEXT]\n");
    return 2;
  }
  log::SetLevel(log::Level::kWarn);
  PinThisThread(kLoadCore, "load");
  Report report(options->strict, options->only);
  MeasureInMemory(*options, &report);
  MeasureOnDisk(*options, &report);
  if (report.Wants("allocations")) {
    BrokerUnderTest broker(std::nullopt);
    MeasureAllocations(broker, &report);
  }
  return report.failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace odradek::bench

int main(int argc, char** argv) { return odradek::bench::Main(argc, argv); }
