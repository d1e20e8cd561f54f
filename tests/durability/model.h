// Model: what a run's clients know: which writes are under way, acknowledged, refused, and how far
// each log may have been trimmed. Shared by the run that makes the history and by the checks of
// what a crash has left of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/log_store.h"
#include "tests/durability/history.h"
#include "tests/durability/world.h"

namespace odradek::durability {

// A write whose outcome its client does not know yet, or an acknowledged one to be tried again.
struct SentBatch {
  History::Op op = 0;
  std::vector<std::string> values;
  BatchFields fields;
  int64_t base_offset = -1;
  int64_t last_offset = -1;
};

struct LogModel {
  storage::PartitionId id;
  int number = 0;          // in the history; a topic made again has a new one
  int64_t may_start = 0;   // the log must not begin above
  int64_t must_start = 0;  // ... nor below: DeleteRecords was answered
  int32_t leader_epoch = 0;
  bool compacted = false;
  std::map<int64_t, std::string> acked;           // values by offset, of a compacted log
  std::vector<SentBatch> waiting;                 // appended, not acknowledged
  std::map<int64_t, SentBatch> last_of_producer;  // acknowledged, of idempotent producers
  std::map<int64_t, int32_t> next_sequence;
  std::map<int64_t, bool> open_transactions;  // by producer
  // Where batches end, and the bytes up to there: for what retention may take.
  std::vector<std::pair<int64_t, int64_t>> ends;

  // What was acknowledged last under each key is there, or something newer under that key: the
  // promise of a compacted log. Empty if it holds, else what is missing.
  std::string CheckNewest(const std::vector<SeenRecord>& records) const;
};

struct Model {
  static constexpr int kJournalNumber = 1000;

  History history;
  std::vector<LogModel> logs;
  std::vector<std::string> journal;            // acknowledged records
  std::optional<std::string> journal_waiting;  // under way
  int next_log_number = 0;
  int next_value = 0;
};

}  // namespace odradek::durability
