// CoordinatorShard: the state machine of one partition of an internal topic. Turn: one step of it.
//
// A shard decides and does nothing else: no clock, no log, no locks. An operation reads the state
// and the turn's time, and leaves in the turn what must follow: answers that may go out now, and
// writes. What is persistent changes only in Replay, which is given every record once it is
// committed, and every record of the log when the partition is loaded: the live path and recovery
// are one path, and a write that fails leaves no trace. A machine that must see its own writes
// before they are committed queues behind them.
// Owner: a CoordinatorRuntime. Thread: under the runtime's mutex.
// Source: CoordinatorShard and CoordinatorResult of Apache Kafka (KAFKA-14462).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/env/scheduler.h"
#include "base/result.h"
#include "coordinator/partition_writer.h"

namespace odradek::coordinator {

constexpr Millis kNever = INT64_MAX;  // a deadline that is not armed

class Turn;

struct Write {
  std::vector<Record> records;
  Await await = Await::kDurable;
  // Runs once all records are committed and replayed, or when one of them failed. May be empty.
  UniqueFunction<void(const Status&, Turn&)> done;
};

class Turn {
 public:
  Turn(Millis now_ms, Millis wall_ms) : now_ms_(now_ms), wall_ms_(wall_ms) {}

  Millis now_ms() const { return now_ms_; }    // monotonic: deadlines
  Millis wall_ms() const { return wall_ms_; }  // timestamps

  // Calls `done` with `answer` once the shard's mutex is released.
  template <class Answer>
  void Reply(UniqueFunction<void(Answer)> done, Answer answer) {
    answers_.push_back([done = std::move(done), answer = std::move(answer)]() mutable {
      done(std::move(answer));
    });
  }
  // Commits the records, then replays them, then runs `done`. Writes keep their order. Larger
  // writes become several batches: not atomic, but `done` hears of all of them at once. No records:
  // `done` runs once all earlier writes are committed or have failed.
  void Commit(std::vector<Record> records, UniqueFunction<void(const Status&, Turn&)> done = {},
              Await await = Await::kDurable) {
    writes_.push_back({std::move(records), await, std::move(done)});
  }

  std::vector<Task>& answers() { return answers_; }
  std::vector<Write>& writes() { return writes_; }

 private:
  Millis now_ms_;
  Millis wall_ms_;
  std::vector<Task> answers_;
  std::vector<Write> writes_;
};

enum class ReplayMode { kLoad, kCommit };

class CoordinatorShard {
 public:
  virtual ~CoordinatorShard() = default;
  // Never fails: a record of an unknown kind or version is skipped (and logged).
  virtual void Replay(const RecordView& record, ReplayMode mode) = 0;
  // A record is on its way to the log; Forget follows when it is committed or has failed. Lets
  // deletions cover keys that are not committed yet.
  virtual void NoteInFlight(const Record& record) = 0;
  virtual void ForgetInFlight(const Record& record) = 0;
  virtual void OnLoaded(Turn& turn) = 0;
  // Something is due: NextDeadline() <= turn.now_ms().
  virtual void OnTimer(Turn& turn) = 0;
  // Monotonic; may be earlier than what is really due, never later.
  virtual Millis NextDeadline() const = 0;
  // The partition goes away: whatever is parked is answered.
  virtual void OnUnload(Turn& turn) = 0;
};

}  // namespace odradek::coordinator
