// A byte stream to one client: plain TCP, or something that wraps it. Never blocks.
//
// Owner: its Connection. Thread: the connection's loop.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "net/unique_fd.h"

namespace odradek::net {

struct IoResult {
  enum class State : unsigned char {
    kOk,     // `bytes` > 0 were moved
    kAgain,  // nothing can be moved now; wait for the socket
    kEof,    // Receive: the client has finished; SendFile: the file ended early
    kError,  // the connection is broken; `error` is the errno
  };
  State state = State::kAgain;
  size_t bytes = 0;
  int error = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual int fd() const = 0;
  virtual IoResult Receive(std::span<const iovec> to) = 0;
  // `more`: further bytes follow at once, so a short last segment should wait for them.
  virtual IoResult Send(std::span<const iovec> from, bool more) = 0;
  virtual IoResult SendFile(int file, int64_t offset, size_t size) = 0;
};

std::unique_ptr<Transport> MakePlainTransport(UniqueFd socket);

}  // namespace odradek::net
