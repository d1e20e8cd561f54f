#include "net/memory_budget.h"

#include <algorithm>

namespace odradek::net {

bool MemoryBudget::TryReserve(int64_t bytes, int64_t limit_bytes) {
  int64_t used = used_bytes_.load();
  do {
    if (used > 0 && used + bytes > limit_bytes) return false;
  } while (!used_bytes_.compare_exchange_weak(used, used + bytes));
  return true;
}

bool MemoryBudget::ReserveEarly(int64_t bytes) {
  return used_bytes_.load() + bytes <= limit_bytes_ / 2 && TryReserve(bytes, limit_bytes_ / 2);
}

void MemoryBudget::Return(int64_t bytes) {
  used_bytes_.fetch_sub(bytes);
  if (has_waiters_.load()) WakeAll();
}

void MemoryBudget::ReturnOverdraft(int64_t bytes) {
  overdraft_bytes_.fetch_sub(bytes);
  overdrawn_.store(false);
  if (has_waiters_.load()) WakeAll();
}

bool MemoryBudget::Wait(BudgetWaiter* waiter) {
  MutexLock lock(mutex_);
  has_waiters_.store(true);
  if (std::find(waiters_.begin(), waiters_.end(), waiter) != waiters_.end()) return false;
  waiters_.push_back(waiter);
  return true;
}

void MemoryBudget::Forget(BudgetWaiter* waiter) {
  MutexLock lock(mutex_);
  std::erase(waiters_, waiter);
  has_waiters_.store(!waiters_.empty());
}

void MemoryBudget::WakeAll() {
  // Under the lock, so that nobody is called after Forget().
  MutexLock lock(mutex_);
  has_waiters_.store(false);
  for (BudgetWaiter* waiter : waiters_) waiter->OnBudgetFreed();
  waiters_.clear();
}

bool BudgetShare::GrowTo(int64_t bytes, int64_t limit_bytes, BudgetWaiter* waiter) {
  const int64_t more = bytes - bytes_;
  if (more <= 0 || TryGrowBy(more, limit_bytes)) return true;
  const bool waits_anew = budget_->Wait(waiter);
  // What was given back between the refusal and the registration woke nobody.
  if (!TryGrowBy(more, limit_bytes)) return false;
  if (waits_anew) budget_->Forget(waiter);
  return true;
}

bool BudgetShare::TryGrowBy(int64_t more, int64_t limit_bytes) {
  if (overdrawn_ || !budget_->TryReserve(more, limit_bytes)) {
    if (!overdrawn_ && (bytes_ == 0 || !budget_->TakeOverdraft())) return false;
    overdrawn_ = true;
    overdraft_bytes_ += more;
    budget_->ReserveOverdraft(more);
  }
  bytes_ += more;
  return true;
}

bool BudgetShare::GrowEarly(int64_t bytes) {
  if (bytes <= bytes_) return true;
  if (!budget_->ReserveEarly(bytes - bytes_)) return false;
  bytes_ = bytes;
  return true;
}

void BudgetShare::Return() {
  if (!budget_) return;
  budget_->Return(std::exchange(bytes_, 0) - overdraft_bytes_);
  if (std::exchange(overdrawn_, false))
    budget_->ReturnOverdraft(std::exchange(overdraft_bytes_, 0));
  budget_ = {};
}

}  // namespace odradek::net
