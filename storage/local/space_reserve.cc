#include "storage/local/space_reserve.h"

#include "base/log.h"
#include "storage/local/file_names.h"

namespace odradek::storage {

SpaceReserve::SpaceReserve(const Env& env, const std::string& directory)
    : env_(env),
      path_(JoinPath(directory, kReserveName)),
      state_(env.files->is_durable() ? State::kUntouched : State::kImpossible) {}

Status SpaceReserve::Reserve(int64_t size_bytes) {
  Status status;
  {
    ASSIGN_OR_RETURN(const Ref<File> file, env_.files->Open(path_, OpenMode::kCreate));
    status = file->Reserve(0, size_bytes);
  }
  // A file system may keep what it had got: what is left is for those who use the reserve.
  if (!status.ok()) (void)env_.files->Remove(path_);
  return status;
}

void SpaceReserve::TakeFirst() {
  MutexLock lock(mutex_);
  if (state_.load() != State::kUntouched) return;
  const Status status = Reserve(kSizeBytes);
  if (status.ok()) {
    state_ = State::kTaken;
  } else if (status.code() == StatusCode::kFull) {
    LOG_WARN(
        "the device is full: no reserve of {} bytes can be taken; what is left is for committed "
        "offsets and for what makes room, and producers wait until {} bytes are free",
        kSizeBytes, kSizeBytes + kHeadroomBytes);
    state_ = State::kReleased;
  } else {
    LOG_WARN("no room can be reserved for a full device: {}", status.ToString());
    state_ = State::kImpossible;
  }
}

bool SpaceReserve::Release() {
  Take();  // one of a former start may be there
  MutexLock lock(mutex_);
  if (state_.load() != State::kTaken) return false;
  if (const Status status = env_.files->Remove(path_); !status.ok()) {
    LOG_WARN("{}: {}", path_, status.ToString());
    return false;
  }
  LOG_WARN(
      "the device is full: the reserve of {} bytes goes to committed offsets and to what makes "
      "room, and producers wait until {} bytes are free",
      kSizeBytes, kSizeBytes + kHeadroomBytes);
  state_ = State::kReleased;
  next_try_ms_ = env_.clock->MonotonicMs();  // it may have been for a moment
  return true;
}

bool SpaceReserve::Retake() {
  MutexLock lock(mutex_);
  if (state_.load() != State::kReleased) return true;
  const Millis now_ms = env_.clock->MonotonicMs();
  if (now_ms < next_try_ms_) return false;
  next_try_ms_ = now_ms + kRetakeEveryMs;
  Status status = Reserve(kSizeBytes + kHeadroomBytes);
  (void)env_.files->Remove(path_);
  if (status.ok()) status = Reserve(kSizeBytes);
  if (status.code() == StatusCode::kFull || status.code() == StatusCode::kRetriable) return false;
  if (!status.ok()) {
    LOG_WARN("no room can be reserved for a full device any more: {}", status.ToString());
    state_ = State::kImpossible;
    return true;
  }
  LOG_INFO("there is room on the device again: producers go on");
  state_ = State::kTaken;
  return true;
}

}  // namespace odradek::storage
