#include "tests/durability/damage_sweep.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/records/record_batch.h"
#include "tests/durability/workload.h"

namespace odradek::durability {

using storage::PartitionLog;

std::string_view DamageName(Damage damage) {
  constexpr std::string_view kNames[kDamageCount] = {"bit",  "length", "gone",
                                                     "swap", "tail",   "folder"};
  return kNames[static_cast<size_t>(damage)];
}

std::string_view VerdictName(Verdict verdict) {
  constexpr std::string_view kNames[kVerdictCount] = {"same", "detected", "silent", "wrong",
                                                      "changed"};
  return kNames[static_cast<size_t>(verdict)];
}

namespace {

bool IsTruth(const std::string& path) {
  return path.ends_with(".log") || path.ends_with(".journal") ||
         (path.starts_with("metadata/") && path.ends_with(".snapshot"));
}

// "alpha/0/00000000000000000012.log" -> "log"; the journal's files say so.
std::string KindOf(const std::string& path) {
  const size_t name = path.rfind('/') + 1;
  const size_t dot = path.find('.', name);
  const std::string kind =
      path.substr(dot == std::string::npos || path[name] > '9' ? name : dot + 1);
  return path.starts_with("metadata/") ? "metadata " + kind : kind;
}

// What is served of one log: its batches by base offset, and where nothing is.
struct Served {
  storage::LogOffsets offsets;
  std::map<int64_t, std::string> batches;
  std::vector<int64_t> errors;   // offsets whose read was answered with an error
  std::vector<int64_t> missing;  // offsets that the log says it does not have
  std::string derived;           // what does not follow from the bytes
};

class Victim {
 public:
  explicit Victim(const DamageOptions& options) : options_(options) {
    Workload workload(disk_, options.mode, options.seed);
    CHECK(workload.Start().ok());
    for (int i = 0; i < 45; ++i) CHECK(workload.Step().ok());
    workload.Finish();
    CHECK(workload.world().Close().ok());
    model_ = workload.model();
    clean_ = disk_.Crash(CrashModel::kKill, 0);
    const std::unique_ptr<SimulatedDisk> copy = Copy();
    World world(*copy, options_.mode, 1, 0);
    CHECK(world.OpenJournal(&journal_).ok());
    for (const LogModel& log : model_.logs) baseline_.push_back(Look(world, log, nullptr));
  }

  std::vector<std::string> Files() const { return clean_->AllFiles(); }
  std::string Content(const std::string& path) const { return clean_->Content(path); }
  std::unique_ptr<SimulatedDisk> Copy() const { return clean_->Crash(CrashModel::kKill, 0); }

  Verdict Judge(SimulatedDisk& damaged, const std::string& path, std::string* why) {
    World world(damaged, options_.mode, 1, 0);
    Verdict verdict = JudgeJournal(world, why);
    for (size_t i = 0; i < model_.logs.size() && verdict < Verdict::kSilent; ++i) {
      const Verdict one = JudgeLog(baseline_[i], Look(world, model_.logs[i], &baseline_[i]), why);
      verdict = std::max(verdict, one);
    }
    if (verdict == Verdict::kSilent && WasReported(damaged)) verdict = Verdict::kDetected;
    if (verdict == Verdict::kDetected && !IsTruth(path)) verdict = Verdict::kChanged;
    return verdict;
  }

 private:
  // Whatever the store tells lies beside the data, in files that were not there.
  bool WasReported(const SimulatedDisk& damaged) const {
    for (const std::string& path : damaged.AllFiles()) {
      if (path.find("report") != std::string::npos && damaged.Content(path) != Content(path))
        return true;
    }
    return false;
  }

  Verdict JudgeJournal(World& world, std::string* why) const {
    std::vector<std::string> records;
    const Status status = world.OpenJournal(&records);
    if (!status.ok()) return Verdict::kDetected;
    if (records == journal_) return Verdict::kSame;
    *why = fmt::format("{} metadata records instead of {}", records.size(), journal_.size());
    const bool prefix = records.size() < journal_.size() &&
                        std::equal(records.begin(), records.end(), journal_.begin());
    return prefix ? Verdict::kSilent : Verdict::kWrong;
  }

