// Removals: what was taken out of a store and waits for its end. Files of dropped segments and
// folders of deleted partitions are renamed into the folder "@deleted" at once, and are removed
// there by a worker when their delay has passed (file.delete.delay.ms), so that no request waits
// for it and no crash leaves a part that looks like a log. What a process leaves behind goes at the
// next start.
//
// On a full device nothing waits. Where it has no room for another name, things are removed where
// they are, so that what a crash leaves of a partition is still known for it. In memory everything
// is removed at once; so it is without workers, and without a scheduler after no delay. Readers
// keep the files that they hold. Owner: the store's context, shared with work on its way.
// Thread-safe; its mutex is taken below those of the logs. Errors: those of the files. Source:
// LocalLog.deleteSegmentFiles, LogManager.asyncDelete of Apache Kafka.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "base/mutex.h"

namespace odradek::storage {

class Removals final : public std::enable_shared_from_this<Removals> {
 public:
  // With so many waiting, their time has come.
  static constexpr size_t kWaitingMax = 10'000;

  // `directory`: of the store.
  Removals(const Env& env, const std::string& directory);

  // `name`: in the folder, unlike all others of this process. kNotFound if there is no such file.
  Status RemoveFile(const std::string& path, const std::string& name, Millis delay_ms)
      EXCLUDES(mutex_);
  // The same for a directory and all below it; nothing happens if it does not exist.
  Status RemoveDirectory(const std::string& path, const std::string& name, Millis delay_ms)
      EXCLUDES(mutex_);
  // The device is full: nothing waits any more.
  void Hurry() EXCLUDES(mutex_);
  // Removes what an earlier process has left, once the scheduler runs.
  void Sweep() EXCLUDES(mutex_);
  // Removes nothing any more, and waits for what is being removed.
  void Stop() EXCLUDES(mutex_);

 private:
  struct Removal {
    std::string path;
    bool is_directory = false;
    Millis due_ms = 0;  // monotonic
  };

  Status Take(const std::string& from, const std::string& name, bool is_directory, Millis delay_ms)
      EXCLUDES(mutex_);
  // Takes a name for it in the folder, which a sweep leaves alone until it waits.
  std::string NewName(const std::string& name) EXCLUDES(mutex_);
  Status MoveAside(const std::string& from, const std::string& to) EXCLUDES(mutex_);
  Status RemoveInPlace(const std::string& path);
  void PostJob() REQUIRES(mutex_);
  void Arm() REQUIRES(mutex_);
  void Run() EXCLUDES(mutex_);
  std::vector<Removal> TakeDue(const Status& synced) EXCLUDES(mutex_);
  std::vector<Removal> Leftovers() EXCLUDES(mutex_);
  void RemoveAll(const std::vector<Removal>& due) EXCLUDES(mutex_);

  const Env env_;
  const std::string folder_;
  Mutex mutex_;
  Condition idle_;
  std::vector<Removal> waiting_ GUARDED_BY(mutex_);
  std::vector<std::string> moving_ GUARDED_BY(mutex_);  // names that were taken; soon to wait
  Scheduler::TimerId timer_ GUARDED_BY(mutex_) = Scheduler::kNoTimer;
  Millis timer_due_ms_ GUARDED_BY(mutex_) = 0;
  uint64_t number_ GUARDED_BY(mutex_) = 0;  // tells namesakes apart
  bool posted_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;
  bool must_sync_ GUARDED_BY(mutex_) = false;  // a directory has a new name that may get lost
  bool must_sweep_ GUARDED_BY(mutex_) = false;
};

}  // namespace odradek::storage
