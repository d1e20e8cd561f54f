#include "net/pooled_exchange.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "net/connection.h"

namespace odradek::net {

bool PooledExchange::connected() const { return !owner_->closed(); }

bool PooledExchange::Charge(int64_t bytes) {
  if (!share_.AddIfRoom(bytes)) return false;
  charged_bytes_ += bytes;
  return true;
}

void PooledExchange::HoldNext() { owner_->SetNextHeld(true); }

void PooledExchange::BeginNext() { owner_->SetNextHeld(false); }

void PooledExchange::Send(ByteChain&& answer) {
  if (&answer != &answer_) answer_ = std::move(answer);
  Finish(Outcome::kAnswered);
}

void PooledExchange::Abort(std::string_view reason) {
  abort_reason_ = reason;
  Finish(Outcome::kAborted);
}

void PooledExchange::Finish(Outcome outcome) {
  CHECK(!finished_.exchange(true, std::memory_order_relaxed));
  if (owner_->closed()) return answer_.Clear();
  runtime::Loop& loop = owner_->loop();
  if (loop.InLoop()) return Arrive(outcome);
  loop.Post([self = Ref<PooledExchange>::Share(this), outcome] { self->Arrive(outcome); });
}

void PooledExchange::Arrive(Outcome outcome) {
  if (owner_->closed()) return answer_.Clear();
  outcome_ = outcome;
  owner_->OnAnswered(*this);
}

void PooledExchange::Begin(Ref<Connection> connection, std::span<char> frame,
                           Ref<const RefCounted> owner, BudgetShare share) {
  owner_ = std::move(connection);
  connection_ = &owner_->info();
  scheduler_ = &owner_->loop();
  if (!owner) {
    char* copy = static_cast<char*>(arena_.Allocate(frame.size(), 1));
    std::memcpy(copy, frame.data(), frame.size());
    frame = {copy, frame.size()};
  }
  frame_ = frame;
  frame_owner_ = std::move(owner);
  share_ = std::move(share);
}

void PooledExchange::Release() const {
  PooledExchange* self = const_cast<PooledExchange*>(this);
  self->Reset();
  ExchangePool* pool = std::exchange(self->pool_, nullptr);
  pool->Put(self);
  pool->Drop();
}

void PooledExchange::Reset() {
  answer_.Clear();
  arena_.Reset();
  frame_ = {};
  frame_owner_ = {};
  connection_ = nullptr;
  scheduler_ = nullptr;
  next = nullptr;
  finished_.store(false, std::memory_order_relaxed);
  outcome_ = Outcome::kOpen;
  abort_reason_.clear();
  share_.Return();
  charged_bytes_ = 0;
  owner_ = {};
}

Ref<PooledExchange> ExchangePool::Take() {
  PooledExchange* exchange = nullptr;
  {
    MutexLock lock(mutex_);
    if (!free_.empty()) {
      exchange = free_.back();
      free_.pop_back();
    }
  }
  if (exchange == nullptr) {
    exchange = new PooledExchange();
  } else {
    exchange->Retain();  // its count fell to zero when it was released
  }
  Retain();
  exchange->pool_ = this;
  return Ref<PooledExchange>::Adopt(exchange);
}

void ExchangePool::Put(PooledExchange* exchange) {
  {
    MutexLock lock(mutex_);
    if (free_.size() < kKeptMax) {
      free_.push_back(exchange);
      return;
    }
  }
  delete exchange;
}

void ExchangePool::Trim() {
  std::vector<PooledExchange*> dropped;
  {
    MutexLock lock(mutex_);
    dropped.swap(free_);
  }
  for (PooledExchange* exchange : dropped) delete exchange;
}

}  // namespace odradek::net
