#include "storage/local/removal.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/local/file_names.h"

namespace odradek::storage {

Removals::Removals(const Env& env, const std::string& directory)
    : env_(env), folder_(JoinPath(directory, kDeletedFolderName)) {}

Status Removals::RemoveFile(const std::string& path, const std::string& name, Millis delay_ms) {
  if (!env_.files->is_durable()) return env_.files->Remove(path);
  return Take(path, name, /*is_directory=*/false, delay_ms);
}

Status Removals::RemoveDirectory(const std::string& path, const std::string& name,
                                 Millis delay_ms) {
  if (!env_.files->Exists(path)) return Status();
  if (!env_.files->is_durable()) return env_.files->RemoveTree(path);
  return Take(path, name, /*is_directory=*/true, delay_ms);
}

Status Removals::Take(const std::string& from, const std::string& name, bool is_directory,
                      Millis delay_ms) {
  std::string to = NewName(name);
  const Status moved = MoveAside(from, to);
  const bool has_delay = env_.scheduler != nullptr && env_.workers != nullptr;
  {
    MutexLock lock(mutex_);
    std::erase(moving_, to);
    if (moved.ok() && !stopped_) {
      const Millis now_ms = env_.clock->MonotonicMs();
      waiting_.push_back(
          {std::move(to), is_directory,
           has_delay ? now_ms + std::min(delay_ms, Scheduler::kDelayMaxMs) : now_ms});
      must_sync_ |= is_directory;
      if (waiting_.size() > kWaitingMax) {
        for (Removal& removal : waiting_) removal.due_ms = now_ms;
      }
      if (env_.workers != nullptr) {
        // The new name of a directory must not get lost, whatever becomes of this process.
        if (must_sync_ || !has_delay || delay_ms <= 0) PostJob();
        Arm();
      }
    }
  }
  // A name costs room, too.
  if (moved.code() == StatusCode::kFull)
    return is_directory ? RemoveInPlace(from) : env_.files->Remove(from);
  if (moved.ok() && env_.workers == nullptr) Run();
  return moved;
}

std::string Removals::NewName(const std::string& name) {
  std::string to = JoinPath(folder_, name);
  const bool is_taken = env_.files->Exists(to);
  MutexLock lock(mutex_);
  if (is_taken) to += "." + std::to_string(++number_);
  moving_.push_back(to);
  return to;
}

Status Removals::MoveAside(const std::string& from, const std::string& to) {
  Status status = env_.files->Rename(from, to);
  if (status.code() != StatusCode::kNotFound || env_.files->Exists(folder_)) return status;
  RETURN_IF_ERROR(env_.files->MakeDirs(folder_));
  return env_.files->Rename(from, to);
}

// The topic id goes last: a rest without it would be taken for a log of the topic's successor.
Status Removals::RemoveInPlace(const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, env_.files->List(path));
  for (const DirEntry& entry : entries) {
    if (entry.name == kPartitionMetadataName) continue;
    const std::string child = JoinPath(path, entry.name);
    RETURN_IF_ERROR(entry.is_directory ? env_.files->RemoveTree(child) : env_.files->Remove(child));
  }
  RETURN_IF_ERROR(env_.files->SyncDir(path));
  return env_.files->RemoveTree(path);
}

void Removals::Hurry() {
  MutexLock lock(mutex_);
  if (waiting_.empty() || env_.workers == nullptr) return;
  const Millis now_ms = env_.clock->MonotonicMs();
  for (Removal& removal : waiting_) removal.due_ms = std::min(removal.due_ms, now_ms);
  PostJob();
}

void Removals::Sweep() {
  if (env_.scheduler == nullptr || env_.workers == nullptr || !env_.files->is_durable()) return;
  if (!env_.files->Exists(folder_)) return;
  env_.scheduler->Post([weak = weak_from_this()] {
    const std::shared_ptr<Removals> self = weak.lock();
    if (self == nullptr) return;
    MutexLock lock(self->mutex_);
    self->must_sweep_ = true;
    self->PostJob();
  });
}

