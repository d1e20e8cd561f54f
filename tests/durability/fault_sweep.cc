#include "tests/durability/fault_sweep.h"

#include <fmt/format.h>

#include <functional>
#include <limits>

#include "storage/local/space_reserve.h"
#include "tests/durability/recovery_check.h"
#include "tests/durability/workload.h"

namespace odradek::durability {
namespace {

// One run with one fault.
class FaultyRun {
 public:
  FaultyRun(const FaultSweepOptions& options, const std::function<void(SimulatedDisk&)>& heal)
      : options_(options), heal_(heal), workload_(disk_, options.mode, options.seed) {
    workload_.AllowFailures();
  }
  SimulatedDisk& disk() { return disk_; }

  std::string Run() {
    Status status = workload_.Start();
    if (!status.ok()) {
      heal_(disk_);
      if (status = workload_.Restart(); !status.ok()) return "start: " + status.ToString();
    }
    int left = options_.heal_after;
    for (int step = 0; step < options_.steps; ++step) {
      status = workload_.Step();
      if (!status.ok()) {
        // The restart inside the step met the fault.
        heal_(disk_);
        if (status = workload_.Restart(); !status.ok()) return "restart: " + status.ToString();
      }
      if (HasFailed() && left-- == 0) heal_(disk_);
    }
    heal_(disk_);
    workload_.Finish();
    if (std::string wrong = WritesGoOn(); !wrong.empty()) return wrong;
    if (std::string wrong = workload_.CheckNow(); !wrong.empty()) return "healed: " + wrong;
    return Crashes();
  }

  bool HasFailed() { return disk_.plan().failures() > 0 || workload_.refused() > 0; }
  void set_restart_allowed(bool allowed) { restart_allowed_ = allowed; }

 private:
  std::string WritesGoOn() {
    // Who was refused comes back, as soon as it is tried again whether there is room.
    workload_.world().clock().Advance(storage::SpaceReserve::kRetakeEveryMs);
    Status status = workload_.WriteEverywhere();
    const bool may_restart = restart_allowed_ || disk_.plan().sync_failures() > 0;
    if (!status.ok() && may_restart) {
      status = workload_.Restart();
      if (status.ok()) status = workload_.WriteEverywhere();
    }
    return status.ok() ? std::string() : "writing does not go on: " + status.ToString();
  }

  std::string Crashes() {
    const bool power = options_.mode == Mode::kPower;
    for (const CrashModel model :
         {CrashModel::kKill, CrashModel::kLoseAll, CrashModel::kAnySubset}) {
      const bool is_kill = model == CrashModel::kKill;
      if (!is_kill && !power) continue;
      const std::unique_ptr<SimulatedDisk> left = disk_.Crash(model, options_.seed);
      const History::Mark mark = workload_.model().history.mark();
      RecoveryOptions recovery;
      recovery.mode = options_.mode;
      recovery.boot = workload_.boot() + (is_kill ? 0 : 1);
      const std::string wrong = CheckRecovery(*left, workload_.model(), recovery);
      if (!wrong.empty())
        return fmt::format("after {}: {}", is_kill ? "a kill" : "a power cut", wrong);
      workload_.model().history.Rewind(mark);
    }
    return {};
  }

  const FaultSweepOptions options_;
  const std::function<void(SimulatedDisk&)> heal_;
  SimulatedDisk disk_;
  Workload workload_;
  bool restart_allowed_ = false;
};

void Count(FaultSweepResult* result, FaultyRun& run, const std::string& name) {
  const std::string wrong = run.Run();
  ++result->runs;
  result->failures += run.disk().plan().failures();
  if (wrong.empty()) return;
  ++result->failed;
  if (result->finding.empty()) result->finding = name + ": " + wrong;
}

}  // namespace

FaultSweepResult SweepCalls(const FaultSweepOptions& options, StatusCode code, bool forever,
                            AfterFailedSync after) {
  const auto heal = [](SimulatedDisk& disk) { disk.plan().Heal(); };
  FaultSweepResult result;
  int64_t calls = 0;
  {
    FaultyRun clean(options, heal);
    Count(&result, clean, "no fault");
    calls = clean.disk().plan().total();
  }
  for (int64_t nth = options.first; nth < calls && result.runs <= options.runs_max;
       nth += options.stride) {
    FaultyRun run(options, heal);
    run.set_restart_allowed(code == StatusCode::kFatal);
    run.disk().set_after_failed_sync(after);
    run.disk().plan().FailAny(nth, code, forever);
    Count(&result, run,
          fmt::format("seed {}, call {} fails {}{}", options.seed, nth, StatusCodeName(code),
                      forever ? " for ever" : ""));
  }
  return result;
}

FaultSweepResult SweepCapacity(const FaultSweepOptions& options) {
  constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
  const auto heal = [](SimulatedDisk& disk) { disk.set_capacity_bytes(kNoLimit); };
  FaultSweepResult result;
  int64_t bytes = 0;
  {
    FaultyRun clean(options, heal);
    Count(&result, clean, "no fault");
    for (const std::string& path : clean.disk().AllFiles())
      bytes += static_cast<int64_t>(clean.disk().Content(path).size());
  }
  for (int64_t room = 0; room < bytes; room += options.stride) {
    FaultyRun run(options, heal);
    run.disk().set_capacity_bytes(room);
    Count(&result, run, fmt::format("seed {}, room for {} bytes", options.seed, room));
  }
  return result;
}

}  // namespace odradek::durability
