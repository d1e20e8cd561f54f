// SpaceReserve: room that is kept on the device for what our coordinators write and for what frees
// it, so that offsets can be committed, records and topics deleted, and retention shortened when
// producers have filled it. It is a file whose blocks are allocated and hold nothing, "@reserve";
// when one of these finds no room the file goes, and until it could be taken again clients may not
// append: they would fill what was set free.
//
// Taken around the first append; not in memory, nor where the file system cannot reserve. Where it
// cannot be taken for want of room it counts as in use. Owner: the store's context. Thread-safe;
// its mutex is taken below those of the logs.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/env/env.h"
#include "base/mutex.h"

namespace odradek::storage {

class SpaceReserve {
 public:
  static constexpr int64_t kSizeBytes = 1 << 20;
  // So much must be free beside it before clients may append again: no need for it a moment later.
  static constexpr int64_t kHeadroomBytes = 4 << 20;
  static constexpr Millis kRetakeEveryMs = 1000;
  // With less the reserve is taken before the first append of a client, who could fill the device.
  static constexpr int64_t kMuchFreeBytes = 64 << 20;

  // `directory`: of the store.
  SpaceReserve(const Env& env, const std::string& directory);

  // Somebody appends, or what was appended is flushed.
  void Take() {
    if (state_.load(std::memory_order_acquire) == State::kUntouched) TakeFirst();
  }
  // Who may use it has found no room. True if there may be some now.
  bool Release() EXCLUDES(mutex_);
  // Of who may use it: `write`, and if that finds no room, once more without the reserve.
  template <class Write>
  Status Serve(Write write) {
    const Status status = write();
    return status.code() == StatusCode::kFull && Release() ? write() : status;
  }
  // Whether clients may append. Takes the reserve back if it is time to try and there is room.
  bool AllowsClients() {
    if (state_.load(std::memory_order_acquire) == State::kUntouched &&
        env_.files->FreeBytes() < kMuchFreeBytes)
      TakeFirst();
    return state_.load(std::memory_order_acquire) != State::kReleased || Retake();
  }

 private:
  enum class State : unsigned char { kUntouched, kTaken, kReleased, kImpossible };

  void TakeFirst() EXCLUDES(mutex_);
  bool Retake() EXCLUDES(mutex_);
  Status Reserve(int64_t size_bytes) REQUIRES(mutex_);

  const Env env_;
  const std::string path_;
  std::atomic<State> state_;
  Mutex mutex_;
  Millis next_try_ms_ GUARDED_BY(mutex_) = 0;  // monotonic
};

}  // namespace odradek::storage
