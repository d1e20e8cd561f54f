// The connections of one loop and what they share: buffers, the exchange pool, time-outs, and the
// end of the tick, when everything that became ready is sent.
//
// Owner: Server. Thread: the loop's; OnBudgetFreed may come from any.
#pragma once

#include <uv.h>

#include <vector>

#include "net/connection.h"
#include "net/server_context.h"
#include "net/unique_fd.h"
#include "runtime/loop.h"

namespace odradek::net {

class ConnectionTable final : public runtime::TickHook, public BudgetWaiter {
 public:
  static constexpr size_t kScratchBytes = 256 * 1024;
  static constexpr size_t kScratchReadBytes = 64 * 1024;  // what one read may ask for

  ConnectionTable(runtime::Loop& loop, ServerContext& context);
  // Requires: Shutdown() was called.
  ~ConnectionTable() override;

  void Adopt(UniqueFd socket, wire::ConnectionInfo info);
  // Closes all connections. Requires: the loop does not run; the caller drains it afterwards.
  void Shutdown();

  void OnTickEnd() override;
  void OnBudgetFreed() override;

 private:
  friend class Connection;

  // At least kScratchReadBytes of free scratch. Bytes that a frame is a view of are not used again.
  std::span<char> Scratch();
  void KeepScratchBytes(size_t bytes);
  void MarkDirty(Connection& connection);
  void Touch(Connection& connection);
  void BeginPartial(Connection& connection);
  void Remove(Connection& connection);
  void Trim();
  void ArmSweep();
  void Sweep();
  // How long a client may read nothing of its answers.
  Millis StalledMsMax() const;
  void SweepPartialFrames(Millis now_ms);
  void RetryBudget();

  runtime::Loop& loop_;
  ServerContext& context_;
  Ref<BufferPool> buffers_;
  Ref<ExchangePool> exchanges_;
  Ref<Buffer> scratch_;
  size_t scratch_used_ = 0;
  Connection* dirty_ = nullptr;
  TimeList<Connection> activity_;  // every connection
  TimeList<Connection> stalled_;   // those whose output is blocked
  PartialFrames partial_frames_;
  std::vector<Connection*> budget_waiters_;
  uv_timer_t* sweep_timer_;
  Millis sweep_due_ms_ = 0;  // while the timer is active
  size_t count_ = 0;
  bool trim_due_ = false;
};

}  // namespace odradek::net
