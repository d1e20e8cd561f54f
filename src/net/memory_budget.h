// The bytes that the requests of all connections may hold together.
//
// Owner: counted, by the server and every open request. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/slice.h"

namespace odradek::net {

class BudgetWaiter {
 public:
  virtual ~BudgetWaiter() = default;
  // On the thread that gave bytes back; must not call the budget.
  virtual void OnBudgetFreed() = 0;
};

class MemoryBudget final : public RefCounted {
 public:
  explicit MemoryBudget(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  // Grants what fits below `limit_bytes`, and anything while nothing else is out.
  bool TryReserve(int64_t bytes, int64_t limit_bytes);
  // Grants it only as long as half of the budget stays free: for what may come later or never.
  bool ReserveEarly(int64_t bytes);
  // Lets one request at a time go beyond the limit, so that large ones that fill the budget
  // together do not wait for each other for ever. What it gets so is in nobody's way.
  bool TakeOverdraft() { return !overdrawn_.exchange(true); }
  void ReserveOverdraft(int64_t bytes) { overdraft_bytes_.fetch_add(bytes); }
  void ReturnOverdraft(int64_t bytes);
  // For what exists already and must be counted.
  void Reserve(int64_t bytes) { used_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void Return(int64_t bytes);
  // `waiter` gets one OnBudgetFreed() when bytes come back. False: it waits already.
  bool Wait(BudgetWaiter* waiter);
  void Forget(BudgetWaiter* waiter);

  int64_t limit_bytes() const { return limit_bytes_; }
  // More than half is out: what is not needed at once has to wait.
  bool is_scarce() const { return used_bytes() > limit_bytes_ / 2; }
  bool has_waiters() const { return has_waiters_.load(std::memory_order_relaxed); }
  int64_t used_bytes() const {
    return used_bytes_.load(std::memory_order_relaxed) +
           overdraft_bytes_.load(std::memory_order_relaxed);
  }

 private:
  void WakeAll();

  const int64_t limit_bytes_;
  std::atomic<int64_t> used_bytes_{0};
  std::atomic<int64_t> overdraft_bytes_{0};  // beside these
  std::atomic<bool> has_waiters_{false};
  std::atomic<bool> overdrawn_{false};
  Mutex mutex_;
  std::vector<BudgetWaiter*> waiters_ GUARDED_BY(mutex_);
};

// What one request holds of a budget. Owner: the connection that receives it, then its exchange.
// Thread: one at a time; may be returned on any.
class BudgetShare {
 public:
  BudgetShare() = default;
  explicit BudgetShare(MemoryBudget* budget) : budget_(Ref<MemoryBudget>::Share(budget)) {}
  BudgetShare(BudgetShare&& other) noexcept { *this = std::move(other); }
  BudgetShare& operator=(BudgetShare&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    std::swap(overdrawn_, other.overdrawn_);
    std::swap(overdraft_bytes_, other.overdraft_bytes_);
    return *this;
  }
  ~BudgetShare() { Return(); }

  int64_t bytes() const { return bytes_; }
  // Raises the share to `bytes`; one that holds something already may overdraw. If refused, see
  // MemoryBudget::Wait.
  bool GrowTo(int64_t bytes, int64_t limit_bytes, BudgetWaiter* waiter);
  bool GrowEarly(int64_t bytes);
  bool AddIfRoom(int64_t bytes) {
    if (!budget_->TryReserve(bytes, budget_->limit_bytes())) return false;
    bytes_ += bytes;
    return true;
  }
  // Counts what exists already.
  void Add(int64_t bytes) {
    budget_->Reserve(bytes);
    bytes_ += bytes;
  }
  void Return();

 private:
  bool TryGrowBy(int64_t more, int64_t limit_bytes);

  Ref<MemoryBudget> budget_;  // none: returned
  int64_t bytes_ = 0;
  int64_t overdraft_bytes_ = 0;  // of them
  bool overdrawn_ = false;
};

}  // namespace odradek::net
