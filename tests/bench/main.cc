// kload: what brokers make of the machine, beside each other and beside what bare loops make of it.
//
//   kload [CASE...] [--broker NAME=COMMAND]... [--rounds N] [--data DIR] [--json FILE] [--strict]
//   kload --list
//
// Prints a table per case, and what Odradek's rows had to reach; ends with 1 if one did not. See
// docs/PERFORMANCE.md.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/env/clock.h"
#include "base/log.h"
#include "tests/bench/allocations.h"
#include "tests/bench/cases.h"
#include "tests/bench/cores.h"
#include "tests/bench/limits.h"

namespace odradek::bench {
namespace {

constexpr std::string_view kAllocations = "allocations";
constexpr std::string_view kAllocationsWhat =
    "heap allocations of the broker's thread, one request in flight";
constexpr std::string_view kUsage =
    "usage: kload [CASE...] [--broker NAME=COMMAND]... [--rounds N] [--data DIR] [--json FILE]"
    " [--strict]\n       kload --list\n";

struct Options {
  std::vector<std::string_view> cases;
  std::vector<BrokerCommand> brokers;
  int rounds = 7;
  std::string data_dir = "kload.data";
  std::string json;
  bool strict = false;
  bool list = false;
};

bool TakeValue(std::string_view name, std::string_view value, Options* options) {
  if (name == "--data") {
    options->data_dir = value;
  } else if (name == "--json") {
    options->json = value;
  } else if (name == "--rounds") {
    std::from_chars(value.data(), value.data() + value.size(), options->rounds);
    return options->rounds >= 1;
  } else if (name == "--broker") {
    Result<BrokerCommand> command = BrokerCommand::Parse(value);
    if (!command.ok()) return false;
    options->brokers.push_back(std::move(*command));
  } else {
    return false;
  }
  return true;
}

std::optional<Options> ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--strict") {
      options.strict = true;
    } else if (name == "--list") {
      options.list = true;
    } else if (!name.starts_with("-")) {
      options.cases.push_back(name);
    } else if (i + 1 == argc || !TakeValue(name, argv[++i], &options)) {
      return std::nullopt;
    }
  }
  return options;
}

