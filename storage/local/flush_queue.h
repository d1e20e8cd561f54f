// FlushQueue: has workers put on the device what the logs of a store have appended: group commit.
// While one log syncs, appends to it pile up for its next turn, so that the device sets the pace
// and no timer does. The queue is the workers' own, and they limit how many logs sync side by side.
//
// Owner: the store's context, shared with work on its way. Thread-safe; its mutex is taken below
// those of the logs.
// Deviations from Apache Kafka, flush.messages and flush.ms: with odradek.durability=process nobody
// waits for a sync that they ask for; Kafka's flush.messages holds up the append.
#pragma once

#include <cstddef>
#include <memory>

#include "base/env/workers.h"
#include "base/mutex.h"

namespace odradek::storage {

class LocalLog;

class FlushQueue final : public std::enable_shared_from_this<FlushQueue> {
 public:
  // `workers` may be null for a store that never syncs before it acknowledges.
  explicit FlushQueue(Workers* workers) : workers_(workers) {}
  FlushQueue(const FlushQueue&) = delete;
  FlushQueue& operator=(const FlushQueue&) = delete;

  // Forgets what waits for its turn and waits for what runs; what comes later is ignored.
  void Stop() EXCLUDES(mutex_);
  // A log waits or is in its turn at most once: LocalLog sees to it.
  void Add(const std::shared_ptr<LocalLog>& log);
  // A log that was added, and whose turn did not begin, has more for it.
  void AddMore() { workers_->Share(); }

 private:
  void Run(const std::weak_ptr<LocalLog>& waiting) EXCLUDES(mutex_);

  Workers* const workers_;
  Mutex mutex_;
  Condition idle_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  size_t running_ GUARDED_BY(mutex_) = 0;
};

}  // namespace odradek::storage
