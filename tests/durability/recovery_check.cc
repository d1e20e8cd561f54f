#include "tests/durability/recovery_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace odradek::durability {
namespace {

using storage::AppendRequest;
using storage::AppendResult;
using storage::PartitionLog;

class RecoveryCheck {
 public:
  RecoveryCheck(Files& disk, Model& model, const RecoveryOptions& options)
      : disk_(disk), model_(model), options_(options) {}

  std::string Run() {
    Start();
    std::string wrong = RunOnce();
    if (!wrong.empty() || !options_.again) return wrong;
    was_recovered_ = true;
    Start();
    wrong = RunOnce();
    return wrong.empty() ? wrong : "opened once more: " + wrong;
  }

 private:
  void Start() {
    world_.reset();
    world_ = std::make_unique<World>(disk_, options_.mode, options_.boot, options_.seed);
  }

  std::string RunOnce() {
    if (std::string wrong = CheckJournal(); !wrong.empty()) return wrong;
    if (options_.journal_only) return AppendToJournal();
    for (const LogModel& log : model_.logs) {
      if (std::string wrong = CheckLog(log); !wrong.empty())
        return fmt::format("log {} ({}-{}): {}", log.number, log.id.topic, log.id.partition, wrong);
    }
    return Judge();
  }

  std::string Judge() {
    const std::vector<Finding> findings = model_.history.Check();
    if (findings.empty()) return {};
    return fmt::format("{}: {}", AnomalyName(findings.front().anomaly), findings.front().what);
  }

  // All acknowledged records in order, and perhaps the one under way behind them.
  std::string CheckJournal() {
    std::vector<std::string> records;
    const Status opened = world_->OpenJournal(&records);
    if (!opened.ok()) return "journal: " + opened.ToString();
    const std::vector<std::string>& acked = model_.journal;
    if (records.size() < acked.size())
      return fmt::format("journal: {} of {} acknowledged records", records.size(), acked.size());
    if (!std::equal(acked.begin(), acked.end(), records.begin()))
      return "journal: other records than were acknowledged";
    const size_t more = records.size() - acked.size();
    if (more == 0) return {};
    if (more > 1 || records.back() != model_.journal_waiting)
      return fmt::format("journal: '{}' was never written there", records.back());
    model_.journal.push_back(records.back());  // was seen: has to stay
    model_.journal_waiting.reset();
    return {};
  }

  // A record more, whatever was under way: both are told.
  std::string AppendToJournal() {
    if (!options_.writes_on) return {};
    const std::string record = "j" + std::to_string(model_.next_value++);
    model_.journal_waiting = record;
    const Status status = world_->journal()->Append(record);
    if (!status.ok()) return "journal: " + status.ToString();
    model_.journal_waiting.reset();
    model_.journal.push_back(record);
    return {};
  }

  std::string CheckLog(const LogModel& log) {
    const auto opened = world_->store().Open(log.id, SmallLogConfig(log.compacted));
    if (!opened.ok()) return opened.status().ToString();
    PartitionLog& partition = **opened;
    (void)partition.offsets();  // loads it
    world_->workers().RunAll();
    if (std::string wrong = Look(log, partition); !wrong.empty()) return wrong;
    if (!options_.writes_on || was_recovered_) return {};
    if (std::string wrong = Retry(log, partition); !wrong.empty()) return wrong;
    return AppendMore(log, partition);
  }

  std::string Look(const LogModel& log, PartitionLog& partition) {
    Result<LogView> view = ReadLog(partition);
    if (!view.ok()) return view.status().ToString();
    const storage::LogOffsets& offsets = view->offsets;
    if (offsets.durable_end != offsets.end)
      return fmt::format("after recovery {} is durable, the end is {}", offsets.durable_end,
                         offsets.end);
    if (options_.starts_are_kept && offsets.start < log.must_start)
      return fmt::format("begins at {}, DeleteRecords was answered for {}", offsets.start,
                         log.must_start);
    if (std::string wrong = CheckDerived(partition, *view); !wrong.empty()) return wrong;
    if (std::string wrong = CheckSearches(partition, *view); !wrong.empty()) return wrong;
    if (std::string wrong = log.CheckNewest(view->records); !wrong.empty()) return wrong;
    model_.history.Read(log.number, std::min(offsets.start, log.may_start), offsets.end,
                        /*is_end=*/true, std::move(view->records));
    return Judge();
  }

  // A batch that was acknowledged is recognised; one under way comes in once.
  std::string Retry(const LogModel& log, PartitionLog& partition) {
    const int64_t start = partition.offsets().start;
    for (const auto& [producer, batch] : log.last_of_producer) {
      if (batch.base_offset < start) continue;
      const AppendResult result = Send(log, partition, MakeBatch(batch.values, batch.fields));
      if (!result.duplicate || result.base_offset != batch.base_offset) {
        return fmt::format("the retry of '{}', acknowledged at {}, is answered {} ({})",
                           batch.values.front(), batch.base_offset, result.base_offset,
                           result.status.ToString());
      }
    }
    bool any = false;
    for (const SentBatch& batch : log.waiting) {
      if (batch.fields.producer_id < 0 || batch.fields.transactional) continue;
      const AppendResult result = Send(log, partition, MakeBatch(batch.values, batch.fields));
      if (result.error != storage::AppendError::kNone)
        return fmt::format("the retry of '{}' is refused: {}", batch.values.front(),
                           result.status.ToString());
      world_->workers().RunAll();
      model_.history.Ok(batch.op, result.base_offset);
      any = true;
    }
    return any ? Look(log, partition) : std::string();
  }

  std::string AppendMore(const LogModel& log, PartitionLog& partition) {
    const std::string value = "v" + std::to_string(model_.next_value++);
    const int64_t end = partition.offsets().end;
    const History::Op op = model_.history.Invoke(0, log.number, {value});
    const AppendResult result = Send(
        log, partition, MakeBatch({value}, {.timestamp_ms = world_->clock().WallMs() + 100'000}));
    world_->workers().RunAll();
    if (result.error != storage::AppendError::kNone) return result.status.ToString();
    if (result.base_offset != end)
      return fmt::format("the next append goes to {}, the end was {}", result.base_offset, end);
    if (partition.offsets().durable_end != end + 1) return "the next append does not count";
    model_.history.Ok(op, end);
    return Look(log, partition);
  }

  AppendResult Send(const LogModel& log, PartitionLog& partition, std::string bytes) {
    return partition.Append({.owner = {1, log.leader_epoch},
                             .batches = bytes,
                             .origin = AppendRequest::Origin::kClient});
  }

  Files& disk_;
  Model& model_;
  const RecoveryOptions options_;
  std::unique_ptr<World> world_;
  bool was_recovered_ = false;  // and what was written since is known
};

}  // namespace

std::string CheckRecovery(Files& disk, Model& model, const RecoveryOptions& options) {
  return RecoveryCheck(disk, model, options).Run();
}

}  // namespace odradek::durability
