// The receiving half of Connection: bytes to frames to exchanges.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/endian.h"
#include "net/bad_input.h"
#include "net/connection.h"
#include "net/connection_table.h"

namespace odradek::net {
namespace {

// Read beyond the end of a large frame, so that the next one's prefix comes with the same call.
constexpr size_t kReadAheadBytes = 16 * 1024;

}  // namespace

void Connection::OnReadable() {
  if (held_up_ || at_end_ || aborting_) return;
  if (input_wanted_ > 0) {
    ReadIntoInput();
  } else {
    ReadIntoScratch();
  }
}

bool Connection::Received(const IoResult& result) {
  switch (result.state) {
    case IoResult::State::kOk:
      return true;
    case IoResult::State::kAgain:
      return false;
    case IoResult::State::kEof:
      at_end_ = true;
      SetInterest();
      MarkDirty();
      return false;
    case IoResult::State::kError:
      Close({});
      return false;
  }
  UNREACHABLE();
}

void Connection::ReadIntoScratch() {
  std::span<char> scratch = table_.Scratch();
  // The client of large frames gets a small first read: what follows is received in place.
  if (large_frames_) scratch = scratch.first(kReadAheadBytes);
  const size_t kept = input_end_ - input_begin_;  // less than a length prefix
  const iovec room = {scratch.data() + kept, scratch.size() - kept};
  const IoResult result = transport_->Receive({&room, 1});
  if (!Received(result)) return;
  if (kept > 0) {
    std::memcpy(scratch.data(), input_->data() + input_begin_, kept);
    input_ = {};
    input_begin_ = input_end_ = 0;
  }
  Parse(table_.scratch_, scratch.first(kept + result.bytes));
  table_.KeepScratchBytes(kept + result.bytes);
}

void Connection::ReadIntoInput() {
  const size_t received = input_end_ - input_begin_;
  const size_t missing = input_wanted_ - received;
  if (!ReserveFor(input_wanted_, received)) return HoldUp();
  const size_t paid = static_cast<size_t>(share_.bytes() - kExchangeCostBytes) - received;
  const size_t wanted = std::min({missing, paid, table_.context_.limits.read_bytes_per_tick});
  std::array<iovec, 2> rooms = {{{input_->data() + input_end_, wanted}, {}}};
  size_t room_count = 1;
  // What comes behind the frame must be delivered at once or it has nowhere to stay.
  if (wanted == missing && MakeRoom()) {
    rooms[room_count++] = {table_.Scratch().data(), kReadAheadBytes};
  }
  if (closed()) return;
  const IoResult result = transport_->Receive({rooms.data(), room_count});
  if (!Received(result)) return;
  const size_t in_frame = std::min(result.bytes, missing);
  input_end_ += in_frame;
  if (in_frame < missing) return;
  ParseKept();
  const size_t behind = result.bytes - in_frame;
  if (behind == 0 || closed() || aborting_) return;
  Parse(table_.scratch_, {static_cast<char*>(rooms[1].iov_base), behind});
  table_.KeepScratchBytes(behind);
}

void Connection::ParseKept() {
  if (!input_) return;
  const Ref<Buffer> owner = std::move(input_);
  const std::span<char> bytes(owner->data() + input_begin_, input_end_ - input_begin_);
  input_begin_ = input_end_ = input_wanted_ = 0;
  Parse(owner, bytes);
}

void Connection::Parse(const Ref<Buffer>& owner, std::span<char> bytes) {
  while (!bytes.empty() && !aborting_) {
    const size_t frame_bytes = FrameBytes(bytes);
    if (closed()) return;
    if (frame_bytes == 0) return Keep(owner, bytes, 0);
    large_frames_ = frame_bytes > ConnectionTable::kScratchReadBytes;
    const bool complete = frame_bytes <= bytes.size();
    const bool ready = !complete || MakeRoom();
    if (closed()) return;
    if (!ready || !ReserveFor(frame_bytes, std::min(bytes.size(), frame_bytes))) {
      HoldUp();
      Keep(owner, bytes, 0);
      if (complete)
        table_.partial_frames_.End(partial_);  // it is not the client any more
      else
        table_.BeginPartial(*this);
      return;
    }
    if (!complete) return Keep(owner, bytes, frame_bytes);
    Deliver(owner, bytes.first(frame_bytes).subspan(kLengthPrefixBytes));
    bytes = bytes.subspan(frame_bytes);
  }
}

size_t Connection::FrameBytes(std::span<const char> bytes) {
  if (bytes.size() < kLengthPrefixBytes) return 0;
  const auto length = LoadBig<int32_t>(bytes.data());
  const int64_t length_max = table_.context_.limits.frame_bytes_max;
  if (length <= 0 || length > length_max) {
    Close(DescribeBadFrame({bytes.data(), bytes.size()}, length, length_max));
    return 0;
  }
  return kLengthPrefixBytes + static_cast<size_t>(length);
}

bool Connection::MakeRoom() {
  if (next_held_) return false;
  const NetLimits& limits = table_.context_.limits;
  // While memory is scarce a connection has one request open, as always in Apache Kafka: many that
  // wait for long, from a few clients, would keep all others out.
  const uint32_t open_max = table_.context_.budget->is_scarce() ? 1 : limits.open_requests_max;
  const auto is_full = [&] {
    return answers_.size() >= open_max || answers_.unsent_bytes() >= limits.unsent_bytes_max;
  };
  if (!is_full()) return true;
  if (!blocked_) Send();
  return !closed() && !is_full();
}

bool Connection::ReserveFor(size_t frame_bytes, size_t received_bytes) {
  const auto whole = static_cast<int64_t>(frame_bytes);
  const auto received = static_cast<int64_t>(received_bytes);
  if (share_.GrowEarly(whole + kExchangeCostBytes)) return true;
  const int64_t first = table_.context_.limits.frame_bytes_reserved_first;
  const int64_t next = std::min(whole, received == whole ? whole : std::max(first, 2 * received));
  const int64_t all = table_.context_.budget->limit_bytes();
  const int64_t limit = received == whole ? all : all - all / kWholeFramesShare;
  if (share_.GrowTo(next + kExchangeCostBytes, limit, &table_)) return true;
  if (!std::exchange(partial_.waits_for_memory, true)) table_.budget_waiters_.push_back(this);
  table_.ArmSweep();  // late frames are in somebody's way now
  return false;
}

void Connection::Deliver(const Ref<Buffer>& owner, std::span<char> frame) {
  table_.partial_frames_.End(partial_);
  const bool in_scratch = owner.get() == table_.scratch_.get();
  Ref<const RefCounted> keeper;
  if (!in_scratch || frame.size() > kCopiedFrameBytesMax) keeper = owner;
  Ref<PooledExchange> exchange = table_.exchanges_->Take();
  exchange->Begin(Ref<Connection>::Share(this), frame, std::move(keeper),
                  std::exchange(share_, BudgetShare(table_.context_.budget.get())));
  answers_.Push(exchange);
  table_.context_.sink.OnFrame(std::move(exchange));
}

void Connection::Keep(const Ref<Buffer>& owner, std::span<char> rest, size_t frame_bytes) {
  const size_t room = std::max(rest.size(), frame_bytes);
  const size_t at = static_cast<size_t>(rest.data() - owner->data());
  input_wanted_ = frame_bytes;
  if (owner.get() != table_.scratch_.get() && at + room <= owner->capacity()) {
    input_ = owner;
    input_begin_ = at;
  } else {
    input_ = table_.buffers_->Take(room);
    input_begin_ = 0;
    std::memcpy(input_->data(), rest.data(), rest.size());
  }
  input_end_ = input_begin_ + rest.size();
  if (frame_bytes > 0) table_.BeginPartial(*this);
}

}  // namespace odradek::net