  static Verdict JudgeLog(const Served& before, const Served& now, std::string* why) {
    for (const auto& [offset, bytes] : now.batches) {
      const auto found = before.batches.find(offset);
      if (found != before.batches.end() && found->second == bytes) continue;
      *why = fmt::format("another batch is served at {}", offset);
      return Verdict::kWrong;
    }
    if (!now.missing.empty()) {
      *why = fmt::format("offset {} is missing, the log is [{}, {})", now.missing.front(),
                         now.offsets.start, now.offsets.end);
      return Verdict::kSilent;
    }
    if (!now.errors.empty()) return Verdict::kDetected;
    if (now.offsets.start == before.offsets.start && now.offsets.end == before.offsets.end &&
        now.batches == before.batches && now.derived == before.derived) {
      return Verdict::kSame;
    }
    *why = fmt::format("the log is [{}, {}), was [{}, {}); {}", now.offsets.start, now.offsets.end,
                       before.offsets.start, before.offsets.end, now.derived);
    return Verdict::kChanged;
  }

  // With `before`, what stood there is asked for one by one.
  static Served Look(World& world, const LogModel& model, const Served* before) {
    Served served;
    const auto opened = world.store().Open(model.id, SmallLogConfig(model.compacted));
    if (!opened.ok()) {
      if (before != nullptr) served.errors.push_back(before->offsets.start);
      return served;
    }
    PartitionLog& log = **opened;
    served.offsets = log.offsets();
    world.workers().RunAll();
    served.offsets = log.offsets();
    const int64_t from = before != nullptr ? before->offsets.start : served.offsets.start;
    const int64_t to = std::max(before != nullptr ? before->offsets.end : 0, served.offsets.end);
    for (int64_t at = from; at < to;) at = LookAt(log, at, to, &served);
    if (served.errors.empty() && served.missing.empty()) {
      const Result<LogView> view = ReadLog(log);
      if (view.ok())
        served.derived = CheckDerived(log, *view);
      else
        served.errors.push_back(from);
    }
    return served;
  }

  // Takes in what a read from `at` gives; returns where to go on.
  static int64_t LookAt(PartitionLog& log, int64_t at, int64_t to, Served* served) {
    storage::ReadResult result;
    const Status status =
        log.Read({.offset = at, .offset_limit = to, .max_bytes = 1, .at_least_one = true}, &result);
    if (!status.ok() || result.data.empty()) {
      const bool gone = status.ok() || status.code() == StatusCode::kNotFound;
      (gone ? served->missing : served->errors).push_back(at);
      return at + 1;
    }
    std::string bytes;
    for (const Slice& slice : result.data.slices()) {
      const size_t old_size = bytes.size();
      bytes.resize(old_size + slice.size);
      const Result<size_t> read =
          ReadDescriptorAt(slice.fd, slice.offset, std::span(bytes.data() + old_size, slice.size));
      if (!read.ok() || *read != slice.size) {
        served->errors.push_back(at);
        return at + 1;
      }
    }
    if (records::LookAtFront(bytes) != records::Front::kBatch) {
      served->batches[at] = bytes;  // no batch, and served all the same
      return at + 1;
    }
    const records::BatchView batch(bytes.data());
    const int64_t base_offset = batch.base_offset();
    const int64_t next = std::max(at + 1, std::min(batch.last_offset() + 1, result.next_offset));
    served->batches[base_offset] = std::move(bytes);
    return next;
  }

  const DamageOptions options_;
  SimulatedDisk disk_;
  Model model_;
  std::unique_ptr<SimulatedDisk> clean_;
  std::vector<std::string> journal_;
  std::vector<Served> baseline_;
};

class Sweep {
 public:
  Sweep(Damage damage, const DamageOptions& options)
      : damage_(damage), options_(options), victim_(options) {}

  DamageResult Run() {
    if (damage_ == Damage::kFolder) {
      SwapFolders();
      return std::move(result_);
    }
    for (const std::string& path : victim_.Files()) {
      if (path.find(options_.file_part) == std::string::npos) continue;
      switch (damage_) {
        case Damage::kBit:
          FlipBits(path);
          break;
        case Damage::kLength:
          CutLengths(path);
          break;
        case Damage::kGone:
          Case(path, "gone", [&](SimulatedDisk& disk) { disk.Erase(path); });
          break;
        case Damage::kSwap:
          Swap(path);
          break;
        case Damage::kTail:
          AddTails(path);
          break;
        case Damage::kFolder:
          UNREACHABLE();
      }
    }
    return std::move(result_);
  }

