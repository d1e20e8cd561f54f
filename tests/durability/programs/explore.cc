// explore [--mode process|power] [--seed N] [--points N] [--steps N]: crashes workloads at every
// disk call, from one seed to the next, until that many crash points were checked. Prints a line
// for what is wrong, with the words that run it again, and ends with 1 then.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/log.h"
#include "tests/durability/explorer.h"

namespace odradek::durability {
namespace {

int Main(int argc, char** argv) {
  log::SetLevel(log::Level::kOff);
  ExplorerOptions options;
  uint64_t seed = 1;
  int64_t points = 20'000;
  bool one = false;
  int failures_max = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--mode")
      options.mode = std::string(argv[i + 1]) == "power" ? Mode::kPower : Mode::kProcess;
    else if (name == "--seed")
      seed = number;
    else if (name == "--points")
      points = static_cast<int64_t>(number);
    else if (name == "--steps")
      options.steps = static_cast<int>(number);
    else if (name == "--journal")
      options.journal_only = number != 0;
    else if (name == "--variants")
      options.variants = static_cast<int>(number);
    else if (name == "--deeper")
      options.deeper_percent = static_cast<int>(number);
    else if (name == "--failures")
      failures_max = static_cast<int>(number);
    else if (name == "--only")
      seed = number, one = true;
    else
      return 2;
  }
  const std::string mode(ModeName(options.mode));
  const uint64_t first = seed;
  ExplorerResult total;
  int failed = 0;
  for (; total.crash_points < points && failed < failures_max; ++seed) {
    const ExplorerResult result = Explore(seed, options);
    total.crash_points += result.crash_points;
    total.acknowledged += result.acknowledged;
    for (int depth = 0; depth < 4; ++depth) total.by_depth[depth] += result.by_depth[depth];
    if (!result.finding.empty()) {
      ++failed;
      std::printf("%s\n  again: explore --mode %s --journal %d --steps %d --only %llu\n",
                  result.finding.c_str(), mode.c_str(), options.journal_only ? 1 : 0, options.steps,
                  static_cast<unsigned long long>(seed));
    }
    if (one) break;
  }
  std::printf(
      "%s: %lld crash points (%lld, %lld and %lld at depth 1, 2 and 3), %lld acknowledged writes, "
      "seeds %llu to %llu, %d failed\n",
      mode.c_str(), static_cast<long long>(total.crash_points),
      static_cast<long long>(total.by_depth[1]), static_cast<long long>(total.by_depth[2]),
      static_cast<long long>(total.by_depth[3]), static_cast<long long>(total.acknowledged),
      static_cast<unsigned long long>(first),
      static_cast<unsigned long long>(one ? seed : seed - 1), failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace odradek::durability

int main(int argc, char** argv) { return odradek::durability::Main(argc, argv); }
