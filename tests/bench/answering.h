// What a bare server does with requests, and the loop that brings them to it.
//
// Owner: BareServer. Thread: the server's.
#pragma once

#include <memory>
#include <span>

#include "net/unique_fd.h"

namespace odradek::bench {

class Answering {
 public:
  virtual ~Answering() = default;
  // A whole request, with its length prefix. `fd` is where the answer belongs.
  virtual void Request(int fd, std::span<const char> frame) = 0;
  // Everything that had arrived on `fd` was handed over.
  virtual void EndOfInput(int fd) = 0;
  // The same for all connections.
  virtual void EndOfRound() {}
  // All clients have closed: ends what goes on beside, and gives the processor time of that.
  virtual double End() { return 0; }
};

// Serves until every client that ever connected has closed again. One epoll, one buffer for each
// connection; a large request is received into its place without a copy.
void ServeUntilClosed(const net::UniqueFd& listener, Answering& answering);

}  // namespace odradek::bench
