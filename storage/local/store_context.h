// What all logs of a local store share. Owner: LocalStore. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/env/env.h"
#include "base/mutex.h"
#include "base/wall_watch.h"
#include "protocol/records/compression.h"
#include "storage/local/damage.h"
#include "storage/local/file_cache.h"
#include "storage/local/flush_queue.h"
#include "storage/local/local_store.h"
#include "storage/local/removal.h"
#include "storage/local/space_reserve.h"

namespace odradek::storage {

// Decompressors keep their contexts from batch to batch.
class DecompressorPool {
 public:
  static constexpr size_t kKeptMax = 4;

  // A decompressor that goes back to the pool when this goes.
  class Lease {
   public:
    Lease(DecompressorPool& pool, std::unique_ptr<records::Decompressor> held)
        : pool_(pool), held_(std::move(held)) {}
    ~Lease() { pool_.Return(std::move(held_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    records::Decompressor& operator*() const { return *held_; }

   private:
    DecompressorPool& pool_;
    std::unique_ptr<records::Decompressor> held_;
  };

  Lease Borrow() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (kept_.empty()) return Lease(*this, std::make_unique<records::Decompressor>());
    std::unique_ptr<records::Decompressor> held = std::move(kept_.back());
    kept_.pop_back();
    return Lease(*this, std::move(held));
  }

 private:
  void Return(std::unique_ptr<records::Decompressor> held) EXCLUDES(mutex_) {
    held->Trim();
    MutexLock lock(mutex_);
    if (kept_.size() < kKeptMax) kept_.push_back(std::move(held));
  }

  Mutex mutex_;
  std::vector<std::unique_ptr<records::Decompressor>> kept_ GUARDED_BY(mutex_);
};

struct StoreContext {
  StoreContext(const Env& env_in, StoreOptions options_in)
      : env(env_in),
        options(std::move(options_in)),
        open_files(*env.files, options.open_files_max),
        removals(std::make_shared<Removals>(env, options.directory)),
        reserve(env, options.directory),
        flushes(std::make_shared<FlushQueue>(env.workers)) {
    (void)WallForDeletionMs();  // a jump from here on is seen
  }

  Files& files() const { return *env.files; }
  // Replaces a sidecar file without waiting for the device; failures are logged, not reported,
  // because every sidecar can be made again. Returns whether it worked.
  bool WriteSidecar(const std::string& path, std::string_view content);
  // The same, for what must not get lost without a word.
  Status ReplaceFile(const std::string& path, std::string_view content);
  // Tells of damage: in the log, and in the reports file where files are durable.
  void Report(const DamageReport& report) EXCLUDES(reports_mutex);
  // The wall clock, but a jump ahead counts when it has lasted; for what deletes by age.
  Millis WallForDeletionMs() EXCLUDES(wall_mutex);
  // How long what is taken out waits for its end: on a full device not at all.
  Millis RemovalDelayMs(Millis configured_ms) {
    return reserve.AllowsClients() ? configured_ms : 0;
  }
  // Appends count when they are on the device.
  bool is_power_safe() const {
    return options.durability == Durability::kPower && files().is_durable();
  }

  const Env env;
  const StoreOptions options;
  std::atomic<bool> is_closing{false};  // nothing is loaded any more
  FileCache open_files;
  DecompressorPool decompressors;
  Mutex reports_mutex;  // one line at a time
  Mutex wall_mutex;
  WallWatch wall_watch GUARDED_BY(wall_mutex);
  const std::shared_ptr<Removals> removals;
  SpaceReserve reserve;
  const std::shared_ptr<FlushQueue> flushes;
};

}  // namespace odradek::storage
