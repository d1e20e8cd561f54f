// CoordinatorRuntime: the shell around a shard's decisions: one at a time, under its mutex, with
// its records in the log before its answers go out.
//
//   Unloaded --first use--> Loading --log replayed--> Ready --Stop--> Stopped
//       ^                      |
//       +----- log failed -----+
//
// A turn may leave answers and writes. Answers that depend on nothing leave as soon as the mutex is
// free. A write's records are appended in order; when they are committed they are replayed and its
// `done` runs as part of some turn. Invariants
//   R1  records are replayed in the order in which they were appended, each once
//   R2  no answer runs with the mutex held
//   R3  a completion that arrives while a turn runs is taken by that turn before it ends
// Owner: shared by the coordinator and the callbacks it left with log and scheduler.
// Thread: any. Source: CoordinatorRuntime of Apache Kafka.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/env/env.h"
#include "base/failure_log.h"
#include "base/mutex.h"
#include "coordinator/coordinator_shard.h"

namespace odradek::coordinator {

enum class Readiness { kReady, kLoading, kUnavailable, kStopped };

class CoordinatorRuntime : public std::enable_shared_from_this<CoordinatorRuntime> {
 public:
  static constexpr size_t kBatchRecordsMax = 1000;
  static constexpr size_t kBatchBytesMax = 512 * 1024;  // a larger record goes alone
  static constexpr Millis kReloadPauseMs = 1000;        // between attempts to load

  CoordinatorRuntime(const Env& env, PartitionWriter& writer, InternalTopic topic,
                     int32_t partition, std::unique_ptr<CoordinatorShard> shard);
  ~CoordinatorRuntime();

  int32_t partition() const { return partition_; }
  // Starts loading at first use; kReady if the log was replayed meanwhile.
  Readiness Prepare() EXCLUDES(mutex_);
  // Runs `operation(CoordinatorShard&, Turn&)` as one turn, after what was due by then: a late
  // timer shows nobody a session that has ended. False if the shard is not ready (any more), then
  // nothing was done.
  template <class Operation>
  bool Run(Operation&& operation) EXCLUDES(mutex_) {
    bool ready = false;
    RunTurn([&](Turn& turn) {
      mutex_.AssertHeld();
      ready = state_ == State::kReady;
      if (!ready) return;
      RunDue(turn);
      operation(*shard_, turn);
    });
    return ready;
  }
  // Answers what is parked and stops timers; completions still on their way are ignored.
  void Stop() EXCLUDES(mutex_);

 private:
  enum class State { kUnloaded, kLoading, kReady, kStopped };
  struct Batch {
    uint64_t id;
    std::vector<Record> records;
    UniqueFunction<void(const Status&, Turn&)> done;
    bool ends_write;  // of several batches, the last one reports
    bool finished = false;
    Status status;
  };

  template <class Body>
  void RunTurn(Body&& body) EXCLUDES(mutex_) {
    std::vector<Task> answers;
    {
      MutexLock lock(mutex_);
      Turn turn = BeginTurn();
      body(turn);
      FinishTurn(turn);
      answers = std::move(turn.answers());
    }
    for (Task& answer : answers) answer();
  }
  Readiness ReadinessNow() const REQUIRES(mutex_);
  void OnLoaded(const Status& status) EXCLUDES(mutex_);
  void OnAppended(uint64_t id, Status status) EXCLUDES(mutex_);
  void OnTimer() EXCLUDES(mutex_);

  Turn BeginTurn() REQUIRES(mutex_);
  void RunDue(Turn& turn) REQUIRES(mutex_);
  // Until nothing is left to do: submits the writes, takes completions in.
  void FinishTurn(Turn& turn) REQUIRES(mutex_);
  void Submit(Write write) REQUIRES(mutex_);
  void Append(std::vector<Record> records, Await await,
              UniqueFunction<void(const Status&, Turn&)> done, bool ends_write) REQUIRES(mutex_);
  bool TakeCompletions(Turn& turn) REQUIRES(mutex_);
  bool HasFinished() const REQUIRES(mutex_) {
    return !in_flight_.empty() && in_flight_.front().finished;
  }
  void Complete(Batch& batch, Turn& turn) REQUIRES(mutex_);
  void Arm(Millis now_ms) REQUIRES(mutex_);

  const Env env_;
  PartitionWriter& writer_;
  const InternalTopic topic_;
  const int32_t partition_;

  Mutex mutex_;
  State state_ GUARDED_BY(mutex_) = State::kUnloaded;
  Millis reload_after_ms_ GUARDED_BY(mutex_) = INT64_MIN;
  FailureLog load_failures_;
  FailureLog write_failures_;
  const std::unique_ptr<CoordinatorShard> shard_ PT_GUARDED_BY(mutex_);
  std::deque<Batch> in_flight_ GUARDED_BY(mutex_);  // in append order; elements stay where they are
  uint64_t last_batch_id_ GUARDED_BY(mutex_) = 0;
  Status write_failure_ GUARDED_BY(mutex_);  // of an earlier batch of the write being completed
  Scheduler::TimerId timer_ GUARDED_BY(mutex_) = Scheduler::kNoTimer;
  Millis timer_at_ms_ GUARDED_BY(mutex_) = kNever;

  // Leaf: completions may arrive on any thread, also while this thread holds mutex_.
  Mutex completions_mutex_;
  bool turn_running_ GUARDED_BY(completions_mutex_) = false;
  std::vector<std::pair<uint64_t, Status>> completions_ GUARDED_BY(completions_mutex_);
};

}  // namespace odradek::coordinator
