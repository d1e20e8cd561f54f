// A broker in this process, on a thread of its own: the server as it is shipped, with one loop and
// everything in memory. Its allocations are counted.
//
// Owner: the benchmark. Thread: the caller's; the broker's thread ends with the object.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

#include "app/server.h"
#include "tests/bench/remote.h"

namespace odradek::bench {

class BrokerUnderTest {
 public:
  BrokerUnderTest();
  ~BrokerUnderTest();

  uint16_t port() const { return port_; }

  // What fails ends the process.
  Topic CreateTopic(std::string_view name);
  void DeleteTopic(const Topic& topic) { remote_->DeleteTopic(topic); }
  int64_t EndOffset(const Topic& topic);
  int64_t NewProducerId();

 private:
  uint16_t port_ = 0;
  app::Server* server_ = nullptr;
  std::thread thread_;
  std::unique_ptr<Remote> remote_;
};

}  // namespace odradek::bench
