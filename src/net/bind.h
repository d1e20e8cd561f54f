// Listening sockets for one listener: every address of its host on one common port.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/address.h"
#include "net/unique_fd.h"

namespace odradek::net {

struct SocketOptions {
  int backlog = 1024;
  // SO_SNDBUF and SO_RCVBUF of the connections; -1: what the system gives.
  int send_buffer_bytes = -1;
  int receive_buffer_bytes = -1;
};

struct BoundSockets {
  std::vector<UniqueFd> sockets;  // non-blocking, listening
  uint16_t port = 0;
};

// Port 0 picks one that is free at all addresses. An address family that the machine does not have
// is left out as long as another remains. The message of a failure says which address and why.
Result<BoundSockets> BindAll(const std::string& host, uint16_t port, const SocketOptions& options);

}  // namespace odradek::net
