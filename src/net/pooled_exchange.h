// The transport's Exchange: one request of a connection and the slot of its answer.
//
// Owner: counted, by the connection's answer queue and by whoever handles the request. Thread: the
// connection's loop, save Send, SendNothing, Abort and the last release, which may be anywhere.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "net/memory_budget.h"
#include "protocol/wire/frame_sink.h"
#include "runtime/loop.h"

namespace odradek::net {

class Connection;
class ExchangePool;

class PooledExchange final : public wire::Exchange {
 public:
  enum class Outcome : unsigned char { kOpen, kAnswered, kNothing, kAborted };

  bool connected() const override;
  bool Charge(int64_t bytes) override;
  void HoldNext() override;
  void BeginNext() override;
  void Send(ByteChain&& answer) override;
  void SendNothing() override { Finish(Outcome::kNothing); }
  void Abort(std::string_view reason) override;

  // Binds a fresh exchange to its request. `owner` keeps the frame alive; empty: it is copied.
  // `share` is given back with the exchange.
  void Begin(Ref<Connection> connection, std::span<char> frame, Ref<const RefCounted> owner,
             BudgetShare share);
  // Counts what the answer holds beyond what was reserved.
  void ReserveMore(int64_t bytes) {
    if (bytes > charged_bytes_) share_.Add(bytes - charged_bytes_);
  }

  // For the answer queue, on the loop: kOpen until the loop knows.
  Outcome outcome() const { return outcome_; }
  const std::string& abort_reason() const { return abort_reason_; }
  PooledExchange* next = nullptr;

 private:
  friend class ExchangePool;
  PooledExchange() = default;
  void Release() const override;
  void Finish(Outcome outcome);
  void Arrive(Outcome outcome);
  void Reset();

  ExchangePool* pool_ = nullptr;  // counted while the exchange is out
  Ref<Connection> owner_;
  BudgetShare share_;
  int64_t charged_bytes_ = 0;  // part of the share
  std::atomic<bool> finished_{false};
  Outcome outcome_ = Outcome::kOpen;
  std::string abort_reason_;
};

// Owner: counted, by the connection table and by every exchange that is out. Thread-safe.
class ExchangePool final : public RefCounted {
 public:
  static constexpr size_t kKeptMax = 256;  // each keeps the first block of its arena

  ExchangePool() = default;
  Ref<PooledExchange> Take();
  void Trim();

 private:
  friend class PooledExchange;
  ~ExchangePool() override { Trim(); }
  void Put(PooledExchange* exchange);

  Mutex mutex_;
  std::vector<PooledExchange*> free_ GUARDED_BY(mutex_);
};

}  // namespace odradek::net
