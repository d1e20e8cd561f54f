#include "storage/local/flush_queue.h"

#include <utility>

#include "base/check.h"
#include "storage/local/local_log.h"

namespace odradek::storage {
namespace {

constexpr size_t kTakenMax = 256;  // places that were taken before the rest moves up

}  // namespace

void FlushQueue::Stop() {
  std::vector<std::shared_ptr<LocalLog>> forgotten;
  MutexLock lock(mutex_);
  stopped_ = true;
  forgotten.swap(waiting_);
  next_ = 0;
  while (jobs_ > 0) idle_.Wait(mutex_);
}

void FlushQueue::Add(std::shared_ptr<LocalLog> log) {
  CHECK(workers_ != nullptr);
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    if (next_ > kTakenMax) {
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(next_));
      next_ = 0;
    }
    waiting_.push_back(std::move(log));
    if (jobs_ >= kJobsMax) return;
    ++jobs_;
  }
  workers_->Post(Workers::Lane::kUrgent, Job(*this));
}

std::shared_ptr<LocalLog> FlushQueue::TakeOrEnd() {
  MutexLock lock(mutex_);
  if (next_ < waiting_.size()) return std::move(waiting_[next_++]);
  waiting_.clear();  // keeps its memory
  next_ = 0;
  NoteEnd();
  return nullptr;
}

void FlushQueue::Run() {
  while (const std::shared_ptr<LocalLog> log = TakeOrEnd()) log->Flush();
}

void FlushQueue::EndJob() {
  MutexLock lock(mutex_);
  NoteEnd();
}

void FlushQueue::NoteEnd() {
  --jobs_;
  if (jobs_ == 0) idle_.NotifyAll();
}

}  // namespace odradek::storage
