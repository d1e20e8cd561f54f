// Every bound of the transport in one place. Names in brackets are Kafka's properties.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/env/clock.h"
#include "net/bind.h"

namespace odradek::net {

struct NetLimits {
  // A longer frame closes the connection [socket.request.max.bytes].
  int64_t frame_bytes_max = 100 * 1024 * 1024;
  // Further connections are closed at once [max.connections, max.connections.per.ip].
  int64_t connections_max = std::numeric_limits<int32_t>::max();
  int64_t connections_per_ip_max = std::numeric_limits<int32_t>::max();
  // The same by what the process may open, less what files need.
  int64_t connections_by_descriptors_max = std::numeric_limits<int32_t>::max();
  // A connection without bytes in or out and without an open request for this long is closed;
  // negative: never [connections.max.idle.ms].
  Millis idle_ms_max = 600'000;
  // Requests of all connections, from their first byte to the last byte of their answer. Beyond it
  // connections are not read; a single request may always be larger [queued.max.request.bytes].
  int64_t request_bytes_max = 256 * 1024 * 1024;

  // What is reserved of request_bytes_max for a frame that has only announced its size; the rest
  // follows as bytes arrive, so that announcing costs others nothing.
  int64_t frame_bytes_reserved_first = 64 * 1024;
  // While others wait for request_bytes_max, a connection whose frame is not complete this long
  // after its first byte is closed; after twice as long if it waits for memory itself. A client
  // gives its request up by then (request.timeout.ms).
  Millis slow_frame_ms_max = 30'000;

  // Of one connection: requests whose answer is not sent, and the bytes of answers that wait for
  // the client to read. Beyond either it is not read. With less than half of request_bytes_max free
  // it is one request.
  uint32_t open_requests_max = 256;
  int64_t unsent_bytes_max = 4 * 1024 * 1024;
  // A client that reads nothing of its answers for this long is closed; while others wait for
  // request_bytes_max, after slow_frame_ms_max.
  Millis stalled_output_ms_max = 120'000;

  SocketOptions sockets = {};
  // Work of one connection in one tick, so that others get their turn.
  size_t read_bytes_per_tick = 512 * 1024;
  size_t write_bytes_per_tick = 1024 * 1024;
};

// What an open request is taken to cost beside its bytes, for request_bytes_max.
inline constexpr int64_t kExchangeCostBytes = 4096;

// One part in so many of request_bytes_max is for frames that came whole: who sends a part of one
// and then no more keeps nobody from small requests.
inline constexpr int64_t kWholeFramesShare = 4;

}  // namespace odradek::net
