#include "broker/partition.h"

#include <utility>

namespace odradek::broker {

Partition::Partition(storage::PartitionId id, std::shared_ptr<storage::PartitionLog> log,
                     std::function<void()> on_sealed)
    : id_(std::move(id)), log_(std::move(log)), on_sealed_(std::move(on_sealed)) {
  log_->SetListener(this);
}

Partition::~Partition() { log_->SetListener(nullptr); }

Status Partition::EnsureLed(int32_t leader_epoch) {
  MutexLock lock(leading_mutex_);
  if (is_led()) return {};
  RETURN_IF_ERROR(log_->Lead({.leader_epoch = leader_epoch}));
  MutexLock config_lock(config_mutex_);
  if (later_config_.has_value()) log_->SetConfig(*std::exchange(later_config_, std::nullopt));
  is_led_.store(true, std::memory_order_release);
  return {};
}

void Partition::SetLogConfig(const storage::LogConfig& config) {
  MutexLock lock(config_mutex_);
  if (is_led())
    log_->SetConfig(config);
  else
    later_config_ = config;
}

bool Partition::AddWaiter(PartitionWaiter& waiter) {
  MutexLock lock(waiters_mutex_);
  CHECK(!waiter.linked_);
  if (closed_) return false;
  waiter.linked_ = true;
  waiter.previous_ = nullptr;
  waiter.next_ = first_waiter_;
  if (first_waiter_ != nullptr) first_waiter_->previous_ = &waiter;
  first_waiter_ = &waiter;
  return true;
}

void Partition::RemoveWaiter(PartitionWaiter& waiter) {
  MutexLock lock(waiters_mutex_);
  if (!std::exchange(waiter.linked_, false)) return;
  if (waiter.next_ != nullptr) waiter.next_->previous_ = waiter.previous_;
  (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_waiter_) = waiter.next_;
}

void Partition::Close() {
  MutexLock lock(waiters_mutex_);
  closed_ = true;
  for (PartitionWaiter* at = first_waiter_; at != nullptr; at = at->next_) at->OnClosed();
}

void Partition::OnAdvance(const storage::LogOffsets& now, size_t appended_bytes) {
  MutexLock lock(waiters_mutex_);
  for (PartitionWaiter* at = first_waiter_; at != nullptr; at = at->next_) {
    at->OnAdvance(now, appended_bytes);
  }
}

}  // namespace odradek::broker
