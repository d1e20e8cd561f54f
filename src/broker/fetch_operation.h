// FetchOperation: one Fetch being served: reads its partitions, waits until min_bytes are there or
// max_wait_ms have passed, and hands the outcomes over.
//
//          Start                enough, or nothing to wait for
//   Idle ---------> Reading ------------------------------------> Done (deliver, back to the pool)
//                    |  ^
//      too few bytes |  | woken: appended, trimmed, closed, time is up
//                    v  |
//                   Parked
// Invariants
//   F1  while Parked, a waiter is registered at every readable partition and at most one timer runs
//   F2  a wake-up is posted at most once per parking; further ones are swallowed by `woken_`
//   F3  what is delivered was read after the last wake-up
// Owner: FetchOperationPool; the loop of the connection runs it. Thread: Start and everything after
// on that loop; only waiters are called from elsewhere. Source: ReplicaManager, DelayedFetch.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/env/scheduler.h"
#include "base/mutex.h"
#include "broker/fetch_session.h"
#include "broker/partition.h"
#include "protocol/errors.h"

namespace odradek::broker {

class Cluster;
class Node;

struct FetchParameters {
  Millis max_wait_ms = 0;
  int64_t min_bytes = 0;
  int64_t max_bytes = 0;
  bool read_committed = false;
  bool by_topic_id = false;        // targets are named by id (v13+), not by name
  bool is_consumer = true;         // replica id -1
  bool may_read_follower = false;  // the client can be told of other replicas (v11+)
  std::string_view rack;           // of the client
};

// What came out for one partition.
struct FetchOutcome {
  FetchTarget target;
  std::string_view topic_name;  // of the resolved topic; valid while the outcome is
  Uuid topic_id{};
  ErrorCode error = ErrorCode::kNone;
  // The target could not be resolved when the request came: does not cut the wait of the others.
  bool failed_before_read = false;
  int64_t high_watermark = -1;
  int64_t last_stable_offset = -1;
  int64_t log_start_offset = -1;
  storage::EpochEnd diverging;  // epoch >= 0: the client's log differs
  int32_t leader_id = -1;       // with errors 6, 74: who leads
  int32_t leader_epoch = -1;
  int32_t preferred_read_replica = -1;
  size_t first_slice = 0;  // slices of FetchOperation::data
  size_t slice_count = 0;
  int64_t bytes = 0;
  size_t first_aborted = 0;
  size_t aborted_count = 0;
};

class FetchOperation {
 public:
  using Deliver = UniqueFunction<void(FetchOperation&)>;

  explicit FetchOperation(Cluster& cluster) : cluster_(cluster) {}

  // Before Start: fill these.
  FetchParameters parameters;
  std::vector<FetchTarget> targets;
  FetchSessionRef session;  // for the handler's use on delivery
  bool is_incremental = false;

  // `deliver` is called once, on `scheduler`'s thread, possibly before Start returns. The operation
  // goes back to its pool when it returns.
  void Start(Node& node, Scheduler& scheduler, Deliver deliver);
  // Ends the wait with what is there. Thread-safe.
  void Wake();

  // After delivery: one outcome per target, in order.
  std::vector<FetchOutcome>& outcomes() { return outcomes_; }
  std::vector<Slice>& slices() { return read_.data.slices(); }
  std::vector<storage::AbortedTransaction>& aborted() { return read_.aborted; }

 private:
  friend class FetchOperationPool;

  class Waiter final : public PartitionWaiter {
   public:
    FetchOperation* operation = nullptr;
    PartitionRef partition;
    int64_t fetch_offset = 0;
    void OnAdvance(const storage::LogOffsets& now, size_t appended_bytes) override;
    void OnClosed() override { operation->Wake(); }
  };

  void ReadAll();
  void ReadOne(const FetchTarget& target, FetchOutcome* outcome);
  // Fills error and leadership; null if the partition cannot be read here.
  PartitionRef Resolve(const FetchTarget& target, FetchOutcome* outcome);
  ErrorCode WhyUnknown(bool topic_is_known, FetchOutcome* outcome) const;
  bool Diverges(Partition& partition, const storage::LogOffsets& offsets, FetchOutcome* outcome);
  int32_t PreferredReplica(const metadata::PartitionInfo& info) const;
  bool MustAnswerNow() const;
  void Park();
  void Unpark();
  void Resume();
  void Finish();
  void Clear();
  int64_t BoundOf(const storage::LogOffsets& offsets) const;

  Cluster& cluster_;
  size_t busy_index_ = 0;  // guarded by the pool's mutex
  Node* node_ = nullptr;
  Scheduler* scheduler_ = nullptr;
  Deliver deliver_;
  std::vector<FetchOutcome> outcomes_;
  std::vector<PartitionRef> partitions_;    // per target; null: not readable
  std::vector<metadata::TopicRef> topics_;  // keep the names of the outcomes alive
  storage::ReadResult read_;
  int64_t collected_bytes_ = 0;
  Millis deadline_ms_ = 0;
  std::vector<std::unique_ptr<Waiter>> waiters_;  // reused; the first waiter_count_ are registered
  size_t waiter_count_ = 0;
  std::atomic<int64_t> missing_bytes_{0};
  std::atomic<bool> woken_{false};
  bool resumed_ = false;  // read again after a wait
  bool timed_out_ = false;
  Scheduler::TimerId timer_ = Scheduler::kNoTimer;
};

// Operations with the memory they have grown, so that a fetch in the steady state allocates
// nothing. Thread: any.
class FetchOperationPool {
 public:
  static constexpr size_t kIdleMax = 64;           // spare operations kept
  static constexpr size_t kTargetsKeptMax = 4096;  // a larger one is freed, not kept

  explicit FetchOperationPool(Cluster& cluster) : cluster_(cluster) {}
  ~FetchOperationPool();
  FetchOperation* Take() EXCLUDES(mutex_);
  void Return(FetchOperation* operation) EXCLUDES(mutex_);
  // Ends all waits: the cluster closes.
  void WakeAll() EXCLUDES(mutex_);

 private:
  Cluster& cluster_;
  Mutex mutex_;
  std::vector<FetchOperation*> idle_ GUARDED_BY(mutex_);
  std::vector<FetchOperation*> busy_ GUARDED_BY(mutex_);
};

}  // namespace odradek::broker
