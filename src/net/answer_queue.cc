#include "net/answer_queue.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/env/file.h"

namespace odradek::net {

using Outcome = PooledExchange::Outcome;
using IoState = IoResult::State;

namespace {

// The slices of an answer may keep their own exchange alive. One that is still open belongs to
// whoever will answer it.
void Forget(PooledExchange* exchange) {
  if (exchange->outcome() != Outcome::kOpen) exchange->answer().Clear();
  exchange->Drop();
}

}  // namespace

// What one sendmsg takes.
struct AnswerQueue::Pieces {
  std::array<iovec, kPiecesMax> iov;
  size_t count = 0;
  bool file_follows = false;
  bool failed = false;
};

void AnswerQueue::Push(Ref<PooledExchange> exchange) {
  PooledExchange* added = exchange.Leak();
  added->next = nullptr;
  (tail_ != nullptr ? tail_->next : head_) = added;
  tail_ = added;
  ++size_;
}

void AnswerQueue::OnAnswered(PooledExchange& exchange) {
  if (exchange.outcome() != Outcome::kAnswered) return;
  const ByteChain& answer = exchange.answer();
  unsent_bytes_ += static_cast<int64_t>(answer.size());
  if (answer.size() <= static_cast<size_t>(Arena::kFirstBlockSizeBytes)) return;
  size_t memory_bytes = 0;
  for (const Slice& slice : answer.slices()) memory_bytes += slice.view().size();
  // What the answer was made from lives as long as it does.
  memory_bytes = std::max(memory_bytes, exchange.arena().reserved_bytes());
  exchange.ReserveMore(static_cast<int64_t>(memory_bytes));
}

AnswerQueue::State AnswerQueue::Flush(Transport& transport, BufferPool& buffers, size_t bytes_max,
                                      size_t* sent_bytes) {
  for (;;) {
    PopSent();
    if (head_ == nullptr || head_->outcome() == Outcome::kOpen) return State::kDrained;
    if (head_->outcome() == Outcome::kAborted) {
      failure_ = head_->abort_reason();
      return State::kAborted;
    }
    if (*sent_bytes >= bytes_max) return State::kCapped;
    const IoResult result = SendNext(transport, buffers);
    if (result.state == IoState::kAgain) return State::kBlocked;
    if (result.state != IoState::kOk) return State::kBroken;
    *sent_bytes += result.bytes;
    Advance(result.bytes);
  }
}

IoResult AnswerQueue::SendNext(Transport& transport, BufferPool& buffers) {
  Slice& first = head_->answer().slices()[slice_];
  if (first.is_file() && first.size >= kSendFileBytesMin) {
    const IoResult result = transport.SendFile(
        first.fd, first.offset + static_cast<int64_t>(slice_offset_), first.size - slice_offset_);
    if (result.state == IoState::kEof) failure_ = "a log file is shorter than its index says";
    return result;
  }
  Pieces pieces;
  Gather(buffers, &pieces);
  if (pieces.failed) return {IoState::kError, 0, 0};
  return transport.Send({pieces.iov.data(), pieces.count}, pieces.file_follows);
}

void AnswerQueue::Gather(BufferPool& buffers, Pieces* pieces) {
  size_t slice = slice_;
  size_t offset = slice_offset_;
  for (PooledExchange* exchange = head_; exchange != nullptr; exchange = exchange->next) {
    if (exchange->outcome() == Outcome::kOpen || exchange->outcome() == Outcome::kAborted) return;
    std::vector<Slice>& slices = exchange->answer().slices();
    for (; slice < slices.size(); ++slice) {
      if (!AddSlice(slices[slice], offset, buffers, pieces)) return;
      offset = 0;
    }
    slice = 0;
  }
}

bool AnswerQueue::AddSlice(Slice& slice, size_t offset, BufferPool& buffers, Pieces* pieces) {
  if (pieces->count == pieces->iov.size()) return false;
  if (slice.is_file() && slice.size >= kSendFileBytesMin) {
    pieces->file_follows = true;
    return false;
  }
  if (slice.is_file() && !ReadIntoMemory(slice, buffers)) {
    // What stands before it can still go out; the next call fails at once.
    pieces->failed = pieces->count == 0;
    return false;
  }
  pieces->iov[pieces->count++] = {const_cast<char*>(slice.data) + offset, slice.size - offset};
  return true;
}

bool AnswerQueue::ReadIntoMemory(Slice& slice, BufferPool& buffers) {
  Ref<Buffer> buffer = buffers.Take(slice.size);
  const Result<size_t> got = ReadDescriptorAt(slice.fd, slice.offset, {buffer->data(), slice.size});
  if (!got.ok() || got.value() != slice.size) {
    failure_ = got.ok() ? "a log file is shorter than its index says" : got.status().ToString();
    return false;
  }
  const std::string_view bytes(buffer->data(), slice.size);
  slice = Slice::Memory(bytes, std::move(buffer));
  return true;
}

void AnswerQueue::Advance(size_t bytes) {
  unsent_bytes_ -= static_cast<int64_t>(bytes);
  while (bytes > 0) {
    const std::vector<Slice>& slices = head_->answer().slices();
    if (slice_ == slices.size()) {
      PopSent();
      continue;
    }
    const size_t left = slices[slice_].size - slice_offset_;
    if (bytes < left) {
      slice_offset_ += bytes;
      return;
    }
    bytes -= left;
    ++slice_;
    slice_offset_ = 0;
  }
}

void AnswerQueue::PopSent() {
  while (head_ != nullptr) {
    const Outcome outcome = head_->outcome();
    if (outcome == Outcome::kOpen || outcome == Outcome::kAborted) return;
    if (slice_ < head_->answer().slices().size()) return;
    PooledExchange* sent = head_;
    head_ = sent->next;
    if (head_ == nullptr) tail_ = nullptr;
    slice_ = 0;
    slice_offset_ = 0;
    --size_;
    Forget(sent);
  }
}

void AnswerQueue::Clear() {
  while (head_ != nullptr) {
    PooledExchange* dropped = head_;
    head_ = dropped->next;
    Forget(dropped);
  }
  tail_ = nullptr;
  size_ = 0;
  unsent_bytes_ = 0;
}

}  // namespace odradek::net
