#include "broker/partition.h"

#include <utility>

#include "base/log.h"

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

// A client may ask for a damaged offset for ever, while others read elsewhere.
void Partition::NoteRead(const Clock& clock, const ReadOutcome& read, const Status& status) {
  if (!status.ok()) {
    failed_at_.store(read.offset, std::memory_order_relaxed);
    if (const auto line = read_failures_.OnFailure(clock.MonotonicMs())) {
      LOG_ERROR("cannot read {}-{} at offset {}: {}{}", id_.topic, id_.partition, read.offset,
                status.ToString(), *line);
    }
    return;
  }
  if (!read_failures_.lasts()) return;
  const int64_t failed_at = failed_at_.load(std::memory_order_relaxed);
  const bool is_read = read.offset <= failed_at && read.next_offset > failed_at;
  if (!is_read && read.log_start_offset <= failed_at) return;
  if (!read_failures_.OnSuccess()) return;
  if (is_read)
    LOG_INFO("{}-{} can be read again at offset {}", id_.topic, id_.partition, failed_at);
  else
    LOG_INFO("{}-{}: what could not be read at offset {} is deleted", id_.topic, id_.partition,
             failed_at);
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
