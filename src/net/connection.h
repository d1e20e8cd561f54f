// One client connection: reads frames, hands them to the sink in order, sends the answers in order.
//
// Reading: bytes arrive in the loop's scratch buffer and are parsed there; only a frame that is not
// complete yet gets a buffer of its own, into which the rest is received directly. An idle
// connection owns no buffer. It is not read while it has too many open requests, too much unsent
// output, a request that must not be overtaken, or the server's request memory is used up; what was
// received by then waits in input_.
// Owner: counted, by its table until it is closed and by its exchanges. Thread: its loop, save
// closed() and loop().
#pragma once

#include <uv.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "net/answer_queue.h"
#include "net/buffer_pool.h"
#include "net/partial_frames.h"
#include "net/time_list.h"
#include "net/transport.h"
#include "protocol/wire/frame_sink.h"
#include "runtime/loop.h"

namespace odradek::net {

class ConnectionTable;

class Connection final : public RefCounted {
 public:
  // A frame up to this size is copied out of the scratch buffer, so that a parked request does not
  // hold on to the whole of it.
  static constexpr size_t kCopiedFrameBytesMax = 1024;
  static constexpr size_t kLengthPrefixBytes = 4;

  Connection(ConnectionTable& table, std::unique_ptr<Transport> transport,
             wire::ConnectionInfo info);

  // False if the socket cannot be watched; then it is closed already.
  bool Start();
  // `why` goes to the log unless empty. Does nothing if closed.
  void Close(std::string_view why);

  // Requires: not closed.
  void OnAnswered(PooledExchange& exchange);
  // Whether an open request keeps further ones from beginning.
  void SetNextHeld(bool held);
  // Sends what is ready, then reads on if reading was held up.
  void Flush();
  // Tries again what failed for lack of request memory.
  void OnBudgetFreed();

  bool closed() const { return closed_.load(std::memory_order_acquire); }
  runtime::Loop& loop() const { return loop_; }
  wire::ConnectionInfo& info() { return info_; }
  bool has_open_requests() const { return !answers_.empty(); }

 private:
  friend class ConnectionTable;
  ~Connection() override = default;

  void OnPoll(int status, int events);
  void OnReadable();
  void ReadIntoScratch();
  void ReadIntoInput();
  bool Received(const IoResult& result);
  void SetInterest();

  // Delivers the complete frames of `bytes`, which lie in `owner`, and keeps the rest.
  void Parse(const Ref<Buffer>& owner, std::span<char> bytes);
  void ParseKept();
  // The size of the first frame with its prefix; 0 if the prefix is incomplete. Closes if invalid.
  size_t FrameBytes(std::span<const char> bytes);
  // True if another request may be started, after sending answers to make room.
  bool MakeRoom();
  // Holds memory for a frame of which `received_bytes` are there; the connection is held up if not.
  bool ReserveFor(size_t frame_bytes, size_t received_bytes);
  void HoldUp();
  void Deliver(const Ref<Buffer>& owner, std::span<char> frame);
  void Keep(const Ref<Buffer>& owner, std::span<char> rest, size_t frame_bytes);
  void Resume();
  void MarkDirty();
  void Send();

  ConnectionTable& table_;
  runtime::Loop& loop_;
  std::unique_ptr<Transport> transport_;
  uv_poll_t poll_;
  wire::ConnectionInfo info_;
  AnswerQueue answers_;

  // Received and not delivered: [input_begin_, input_end_) of input_. If input_wanted_ > 0 it is
  // one incomplete frame of so many bytes with its prefix, for which there is room.
  Ref<Buffer> input_;
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
  size_t input_wanted_ = 0;
  BudgetShare share_;  // request memory held for the first frame of input_

  TimeListNode<Connection> activity_{this};
  TimeListNode<Connection> stalled_{this};
  PartialFrame partial_{this};  // the first frame of input_
  Connection* next_dirty_ = nullptr;
  std::atomic<bool> closed_{false};
  bool dirty_ = false;
  bool held_up_ = false;       // not read until Flush or OnBudgetFreed says so
  bool next_held_ = false;     // by a request that must not be overtaken
  bool blocked_ = false;       // waits for the socket to take more
  bool at_end_ = false;        // the client sends no more; close once what is ready is sent
  bool aborting_ = false;      // an open request will close it; nothing more is read
  bool large_frames_ = false;  // the last frame needed a buffer of its own
  int interest_ = 0;
};

}  // namespace odradek::net
