// Partition: a partition's log together with those who wait for it to advance.
//
// The high watermark is the log's durable end; readers are woken by whatever moves it, the stable
// offset or the start. Owner: PartitionManager, shared with requests in flight.
// Thread: any. Lock order: leading_mutex_, config_mutex_, the log's mutex, then waiters_mutex_.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/env/clock.h"
#include "base/failure_log.h"
#include "base/mutex.h"
#include "metadata/metadata_image.h"
#include "storage/log_store.h"

namespace odradek::broker {

class Partition;

// A place in a partition's list of waiters. Its owner must Remove it before it dies.
class PartitionWaiter {
 public:
  virtual ~PartitionWaiter() = default;
  // Under the log's and the waiters' mutex: note it, post work elsewhere, do not call back.
  virtual void OnAdvance(const storage::LogOffsets& now, size_t appended_bytes) = 0;
  // The partition was deleted or failed.
  virtual void OnClosed() = 0;

 private:
  friend class Partition;
  PartitionWaiter* next_ = nullptr;
  PartitionWaiter* previous_ = nullptr;
  bool linked_ = false;
};

class Partition final : public storage::LogListener {
 public:
  // `on_sealed` is told, under the log's mutex, that a segment of a compacted log was sealed.
  Partition(storage::PartitionId id, std::shared_ptr<storage::PartitionLog> log,
            std::function<void()> on_sealed = {});
  ~Partition() override;

  const storage::PartitionId& id() const { return id_; }
  storage::PartitionLog& log() { return *log_; }

  // Begins the epoch in the log, which loads it; once. Errors: what loading it reports; the next
  // call tries again.
  Status EnsureLed(int32_t leader_epoch) EXCLUDES(leading_mutex_);
  bool is_led() const { return is_led_.load(std::memory_order_acquire); }
  // Of a log that is being loaded, once it is: nobody waits for that here.
  void SetLogConfig(const storage::LogConfig& config) EXCLUDES(config_mutex_);

  // False if the partition is closed already; then OnClosed will not be called.
  bool AddWaiter(PartitionWaiter& waiter) EXCLUDES(waiters_mutex_);
  // After it returns, no call to the waiter is running or will come.
  void RemoveWaiter(PartitionWaiter& waiter) EXCLUDES(waiters_mutex_);
  // Wakes the waiters and refuses new ones: the topic is gone.
  void Close() EXCLUDES(waiters_mutex_);

  // A read at `offset` has ended: what fails is told, and when reading goes on there.
  struct ReadOutcome {
    int64_t offset = 0;
    int64_t next_offset = 0;
    int64_t log_start_offset = 0;
  };
  void NoteRead(const Clock& clock, const ReadOutcome& read, const Status& status);

  // The topic's min.insync.replicas, applied by acks=all.
  int32_t min_insync_replicas() const {
    return min_insync_replicas_.load(std::memory_order_relaxed);
  }
  // cleanup.policy contains compact.
  bool is_compacted() const { return is_compacted_.load(std::memory_order_relaxed); }
  void set_is_compacted(bool is) { is_compacted_.store(is, std::memory_order_relaxed); }
  void set_min_insync_replicas(int32_t count) {
    min_insync_replicas_.store(count, std::memory_order_relaxed);
  }

 private:
  void OnAdvance(const storage::LogOffsets& now, size_t appended_bytes) override;
  void OnClosed() override { Close(); }
  void OnSealed() override {
    if (on_sealed_ && is_compacted()) on_sealed_();
  }

  const storage::PartitionId id_;
  const std::shared_ptr<storage::PartitionLog> log_;
  const std::function<void()> on_sealed_;
  std::atomic<int32_t> min_insync_replicas_{1};
  std::atomic<bool> is_compacted_{false};

  FailureLog read_failures_;
  std::atomic<int64_t> failed_at_{-1};  // the offset of the last one

  Mutex leading_mutex_;
  std::atomic<bool> is_led_{false};

  Mutex config_mutex_;  // is_led_ turns true under it
  std::optional<storage::LogConfig> later_config_ GUARDED_BY(config_mutex_);

  Mutex waiters_mutex_;
  PartitionWaiter* first_waiter_ GUARDED_BY(waiters_mutex_) = nullptr;
  bool closed_ GUARDED_BY(waiters_mutex_) = false;
};
using PartitionRef = std::shared_ptr<Partition>;

}  // namespace odradek::broker
