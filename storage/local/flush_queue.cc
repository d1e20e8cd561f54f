#include "storage/local/flush_queue.h"

#include "base/check.h"
#include "storage/local/local_log.h"

namespace odradek::storage {

void FlushQueue::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  while (running_ > 0) idle_.Wait(mutex_);
}

void FlushQueue::Add(const std::shared_ptr<LocalLog>& log) {
  CHECK(workers_ != nullptr);
  workers_->Post(Workers::Lane::kUrgent,
                 [self = shared_from_this(), waiting = std::weak_ptr(log)] { self->Run(waiting); });
}

void FlushQueue::Run(const std::weak_ptr<LocalLog>& waiting) {
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    ++running_;
  }
  if (const std::shared_ptr<LocalLog> log = waiting.lock()) log->Flush();
  MutexLock lock(mutex_);
  if (--running_ == 0) idle_.NotifyAll();
}

}  // namespace odradek::storage