void Removals::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  waiting_.clear();
  if (env_.scheduler != nullptr) env_.scheduler->Cancel(std::exchange(timer_, Scheduler::kNoTimer));
  while (running_) idle_.Wait(mutex_);
}

void Removals::PostJob() {
  if (stopped_ || std::exchange(posted_, true)) return;
  env_.workers->Post(Workers::Lane::kBackground, [self = shared_from_this()] { self->Run(); });
}

// One timer, for what is due first.
void Removals::Arm() {
  if (waiting_.empty() || env_.scheduler == nullptr || stopped_) return;
  const auto first =
      std::min_element(waiting_.begin(), waiting_.end(),
                       [](const Removal& a, const Removal& b) { return a.due_ms < b.due_ms; });
  if (timer_ != Scheduler::kNoTimer && timer_due_ms_ <= first->due_ms) return;
  if (timer_ != Scheduler::kNoTimer) env_.scheduler->Cancel(timer_);
  timer_due_ms_ = first->due_ms;
  const Millis delay_ms = std::max<Millis>(timer_due_ms_ - env_.clock->MonotonicMs(), 0);
  timer_ = env_.scheduler->After(delay_ms, [weak = weak_from_this()] {
    const std::shared_ptr<Removals> self = weak.lock();
    if (self == nullptr) return;
    MutexLock lock(self->mutex_);
    self->timer_ = Scheduler::kNoTimer;
    self->PostJob();
  });
}

void Removals::Run() {
  bool sync = false;
  bool sweep = false;
  {
    MutexLock lock(mutex_);
    posted_ = false;
    if (stopped_ || running_) return;
    running_ = true;
    sweep = std::exchange(must_sweep_, false);
    sync = std::exchange(must_sync_, false) || sweep;
  }
  Status status;
  // Else a crash may undo the rename and keep the removal of some files: of the topic id, say.
  if (sync) status = env_.files->SyncDir(folder_);
  if (sweep && status.ok()) RemoveAll(Leftovers());
  RemoveAll(TakeDue(status));
  MutexLock lock(mutex_);
  running_ = false;
  idle_.NotifyAll();
  if (must_sync_ || must_sweep_) PostJob();  // it came while this ran
  Arm();
}

std::vector<Removals::Removal> Removals::TakeDue(const Status& synced) {
  std::vector<Removal> due;
  MutexLock lock(mutex_);
  if (!synced.ok()) {
    LOG_WARN("{}: {}; what is in it stays until the next start", folder_, synced.ToString());
    waiting_.clear();
  }
  if (must_sync_) return due;  // what came behind the sync waits for the next
  const Millis now_ms = env_.clock->MonotonicMs();
  const auto rest = std::stable_partition(waiting_.begin(), waiting_.end(),
                                          [&](const Removal& r) { return r.due_ms > now_ms; });
  due.assign(std::make_move_iterator(rest), std::make_move_iterator(waiting_.end()));
  waiting_.erase(rest, waiting_.end());
  return due;
}

std::vector<Removals::Removal> Removals::Leftovers() {
  std::vector<Removal> found;
  const Result<std::vector<DirEntry>> entries = env_.files->List(folder_);
  if (!entries.ok()) return found;
  MutexLock lock(mutex_);
  for (const DirEntry& entry : *entries) {
    const std::string path = JoinPath(folder_, entry.name);
    const bool waits = std::any_of(waiting_.begin(), waiting_.end(),
                                   [&](const Removal& removal) { return removal.path == path; });
    const bool will_wait = std::find(moving_.begin(), moving_.end(), path) != moving_.end();
    if (!waits && !will_wait) found.push_back({path, entry.is_directory, 0});
  }
  return found;
}

void Removals::RemoveAll(const std::vector<Removal>& due) {
  for (const Removal& removal : due) {
    {
      MutexLock lock(mutex_);
      if (stopped_) return;  // the next start finds the rest
    }
    const Status status = removal.is_directory ? env_.files->RemoveTree(removal.path)
                                               : env_.files->Remove(removal.path);
    if (!status.ok() && status.code() != StatusCode::kNotFound)
      LOG_WARN("could not remove {}: {}; the next start tries again", removal.path,
               status.ToString());
  }
}

}  // namespace odradek::storage
