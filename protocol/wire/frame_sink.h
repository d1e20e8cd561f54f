// The seam between transport and protocol: src/net delivers frames, src/api answers them.
//
// An Exchange is one request and the slot of its answer. A connection starts its exchanges in
// arrival order and sends the answers in arrival order; an answer that is ready early waits in its
// slot. Owner: counted; the connection pool takes it back when the last reference goes.
// Thread: OnFrame runs on the connection's loop. Send, SendNothing and Abort may be called from any
// thread, exactly one of them, exactly once; the rest belongs to whoever holds the exchange.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/env/scheduler.h"
#include "base/slice.h"

namespace odradek::wire {

// What the protocol may know of a connection. Written by net when it opens, except the client's
// fields, which api fills in on the connection's own loop. Valid as long as an Exchange refers to
// it.
struct ConnectionInfo {
  uint64_t id = 0;         // unique in the process
  int32_t node_id = 0;     // the virtual broker whose listener accepted it
  std::string listener;    // listener name, "PLAINTEXT"
  std::string local_host;  // the address the client dialled, numeric
  uint16_t local_port = 0;
  std::string peer_host;  // numeric, without port
  uint16_t peer_port = 0;
  std::string client_software_name;  // ApiVersions v3+; "unknown" before
  std::string client_software_version;
};

class Exchange : public RefCounted {
 public:
  // The frame behind its length prefix. Mutable: record batches are stamped in place. Valid as long
  // as the exchange; frame_owner() keeps it alive longer.
  std::span<char> frame() const { return frame_; }
  Ref<const RefCounted> frame_owner() const {
    return frame_owner_ ? frame_owner_ : Ref<const RefCounted>::Share(this);
  }
  Arena& arena() { return arena_; }
  // An empty chain whose memory is kept between requests: an answer that is built in it and in the
  // arena, and then passed to Send, costs no allocation.
  ByteChain& answer() { return answer_; }
  ConnectionInfo& connection() const { return *connection_; }
  // The loop of the connection: where parked work of this request continues.
  Scheduler& scheduler() const { return *scheduler_; }

  // Counts memory that the answer will take, for answers that outgrow their requests by far. False,
  // with nothing counted: there is no room among all that is open, and the handler must not go on.
  virtual bool Charge(int64_t /*bytes*/) { return true; }

  // No request of the connection that came behind this one begins before BeginNext() is called, or
  // this one is aborted: for what is not done when OnFrame returns, and must not be overtaken.
  // Thread: the connection's loop. Requires: this one began last, and is not answered.
  virtual void HoldNext() {}
  virtual void BeginNext() {}

  // False once the connection is gone: nobody will see an answer. May lag behind.
  virtual bool connected() const { return true; }

  // The answer including its length prefix.
  virtual void Send(ByteChain&& answer) = 0;
  // The request has no answer (Produce with acks=0).
  virtual void SendNothing() = 0;
  // Closes the connection after the answers before this one; `reason` goes to the log,
  // rate-limited.
  virtual void Abort(std::string_view reason) = 0;

 protected:
  std::span<char> frame_;
  Ref<const RefCounted> frame_owner_;  // empty: the frame lies in the exchange's own memory
  Arena arena_;
  ByteChain answer_;
  ConnectionInfo* connection_ = nullptr;
  Scheduler* scheduler_ = nullptr;
};

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void OnFrame(Ref<Exchange> exchange) = 0;
  // The connection is gone; its exchanges may still be answered, to no effect.
  virtual void OnClosed(const ConnectionInfo& connection) = 0;
};

}  // namespace odradek::wire
