// Workload: one scripted run of clients over a World, chosen by a seed: plain, idempotent and
// transactional batches, several at once as coordinators write them, rolls, retention,
// DeleteRecords, compaction, new leaders, topics made again under the same name, metadata records
// and snapshots, clean restarts. Keeps the model of what it did.
//
// Owner: a test. Thread: one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/durability/model.h"

namespace odradek::durability {

class Workload {
 public:
  Workload(Files& disk, Mode mode, uint64_t seed);
  ~Workload();

  // Opens everything. Then steps may follow; Finish() acknowledges what is left.
  Status Start();
  Status Step();
  void Finish();

  Model& model() { return model_; }
  World& world() { return *world_; }
  int boot() const { return boot_; }
  // Steps may be refused by a faulty disk; their writes are unknown then, and the run goes on.
  void AllowFailures() { failures_allowed_ = true; }
  // Metadata records and snapshots only.
  void set_journal_only(bool only) { journal_only_ = only; }
  int64_t refused() const { return refused_; }
  int64_t acknowledged() const { return acknowledged_; }
  // Ends the process without a word and starts another one over the same disk.
  Status Restart();
  // Whether all that clients know is true of the logs as they are; what is not, in words.
  std::string CheckNow();
  // An append to each log and to the journal; a failure is the answer.
  Status WriteEverywhere();

 private:
  class Listener;
  static constexpr size_t kLogs = 4;
  static constexpr size_t kCompacted = 3;  // the log that is

  Status OpenLogs();
  Status OpenLog(size_t index);
  Status Append(size_t index, SentBatch batch, std::string bytes,
                storage::AppendRequest::Origin origin);
  Status AppendPlain(size_t index);
  Status AppendIdempotent(size_t index);
  Status AppendTransactional(size_t index);
  Status AppendAsCoordinator(size_t index);
  Status EndTransaction(size_t index);
  Status Trim(size_t index);
  Status Retain(size_t index);
  Status Lead(size_t index);
  Status Recreate(size_t index);
  Status Compact();
  Status JournalAppend();
  Status JournalSnapshot();
  Status RestartCleanly();
  // What durable_end has passed is acknowledged.
  void Acknowledge(size_t index, const storage::LogOffsets& now);
  void Settle(size_t index);
  // An error of the store: a failure of the run, unless failures are allowed.
  Status Refused(Status status);
  std::vector<std::string> NewValues(size_t count);
  int64_t NewestProducer(int64_t first);
  storage::OwnerToken OwnerOf(size_t index) const { return {1, model_.logs[index].leader_epoch}; }

  Files& disk_;
  const Mode mode_;
  const uint64_t seed_;
  SeededRandom random_;
  int boot_ = 0;
  int64_t producer_generation_ = 0;
  bool failures_allowed_ = false;
  bool journal_only_ = false;
  int64_t refused_ = 0;
  int64_t acknowledged_ = 0;
  Millis now_ms_ = 0;
  Model model_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<World> world_;
  std::vector<std::shared_ptr<storage::PartitionLog>> logs_;
};

}  // namespace odradek::durability
