#include "tests/durability/explorer.h"

#include <fmt/format.h>

#include "tests/durability/recovery_check.h"
#include "tests/durability/workload.h"

namespace odradek::durability {
namespace {

const char* NameOf(CrashModel model) {
  constexpr const char* kNames[] = {"kill", "kill-in-write", "lose-all", "prefix", "any-subset"};
  return kNames[static_cast<int>(model)];
}

class Explorer {
 public:
  Explorer(uint64_t seed, const ExplorerOptions& options)
      : options_(options), random_(seed ^ 0x5eed), workload_(disk_, options.mode, seed) {}

  ExplorerResult Run() {
    workload_.set_journal_only(options_.journal_only);
    disk_.set_observer([this](FileCall call, const std::string& path) {
      if (Done()) return;
      ++call_number_;
      place_ = fmt::format("step {}, call {} ({} {})", step_, call_number_, static_cast<int>(call),
                           path);
      CrashBehind(disk_, workload_.boot(), /*depth=*/1, options_.variants + 1);
    });
    Status status = workload_.Start();
    for (step_ = 0; step_ < options_.steps && status.ok() && !Done(); ++step_)
      status = workload_.Step();
    if (status.ok() && !Done()) workload_.Finish();
    disk_.set_observer(nullptr);
    if (!status.ok() && result_.finding.empty())
      result_.finding = fmt::format("step {}: {}", step_, status.ToString());
    result_.acknowledged = workload_.acknowledged();
    return result_;
  }

 private:
  bool Done() const {
    return !result_.finding.empty() || result_.crash_points >= options_.crash_points_max;
  }

  // Each level has as many calls again.
  uint64_t Odds(int depth) const { return static_cast<uint64_t>(options_.deeper_percent / depth); }

  CrashModel Draw(int variant) {
    if (options_.mode == Mode::kProcess && !options_.cuts_power)
      return variant == 0 ? CrashModel::kKill : CrashModel::kKillInWrite;
    constexpr CrashModel kModels[] = {CrashModel::kAnySubset,   CrashModel::kPrefix,
                                      CrashModel::kLoseAll,     CrashModel::kKill,
                                      CrashModel::kKillInWrite, CrashModel::kAnySubset};
    if (variant == 0) return CrashModel::kLoseAll;
    return kModels[random_.Below(std::size(kModels))];
  }

  void CrashBehind(const SimulatedDisk& disk, int boot, int depth, int variants) {
    for (int variant = 0; variant < variants && !Done(); ++variant) {
      const CrashModel model = Draw(variant);
      Crash(disk, model, random_.Next(), boot, depth);
    }
  }

  void Crash(const SimulatedDisk& disk, CrashModel model, uint64_t seed, int boot, int depth) {
    ++result_.crash_points;
    ++result_.by_depth[depth];
    Model& known = workload_.model();
    const History::Mark mark = known.history.mark();
    const bool is_kill = model == CrashModel::kKill || model == CrashModel::kKillInWrite;
    const std::unique_ptr<SimulatedDisk> left = disk.Crash(model, seed);
    const std::string outer = trail_;
    trail_ += fmt::format(", {} {:x}", NameOf(model), seed);
    RecoveryOptions recovery;
    recovery.mode = options_.mode;
    recovery.boot = is_kill ? boot : boot + 1;
    recovery.seed = seed;
    recovery.journal_only = options_.journal_only;
    recovery.again = seed % 3 == 0;
    if (depth < options_.depth_max) {
      left->set_observer([&](FileCall call, const std::string& path) {
        if (Done() || random_.Below(100) >= Odds(depth)) return;
        const std::string here = trail_;
        trail_ += fmt::format(", in recovery at {} {}", static_cast<int>(call), path);
        CrashBehind(*left, recovery.boot, depth + 1, 1);
        trail_ = here;
      });
    }
    const int next_value = known.next_value;
    const std::vector<std::string> journal = known.journal;
    const std::optional<std::string> journal_waiting = known.journal_waiting;
    const std::string wrong = CheckRecovery(*left, known, recovery);
    left->set_observer(nullptr);
    if (!wrong.empty() && result_.finding.empty())
      result_.finding = fmt::format("{}{}: {}", place_, trail_, wrong);
    known.next_value = next_value;
    known.journal = journal;
    known.journal_waiting = journal_waiting;
    known.history.Rewind(mark);
    trail_ = outer;
  }

  const ExplorerOptions options_;
  SeededRandom random_;
  SimulatedDisk disk_;
  Workload workload_;
  ExplorerResult result_;
  int step_ = 0;
  int64_t call_number_ = 0;
  std::string place_;
  std::string trail_;
};

}  // namespace

ExplorerResult Explore(uint64_t seed, const ExplorerOptions& options) {
  return Explorer(seed, options).Run();
}

}  // namespace odradek::durability
