// One listener of one virtual broker: accepts connections and hands each to a loop.
//
// Owner: Server. Thread: loop 0.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/bind.h"
#include "net/server_context.h"
#include "runtime/loop.h"

namespace odradek::net {

struct ListenerOptions {
  int32_t node_id = 0;
  std::string name = "PLAINTEXT";
  std::string host;   // see AddressesToBind
  uint16_t port = 0;  // 0: a free one
};

class Listener {
 public:
  static constexpr int kAcceptsPerTick = 64;
  using OnAccept = std::function<void(UniqueFd socket, wire::ConnectionInfo info)>;

  Listener(runtime::Loop& loop, ServerContext& context, ListenerOptions options,
           BoundSockets sockets, OnAccept on_accept);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  uint16_t port() const { return port_; }

 private:
  struct Socket;
  void AcceptSome(int listening);
  // False if nothing more can be accepted now.
  bool AcceptOne(int listening);
  void ShedWithoutDescriptors(int listening);

  runtime::Loop& loop_;
  ServerContext& context_;
  const ListenerOptions options_;
  const uint16_t port_;
  const OnAccept on_accept_;
  std::vector<Socket*> sockets_;
  UniqueFd spare_;  // given up to close connections when the process has no descriptors left
};

}  // namespace odradek::net
