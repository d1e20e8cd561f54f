// The transport as a whole: listeners on loop 0, connections spread over all loops.
//
//   net::Server server(loops, dispatcher, limits);
//   ASSIGN_OR_RETURN(uint16_t port, server.Listen({.host = "localhost", .port = 9092}));
//   loops.Run();
// Owner: the application. Destroy it after LoopGroup::Run has returned (or before it starts), and
// before the sink; exchanges that are still held then may be answered to no effect as long as the
// loops live. Thread: the one that owns loop 0.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "net/connection_table.h"
#include "net/listener.h"
#include "net/net_limits.h"
#include "runtime/loop_group.h"

namespace odradek::net {

class Server {
 public:
  Server(runtime::LoopGroup& loops, wire::FrameSink& sink, const NetLimits& limits);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The port, which is the given one unless that is 0. Connections are accepted once loop 0 runs.
  Result<uint16_t> Listen(const ListenerOptions& options);
  // Refuses new connections from now on.
  void StopListening() { listeners_.clear(); }

  // Thread-safe.
  int64_t open_connections() { return context_.quota.open(); }
  int64_t request_bytes() const { return context_.budget->used_bytes(); }

 private:
  void Place(UniqueFd socket, wire::ConnectionInfo info);

  runtime::LoopGroup& loops_;
  ServerContext context_;
  std::vector<std::unique_ptr<ConnectionTable>> tables_;  // by loop
  std::vector<std::unique_ptr<Listener>> listeners_;
  size_t next_loop_ = 0;
};

}  // namespace odradek::net
