// fail-calls [--mode process|power] [--seeds N] [--seed N]: every disk call of that many workloads
// fails, in every way. Prints a line for each way and ends with 1 if a run was not sound.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "tests/durability/fault_sweep.h"

namespace odradek::durability {
namespace {

void Print(const std::string& name, const FaultSweepResult& result) {
  std::printf("%s: %lld runs, %lld calls failed, %lld runs not sound%s%s\n", name.c_str(),
              static_cast<long long>(result.runs), static_cast<long long>(result.failures),
              static_cast<long long>(result.failed), result.finding.empty() ? "" : "; ",
              result.finding.c_str());
}

int Main(int argc, char** argv) {
  log::SetLevel(log::Level::kOff);
  FaultSweepOptions options;
  uint64_t seeds = 3;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--mode") options.mode = value == "power" ? Mode::kPower : Mode::kProcess;
    if (name == "--log") log::SetLevel(log::Level::kInfo);
    if (name == "--only") {
      options.first = std::strtoll(value.c_str(), nullptr, 10);
      options.runs_max = 1;
    }
    if (name == "--seeds") seeds = std::strtoull(value.c_str(), nullptr, 10);
    if (name == "--seed") options.seed = std::strtoull(value.c_str(), nullptr, 10);
  }
  int64_t failed = 0;
  const uint64_t first = options.seed;
  for (; options.seed < first + seeds; ++options.seed) {
    const std::string mode(ModeName(options.mode));
    for (const StatusCode code : {StatusCode::kFull, StatusCode::kRetriable, StatusCode::kFatal}) {
      for (const bool forever : {false, true}) {
        const FaultSweepResult result = SweepCalls(options, code, forever);
        Print(mode + " " + std::string(StatusCodeName(code)) + (forever ? " for ever" : " once"),
              result);
        failed += result.failed;
      }
    }
    // With kProcess nobody waits for a sync.
    for (const AfterFailedSync after : {AfterFailedSync::kKeptDirty, AfterFailedSync::kForgotten}) {
      if (options.mode == Mode::kProcess) break;
      const FaultSweepResult result = SweepCalls(options, StatusCode::kFatal, false, after);
      Print(mode + (after == AfterFailedSync::kForgotten ? " evicted" : " kept dirty"), result);
      failed += result.failed;
    }
    options.stride = 37;
    const FaultSweepResult full = SweepCapacity(options);
    options.stride = 1;
    Print(mode + " full at a byte", full);
    failed += full.failed;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace odradek::durability

int main(int argc, char** argv) { return odradek::durability::Main(argc, argv); }
