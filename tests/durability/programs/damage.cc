// damage [--mode process|power] [--seed N] [--stride N] [--file PART]: damages every file of a
// small store in every way; see damage_sweep.h. Prints what came of it and ends with 1 if anything
// is not right.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "base/check.h"
#include "base/log.h"
#include "tests/durability/damage_sweep.h"

namespace odradek::durability {
namespace {

constexpr int64_t kDeathsMax = 20;

// What the sweeping process leaves for the one that watches it.
struct Shared {
  int64_t current_case;
  int64_t cases;
  int64_t by_verdict[kVerdictCount];
};

void Print(const DamageResult& result) {
  for (const auto& [what, count] : result.bad_by_file)
    std::printf("  %lld %s\n", static_cast<long long>(count), what.c_str());
  for (const std::string& example : result.examples) std::printf("    %s\n", example.c_str());
  std::fflush(stdout);
}

// Sweeps in a child, and goes on behind a case that kills it. Returns what is bad.
int64_t Watch(Damage damage, DamageOptions options) {
  void* const memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  Shared* const shared = new (memory) Shared();
  options.current_case = &shared->current_case;
  int64_t deaths = 0;
  for (int status = 1; status != 0;) {
    std::fflush(stdout);
    const pid_t child = fork();
    CHECK_GE(child, 0);
    if (child == 0) {
      const DamageResult result = SweepDamage(damage, options);
      shared->cases += result.cases;
      for (size_t v = 0; v < kVerdictCount; ++v) shared->by_verdict[v] += result.by_verdict[v];
      Print(result);
      _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    if (status == 0) continue;
    ++deaths;
    std::printf("    case %lld ends the process\n", static_cast<long long>(shared->current_case));
    options.first_case = shared->current_case + 1;
    if (deaths == kDeathsMax) break;
  }
  int64_t bad = deaths;
  std::printf("%s: %lld cases, %lld ended the process", std::string(DamageName(damage)).c_str(),
              static_cast<long long>(shared->cases), static_cast<long long>(deaths));
  for (size_t v = 0; v < kVerdictCount; ++v) {
    std::printf(", %lld %s", static_cast<long long>(shared->by_verdict[v]),
                std::string(VerdictName(static_cast<Verdict>(v))).c_str());
    if (static_cast<Verdict>(v) >= Verdict::kSilent) bad += shared->by_verdict[v];
  }
  std::printf("\n");
  munmap(memory, sizeof(Shared));
  return bad;
}

int Main(int argc, char** argv) {
  log::SetLevel(log::Level::kOff);
  DamageOptions options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--mode") options.mode = value == "power" ? Mode::kPower : Mode::kProcess;
    if (name == "--seed") options.seed = std::strtoull(value.c_str(), nullptr, 10);
    if (name == "--stride") options.stride = std::strtoll(value.c_str(), nullptr, 10);
    if (name == "--file") options.file_part = value;
    if (name == "--log") log::SetLevel(log::Level::kInfo);
    if (name == "--only") {
      options.first_case = std::strtoll(value.c_str(), nullptr, 10);
      options.last_case = options.first_case;
    }
    if (name == "--first") options.first_case = std::strtoll(value.c_str(), nullptr, 10);
  }
  int64_t bad = 0;
  for (size_t i = 0; i < kDamageCount; ++i) bad += Watch(static_cast<Damage>(i), options);
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace odradek::durability

int main(int argc, char** argv) { return odradek::durability::Main(argc, argv); }
