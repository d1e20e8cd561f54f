// The physical limit: what connections can get from this machine when the server does nothing but
// move the bytes. Measured in the same minute as the brokers, with the same load.
//
// Owner: the benchmark, for one measurement. Thread: a thread of its own on the server's core; it
// ends when all clients have closed their connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/env/file.h"
#include "tests/bench/answering.h"

namespace odradek::bench {

class BareServer {
 public:
  // Answers every request with as many bytes as a Produce answer has.
  static BareServer Echo();
  enum class Sync : unsigned char {
    kNever,
    kBeside,        // by a thread on the same core, as often as the device can
    kBeforeAnswer,  // once for all requests that are there
  };
  // Checks the CRC-32C of the last `payload_bytes` of each request, writes them to `file` one
  // behind the other, and answers.
  static BareServer Produce(Ref<File> file, size_t payload_bytes, Sync sync);
  // Answers every request with a small header and the next `payload_bytes` of `file`, by sendfile;
  // after `payloads` of them it begins anew.
  static BareServer Fetch(Ref<File> file, size_t payload_bytes, int64_t payloads);
  BareServer(BareServer&&) = default;
  // Requires: the clients have closed.
  ~BareServer();

  uint16_t port() const { return port_; }
  // Waits until the clients have closed, and gives the server's processor time.
  double Join();

 private:
  explicit BareServer(std::unique_ptr<Answering> answering);

  uint16_t port_ = 0;
  std::unique_ptr<double> cpu_seconds_;
  std::thread thread_;
};

}  // namespace odradek::bench
