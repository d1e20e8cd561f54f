// The physical limit: what one connection can get from this machine when the server does nothing
// but move the bytes. Measured in the same minute as the broker, with the same load.
//
// Owner: the benchmark, for one measurement. Thread: a thread of its own on the server's core; it
// ends when its client closes the connection.
#pragma once

#include <pthread.h>

#include <cstdint>
#include <thread>

#include "base/env/file.h"
#include "base/unique_function.h"
#include "net/unique_fd.h"

namespace odradek::bench {

class BareServer {
 public:
  // Receives whole requests, checks the CRC-32C of the last `payload_bytes` of each, writes them to
  // `file` one behind the other, and sends an answer of the size of a Produce answer.
  static BareServer Produce(Ref<File> file, size_t payload_bytes);
  // Answers every request with a small header and the next `payload_bytes` of `file`, by sendfile;
  // after `payloads` of them it begins anew.
  static BareServer Fetch(Ref<File> file, size_t payload_bytes, int64_t payloads);
  BareServer(BareServer&&) = default;
  // Requires: the client has closed.
  ~BareServer();

  uint16_t port() const { return port_; }
  pthread_t thread() { return thread_.native_handle(); }
  // Waits until the client has closed, and gives the server's processor time.
  double Join();

 private:
  using Serve = UniqueFunction<void(int fd)>;
  explicit BareServer(Serve serve);

  uint16_t port_ = 0;
  std::unique_ptr<double> cpu_seconds_;
  std::thread thread_;
};

}  // namespace odradek::bench