std::vector<Case> AllCases() {
  std::vector<Case> all;
  for (const auto& some : {ThroughputCases(), LatencyCases(), ClientCases(), LifeCases()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

bool Wants(const Options& options, std::string_view name) {
  return options.cases.empty() ||
         std::any_of(options.cases.begin(), options.cases.end(),
                     [&](std::string_view wanted) { return name.starts_with(wanted); });
}

// Without a word: the broker beside this program, in memory and on disk.
std::vector<BrokerCommand> DefaultBrokers(const std::string& programs) {
  const std::string command = programs + "/odradek --threads 1 --port {port}";
  std::vector<BrokerCommand> brokers;
  for (const std::string& text :
       {"odradek memory=" + command, "odradek power=" + command + " --data-dir {data}"})
    brokers.push_back(*BrokerCommand::Parse(text));
  return brokers;
}

std::string LineOf(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const size_t colon = key.empty() ? std::string::npos : line.find(':');
    return line.substr(line.find_first_not_of(" \t", colon + 1));
  }
  return "?";
}

std::vector<std::pair<std::string, std::string>> About(const Options& options, const Setup& setup,
                                                       const std::string& load_before) {
  utsname system{};
  CHECK_EQ(::uname(&system), 0);
  const std::time_t now = SystemClock().WallMs() / 1000;
  tm utc{};
  ::gmtime_r(&now, &utc);
  std::vector<std::pair<std::string, std::string>> about = {
      {"date", fmt::format("{}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday)},
      {"odradek", ODRADEK_VERSION},
      {"compiler", "gcc " __VERSION__},
      {"processor", LineOf("/proc/cpuinfo", "model name")},
      {"cores", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN))},
      {"memory", LineOf("/proc/meminfo", "MemTotal")},
      {"kernel", fmt::format("{} {}", system.sysname, system.release)},
      {"rounds", std::to_string(options.rounds)},
      {"load before", load_before},
      {"load after", LineOf("/proc/loadavg", "")},
  };
  for (const Contender& contender : setup.contenders) {
    std::string words;
    for (const std::string& word : contender.command.words)
      words += (words.empty() ? "" : " ") + word.substr(word.rfind('/') + 1);
    about.emplace_back("broker " + contender.name(), words);
  }
  return about;
}

Setup SetUp(const Options& options, const std::string& programs) {
  Setup setup;
  setup.directory = options.data_dir;
  setup.programs = programs;
  setup.rounds = options.rounds;
  setup.memory = MakeMemoryFiles();
  setup.disk = MakePosixFiles(options.data_dir);
  CHECK(setup.disk->MakeDirs("").ok());
  const bool none = options.brokers.empty();
  for (const BrokerCommand& command : none ? DefaultBrokers(programs) : options.brokers) {
    const std::string directory = fmt::format("{}/{}", options.data_dir, setup.contenders.size());
    setup.contenders.push_back({command, directory, nullptr, nullptr});
  }
  rlimit files{};
  CHECK_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  CHECK_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  return setup;
}

CaseResult RunCase(const Case& one, Setup& setup, bool strict, int* missed) {
  CaseResult result{std::string(one.name), std::string(one.what), {}};
  one.run(setup, &result);
  std::printf("%s%s\n", TableOf(result).c_str(), JudgementOf(result, strict, missed).c_str());
  std::fflush(stdout);
  return result;
}

int Run(const Options& options, const std::string& programs) {
  log::SetLevel(log::Level::kWarn);
  PinThisThread(kLoadCore, "load");
  const std::string load_before = LineOf("/proc/loadavg", "");
  Setup setup = SetUp(options, programs);
  std::vector<CaseResult> results;
  int missed = 0;
  for (const Case& one : AllCases()) {
    if (Wants(options, one.name)) results.push_back(RunCase(one, setup, options.strict, &missed));
  }
  if (Wants(options, kAllocations)) {
    CaseResult result{std::string(kAllocations), std::string(kAllocationsWhat), {}};
    BrokerUnderTest broker;
    missed += MeasureAllocations(broker, &result);
    std::printf("%s\n", TableOf(result).c_str());
    results.push_back(std::move(result));
  }
  if (!options.json.empty())
    std::ofstream(options.json) << JsonOf(About(options, setup, load_before), results);
  setup.contenders.clear();
  CHECK(setup.disk->RemoveTree("").ok());
  if (results.empty()) std::fprintf(stderr, "no such case; --list names them\n");
  if (missed > 0) std::printf("%d missed\n", missed);
  return missed == 0 && !results.empty() ? 0 : 1;
}

int Main(int argc, char** argv) {
  const std::optional<Options> options = ParseOptions(argc, argv);
  if (!options.has_value()) {
    std::fprintf(stderr, "%.*s", static_cast<int>(kUsage.size()), kUsage.data());
    return 2;
  }
  if (!options->list) {
    const std::string_view self = argv[0];
    const size_t slash = self.rfind('/');
    return Run(*options, std::string(slash == self.npos ? "." : self.substr(0, slash)));
  }
  for (const Case& one : AllCases()) {
    std::printf("%-24.*s %.*s\n", static_cast<int>(one.name.size()), one.name.data(),
                static_cast<int>(one.what.size()), one.what.data());
  }
  std::printf("%-24.*s %.*s\n", static_cast<int>(kAllocations.size()), kAllocations.data(),
              static_cast<int>(kAllocationsWhat.size()), kAllocationsWhat.data());
  return 0;
}

}  // namespace
}  // namespace odradek::bench

int main(int argc, char** argv) { return odradek::bench::Main(argc, argv); }