 private:
  template <class Spoil>
  void Case(const std::string& path, const std::string& what, Spoil spoil) {
    const int64_t number = case_number_++;
    if (number % options_.stride != 0 || number < options_.first_case ||
        number > options_.last_case)
      return;
    if (options_.current_case != nullptr) *options_.current_case = number;
    const std::unique_ptr<SimulatedDisk> disk = victim_.Copy();
    spoil(*disk);
    std::string why;
    const Verdict verdict = victim_.Judge(*disk, path, &why);
    ++result_.cases;
    ++result_.by_verdict[static_cast<size_t>(verdict)];
    if (verdict < Verdict::kSilent) return;
    ++result_.bad_by_file[fmt::format("{} of {}", VerdictName(verdict), KindOf(path))];
    if (result_.examples.size() < 20)
      result_.examples.push_back(
          fmt::format("case {}: {}, {}: {}: {}", number, path, what, VerdictName(verdict), why));
  }

  void FlipBits(const std::string& path) {
    const std::string content = victim_.Content(path);
    for (size_t bit = 0; bit < content.size() * 8; ++bit) {
      Case(path, fmt::format("bit {} of byte {}", bit % 8, bit / 8), [&](SimulatedDisk& disk) {
        std::string damaged = content;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        disk.SetContent(path, std::move(damaged));
      });
    }
  }

  void CutLengths(const std::string& path) {
    const std::string content = victim_.Content(path);
    for (size_t size = 0; size < content.size(); ++size) {
      Case(path, fmt::format("cut at {}", size),
           [&](SimulatedDisk& disk) { disk.SetContent(path, content.substr(0, size)); });
    }
  }

  void Swap(const std::string& path) {
    for (const std::string& other : victim_.Files()) {
      if (other == path || KindOf(other) != KindOf(path)) continue;
      if (victim_.Content(other) == victim_.Content(path)) continue;
      Case(path, "with the content of " + other,
           [&](SimulatedDisk& disk) { disk.SetContent(path, victim_.Content(other)); });
    }
  }

  // Every partition with every other, of its own topic or not.
  void SwapFolders() {
    std::map<std::string, std::string> logs;  // folder -> a segment in it
    for (const std::string& path : victim_.Files())
      if (path.ends_with(".log")) logs.emplace(ParentOf(path), path);
    for (const auto& [folder, log] : logs) {
      for (auto other = logs.upper_bound(folder); other != logs.end(); ++other) {
        Case(log, "its folder swapped with " + other->first,
             [&, mine = folder](SimulatedDisk& disk) {
               CHECK(disk.Rename(mine, "between").ok());
               CHECK(disk.Rename(other->first, mine).ok());
               CHECK(disk.Rename("between", other->first).ok());
             });
      }
    }
  }

  void AddTails(const std::string& path) {
    const std::string content = victim_.Content(path);
    const auto add = [&](const std::string& what, const std::string& tail) {
      for (const size_t size : {size_t{1}, size_t{61}, size_t{512}, size_t{4096}, tail.size()}) {
        if (size > tail.size()) continue;
        Case(path, fmt::format("{} of {} behind it", size, what),
             [&](SimulatedDisk& disk) { disk.SetContent(path, content + tail.substr(0, size)); });
      }
    };
    add("zeros", std::string(8192, '\0'));
    add("its own bytes", content);
    for (const std::string& other : victim_.Files()) {
      if (other != path && KindOf(other) == KindOf(path)) add(other, victim_.Content(other));
    }
  }

  const Damage damage_;
  const DamageOptions options_;
  Victim victim_;
  DamageResult result_;
  int64_t case_number_ = 0;
};

}  // namespace

DamageResult SweepDamage(Damage damage, const DamageOptions& options) {
  return Sweep(damage, options).Run();
}

}  // namespace odradek::durability
