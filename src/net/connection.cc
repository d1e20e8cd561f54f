#include "net/connection.h"

#include <array>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "net/connection_table.h"

namespace odradek::net {

Connection::Connection(ConnectionTable& table, std::unique_ptr<Transport> transport,
                       wire::ConnectionInfo info)
    : table_(table),
      loop_(table.loop_),
      transport_(std::move(transport)),
      info_(std::move(info)),
      share_(table.context_.budget.get()) {}

bool Connection::Start() {
  const int error = uv_poll_init(loop_.uv(), &poll_, transport_->fd());
  if (error != 0) {
    table_.context_.LogClosed(info_, uv_strerror(error), loop_.TickTimeMs());
    closed_.store(true, std::memory_order_release);
    transport_.reset();
    table_.Remove(*this);
    Drop();
    return false;
  }
  poll_.data = this;
  SetInterest();
  return true;
}

void Connection::Close(std::string_view why) {
  if (closed()) return;
  if (!why.empty()) table_.context_.LogClosed(info_, why, loop_.TickTimeMs());
  closed_.store(true, std::memory_order_release);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
           [](uv_handle_t* handle) { static_cast<Connection*>(handle->data)->Drop(); });
  transport_.reset();  // after uv_close, which takes the descriptor out of the poll set
  answers_.Clear();
  input_ = {};
  share_.Return();
  table_.Remove(*this);
  table_.context_.sink.OnClosed(info_);
}

void Connection::OnPoll(int status, int events) {
  const auto alive = Ref<Connection>::Share(this);
  if (status < 0) return Close({});  // libuv reports a reset or refused socket this way
  table_.Touch(*this);
  if ((events & UV_READABLE) != 0) OnReadable();
  if ((events & UV_WRITABLE) != 0 && !closed()) MarkDirty();
}

void Connection::SetInterest() {
  int wanted = 0;
  if (!held_up_ && !at_end_ && !aborting_) wanted |= UV_READABLE;
  if (blocked_) wanted |= UV_WRITABLE;
  if (wanted == interest_) return;
  interest_ = wanted;
  if (wanted == 0) {
    uv_poll_stop(&poll_);
    return;
  }
  uv_poll_start(&poll_, wanted, [](uv_poll_t* poll, int status, int events) {
    static_cast<Connection*>(poll->data)->OnPoll(status, events);
  });
}

void Connection::OnAnswered(PooledExchange& exchange) {
  answers_.OnAnswered(exchange);
  if (exchange.outcome() == PooledExchange::Outcome::kAborted) {
    aborting_ = true;
    SetInterest();
  }
  MarkDirty();
}

void Connection::SetNextHeld(bool held) {
  next_held_ = held;
  if (!held && !closed()) MarkDirty();
}

void Connection::MarkDirty() {
  if (std::exchange(dirty_, true)) return;
  table_.MarkDirty(*this);
}

void Connection::Flush() {
  dirty_ = false;
  if (closed()) return;
  Send();
  if (!closed() && held_up_ && !partial_.waits_for_memory) Resume();
}

void Connection::HoldUp() {
  held_up_ = true;
  SetInterest();
}

void Connection::OnBudgetFreed() {
  partial_.waits_for_memory = false;
  if (!closed()) Resume();
}

void Connection::Resume() {
  if (aborting_ || !MakeRoom()) return;
  held_up_ = false;
  ParseKept();
  if (!closed()) SetInterest();
}

void Connection::Send() {
  size_t sent_bytes = 0;
  const auto state = answers_.Flush(*transport_, *table_.buffers_,
                                    table_.context_.limits.write_bytes_per_tick, &sent_bytes);
  if (sent_bytes > 0) table_.Touch(*this);
  blocked_ = state == AnswerQueue::State::kBlocked;
  if (!blocked_) table_.stalled_.Remove(stalled_);
  switch (state) {
    case AnswerQueue::State::kDrained:
      if (at_end_) return Close({});
      break;
    case AnswerQueue::State::kBlocked:
      if (sent_bytes > 0 || !stalled_.linked) table_.stalled_.Touch(stalled_, loop_.TickTimeMs());
      table_.ArmSweep();
      break;
    case AnswerQueue::State::kCapped:
      MarkDirty();
      break;
    case AnswerQueue::State::kAborted:
    case AnswerQueue::State::kBroken:
      return Close(answers_.failure());
  }
  SetInterest();
}

}  // namespace odradek::net
