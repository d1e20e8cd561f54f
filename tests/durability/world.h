// World: a log store and a metadata journal over a disk, simulated or real, with clock, random
// numbers and workers that move only when told to: one run of a broker's storage, from start to
// crash.
//
// Owner: a test, which keeps the disk alive longer. Thread: one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env/random.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_workers.h"
#include "base/testing/simulated_disk.h"
#include "storage/journal/journal.h"
#include "storage/local/local_store.h"
#include "tests/durability/history.h"

namespace odradek::durability {

enum class Mode : unsigned char { kProcess, kPower };
std::string_view ModeName(Mode mode);

class World {
 public:
  // Runs of one operating system have the same `boot`.
  World(Files& disk, Mode mode, int boot, uint64_t seed);
  ~World();

  HeldClock& clock() { return clock_; }
  HeldWorkers& workers() { return workers_; }
  storage::LogStore& store() { return *store_; }

  // The journal's records are replayed into `values`.
  Status OpenJournal(std::vector<std::string>* values);
  storage::Journal* journal() { return journal_.get(); }
  // The end of a clean run.
  Status Close();

 private:
  Files& disk_;
  HeldClock clock_;
  HeldWorkers workers_;
  SeededRandom random_;
  std::unique_ptr<storage::LogStore> store_;
  std::unique_ptr<storage::Journal> journal_;
};

// Small segments, so that a short run has many files.
storage::LogConfig SmallLogConfig(bool compacted = false);

struct BatchFields {
  int64_t producer_id = -1;
  int32_t sequence = -1;
  bool transactional = false;
  Millis timestamp_ms = 0;
};
std::string MakeBatch(const std::vector<std::string>& values, const BatchFields& fields);
// The key that MakeBatch gives a record of this value: one of a few.
std::string_view KeyOf(std::string_view value);

// What a reader gets from a log, and what must follow from it.
struct LogView {
  storage::LogOffsets offsets;
  std::vector<SeenRecord> records;  // from the start to durable_end
  std::string bytes;                // the batches as served
  std::vector<storage::AbortedTransaction> aborted;
};
// Reads the whole log in pieces of `max_bytes`. A damaged batch, or an error, is the failure.
Result<LogView> ReadLog(storage::PartitionLog& log, size_t max_bytes = 1 << 20);
// Whether reads that begin in the middle, and questions for a time, find what ReadLog found. Empty
// if so, else what they do not find.
std::string CheckSearches(storage::PartitionLog& log, const LogView& view);

// Whether what the log says beside its bytes follows from them: epochs, open and aborted
// transactions, producers, offsets by time. Empty if so, else what does not.
std::string CheckDerived(storage::PartitionLog& log, const LogView& view);

}  // namespace odradek::durability
