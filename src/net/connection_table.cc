#include "net/connection_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace odradek::net {

ConnectionTable::ConnectionTable(runtime::Loop& loop, ServerContext& context)
    : loop_(loop),
      context_(context),
      buffers_(Ref<BufferPool>::Adopt(new BufferPool())),
      exchanges_(Ref<ExchangePool>::Adopt(new ExchangePool())),
      sweep_timer_(new uv_timer_t()) {
  CHECK_EQ(uv_timer_init(loop_.uv(), sweep_timer_), 0);
  sweep_timer_->data = this;
  loop_.AddTickHook(this);
}

ConnectionTable::~ConnectionTable() { CHECK(sweep_timer_ == nullptr); }

void ConnectionTable::Adopt(UniqueFd socket, wire::ConnectionInfo info) {
  if (sweep_timer_ == nullptr) {  // accepted while the server went down
    context_.quota.Release(info.peer_host);
    return;
  }
  auto* connection = new Connection(*this, MakePlainTransport(std::move(socket)), std::move(info));
  ++count_;
  activity_.Touch(connection->activity_, loop_.TickTimeMs());
  if (connection->Start()) ArmSweep();
}

void ConnectionTable::Shutdown() {
  CHECK(loop_.InLoop());
  while (activity_.front() != nullptr) activity_.front()->self->Close({});
  // The last tick of the loop may have ended before they were sent to.
  for (Connection* next = std::exchange(dirty_, nullptr); next != nullptr;) {
    Connection* connection = std::exchange(next, next->next_dirty_);
    connection->next_dirty_ = nullptr;
    connection->Drop();
  }
  context_.budget->Forget(this);
  loop_.RemoveTickHook(this);
  uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(sweep_timer_, nullptr)),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
  scratch_ = {};
}

void ConnectionTable::OnTickEnd() {
  Connection* connection = std::exchange(dirty_, nullptr);
  while (connection != nullptr) {
    Connection* next = std::exchange(connection->next_dirty_, nullptr);
    connection->Flush();
    connection->Drop();
    connection = next;
  }
  if (dirty_ != nullptr) loop_.RunAgain();
  if (trim_due_ && count_ == 0) Trim();
}

std::span<char> ConnectionTable::Scratch() {
  if (!scratch_ || kScratchBytes - scratch_used_ < kScratchReadBytes) {
    if (!scratch_ || !scratch_->has_one_ref()) scratch_ = buffers_->Take(kScratchBytes);
    scratch_used_ = 0;
  }
  return {scratch_->data() + scratch_used_, kScratchReadBytes};
}

void ConnectionTable::KeepScratchBytes(size_t bytes) {
  scratch_used_ = scratch_->has_one_ref() ? 0 : scratch_used_ + bytes;
}

void ConnectionTable::MarkDirty(Connection& connection) {
  connection.Retain();
  connection.next_dirty_ = std::exchange(dirty_, &connection);
}

void ConnectionTable::Touch(Connection& connection) {
  activity_.Touch(connection.activity_, loop_.TickTimeMs());
}

void ConnectionTable::BeginPartial(Connection& connection) {
  partial_frames_.Begin(connection.partial_, loop_.TickTimeMs());
  ArmSweep();
}

void ConnectionTable::Remove(Connection& connection) {
  activity_.Remove(connection.activity_);
  stalled_.Remove(connection.stalled_);
  partial_frames_.End(connection.partial_);
  if (connection.partial_.waits_for_memory) std::erase(budget_waiters_, &connection);
  context_.quota.Release(connection.info_.peer_host);
  trim_due_ = --count_ == 0;
}

void ConnectionTable::Trim() {
  trim_due_ = false;
  uv_timer_stop(sweep_timer_);
  scratch_ = {};
  buffers_->Trim();
  exchanges_->Trim();
}

void ConnectionTable::ArmSweep() {
  const NetLimits& limits = context_.limits;
  Millis due_ms = partial_frames_.DueMs(loop_.TickTimeMs(), limits.slow_frame_ms_max,
                                        context_.budget->has_waiters());
  if (limits.idle_ms_max >= 0 && activity_.front() != nullptr) {
    due_ms = std::min(due_ms, activity_.front()->at_ms + limits.idle_ms_max);
  }
  if (stalled_.front() != nullptr) {
    // Another loop may come to wait for memory at any time.
    const Millis look_ms = loop_.TickTimeMs() + PartialFrames::kQuietCheckMs;
    due_ms = std::min({due_ms, stalled_.front()->at_ms + StalledMsMax(), look_ms});
  }
  if (due_ms == INT64_MAX) return;
  // Deadlines only move later by themselves: an early timer finds nothing and is armed anew.
  const bool active = uv_is_active(reinterpret_cast<uv_handle_t*>(sweep_timer_)) != 0;
  if (active && sweep_due_ms_ <= due_ms) return;
  sweep_due_ms_ = due_ms;
  const Millis delay_ms = std::max<Millis>(due_ms - loop_.TickTimeMs(), 1);
  const auto sweep = [](uv_timer_t* timer) { static_cast<ConnectionTable*>(timer->data)->Sweep(); };
  uv_timer_start(sweep_timer_, sweep, static_cast<uint64_t>(delay_ms), 0);
}

void ConnectionTable::Sweep() {
  const Millis now_ms = loop_.TickTimeMs();
  const NetLimits& limits = context_.limits;
  const Millis stalled_ms_max = StalledMsMax();
  while (stalled_.front() != nullptr && stalled_.front()->at_ms + stalled_ms_max <= now_ms) {
    stalled_.front()->self->Close("it has not read its answers for " +
                                  std::to_string(stalled_ms_max) + " ms");
  }
  SweepPartialFrames(now_ms);
  while (limits.idle_ms_max >= 0 && activity_.front() != nullptr &&
         activity_.front()->at_ms + limits.idle_ms_max <= now_ms) {
    Connection* connection = activity_.front()->self;
    // Who waits for an answer of ours is not idle.
    if (connection->has_open_requests()) {
      activity_.Touch(connection->activity_, now_ms);
    } else {
      connection->Close({});
    }
  }
  ArmSweep();
}

Millis ConnectionTable::StalledMsMax() const {
  const NetLimits& limits = context_.limits;
  return context_.budget->has_waiters()
             ? std::min(limits.slow_frame_ms_max, limits.stalled_output_ms_max)
             : limits.stalled_output_ms_max;
}

void ConnectionTable::SweepPartialFrames(Millis now_ms) {
  if (!context_.budget->has_waiters()) return;
  for (PartialFrame* frame : partial_frames_.TooSlow(now_ms, context_.limits.slow_frame_ms_max)) {
    frame->connection->Close("its request is not complete after " +
                             std::to_string(now_ms - frame->since_ms()) +
                             " ms, and others wait for the memory it holds");
  }
}

void ConnectionTable::OnBudgetFreed() {
  loop_.Post([this] { RetryBudget(); });
}

void ConnectionTable::RetryBudget() {
  std::vector<Connection*> waiters;
  waiters.swap(budget_waiters_);
  // The oldest first, so that who comes later and stalls keeps nobody from his turn.
  std::ranges::stable_sort(
      waiters, {}, [](const Connection* connection) { return connection->partial_.since_ms(); });
  for (Connection* connection : waiters) connection->Retain();
  for (Connection* connection : waiters) {
    connection->OnBudgetFreed();
    connection->Drop();
  }
}

}  // namespace odradek::net
