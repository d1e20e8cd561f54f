// A server on an ephemeral port with its loops on threads of their own.
#pragma once

#include <optional>
#include <thread>

#include "base/env/clock.h"
#include "net/server.h"

namespace odradek::net {

class RunningServer {
 public:
  RunningServer(wire::FrameSink& sink, const NetLimits& limits, int loops = 1)
      : loops_(loops, clock_) {
    server_.emplace(loops_, sink, limits);
    port_ = server_->Listen({.node_id = 7, .name = "PLAINTEXT", .host = "localhost"}).value();
    thread_ = std::thread([this] { loops_.Run(); });
  }
  ~RunningServer() { Stop(); }

  void Stop() {
    if (!thread_.joinable()) return;
    loops_.Stop();
    thread_.join();
    for (size_t i = 0; i < loops_.size(); ++i) loops_.at(i).BindToThisThread();
    server_.reset();
  }

  uint16_t port() const { return port_; }
  Server& server() { return *server_; }
  runtime::LoopGroup& loops() { return loops_; }

 private:
  SystemClock clock_;
  runtime::LoopGroup loops_;
  std::optional<Server> server_;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace odradek::net
