// The exchanges of one connection in arrival order, and the sending of their answers in that order.
//
// All answers that are ready go out together: memory with one sendmsg, large file ranges by
// sendfile, small ones copied into the same sendmsg. Owner: its Connection. Thread: the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "net/buffer_pool.h"
#include "net/pooled_exchange.h"
#include "net/transport.h"

namespace odradek::net {

class AnswerQueue {
 public:
  // A smaller file range is read into memory: one system call less, and no page to map.
  static constexpr size_t kSendFileBytesMin = 32 * 1024;
  static constexpr int kPiecesMax = 256;  // of one sendmsg

  enum class State : unsigned char {
    kDrained,  // everything that is ready has been sent
    kBlocked,  // the socket takes no more
    kCapped,   // `bytes_max` were sent, there is more
    kAborted,  // the next in line closes the connection: failure() says why
    kBroken,   // the socket failed, or a file did: then failure() says how
  };

  AnswerQueue() = default;
  AnswerQueue(const AnswerQueue&) = delete;
  AnswerQueue& operator=(const AnswerQueue&) = delete;
  ~AnswerQueue() { Clear(); }

  void Push(Ref<PooledExchange> exchange);
  // One of the pushed exchanges has got its outcome.
  void OnAnswered(PooledExchange& exchange);
  // Adds what was sent to *sent_bytes.
  State Flush(Transport& transport, BufferPool& buffers, size_t bytes_max, size_t* sent_bytes);
  // Forgets all exchanges; their answers go nowhere.
  void Clear();

  bool empty() const { return head_ == nullptr; }
  // Pushed and not sent to the end.
  uint32_t size() const { return size_; }
  int64_t unsent_bytes() const { return unsent_bytes_; }
  const std::string& failure() const { return failure_; }

 private:
  struct Pieces;
  // Takes leading exchanges that have nothing left to send off the queue.
  void PopSent();
  void Gather(BufferPool& buffers, Pieces* pieces);
  bool AddSlice(Slice& slice, size_t offset, BufferPool& buffers, Pieces* pieces);
  bool ReadIntoMemory(Slice& slice, BufferPool& buffers);
  IoResult SendNext(Transport& transport, BufferPool& buffers);
  void Advance(size_t bytes);

  PooledExchange* head_ = nullptr;  // each counted
  PooledExchange* tail_ = nullptr;
  size_t slice_ = 0;  // place in the head's answer
  size_t slice_offset_ = 0;
  uint32_t size_ = 0;
  int64_t unsent_bytes_ = 0;
  std::string failure_;
};

}  // namespace odradek::net
