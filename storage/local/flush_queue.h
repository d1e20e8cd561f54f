// FlushQueue: the logs of a store that hold appends which are not on the device yet, and the work
// that puts them there: group commit. While one log syncs, appends to it pile up for its next turn,
// so that the device sets the pace and no timer does.
//
// Owner: the store's context. Thread-safe; its mutex is taken below those of the logs.
// Deviations from Apache Kafka: with odradek.durability=process nobody waits for a sync that
// flush.messages or flush.ms ask for; Kafka's flush.messages holds up the append.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/env/workers.h"
#include "base/mutex.h"

namespace odradek::storage {

class LocalLog;

class FlushQueue {
 public:
  // Logs that sync side by side: the device gains from some, and workers are few.
  static constexpr size_t kJobsMax = 2;

  // `workers` may be null for a store that never syncs before it acknowledges.
  explicit FlushQueue(Workers* workers) : workers_(workers) {}
  ~FlushQueue() { Stop(); }
  FlushQueue(const FlushQueue&) = delete;
  FlushQueue& operator=(const FlushQueue&) = delete;

  // Forgets what is queued and waits for what runs; what comes later is ignored.
  void Stop() EXCLUDES(mutex_);
  // A log is in the queue or in its turn at most once: LocalLog sees to it.
  void Add(std::shared_ptr<LocalLog> log) EXCLUDES(mutex_);

 private:
  // Counts as running until it has found nothing to do, or was dropped without having run.
  class Job {
   public:
    explicit Job(FlushQueue& queue) : queue_(&queue) {}
    Job(Job&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
    Job& operator=(Job&&) = delete;
    ~Job() {
      if (queue_ != nullptr) queue_->EndJob();
    }
    void operator()() { std::exchange(queue_, nullptr)->Run(); }

   private:
    FlushQueue* queue_;
  };

  void Run() EXCLUDES(mutex_);
  void EndJob() EXCLUDES(mutex_);
  // Ends the calling job if nothing waits.
  std::shared_ptr<LocalLog> TakeOrEnd() EXCLUDES(mutex_);
  void NoteEnd() REQUIRES(mutex_);

  Workers* const workers_;
  Mutex mutex_;
  Condition idle_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  size_t jobs_ GUARDED_BY(mutex_) = 0;
  size_t next_ GUARDED_BY(mutex_) = 0;  // of waiting_; those before it were taken
  std::vector<std::shared_ptr<LocalLog>> waiting_ GUARDED_BY(mutex_);
};

}  // namespace odradek::storage
