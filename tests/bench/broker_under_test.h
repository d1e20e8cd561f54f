// A broker in this process, on a thread of its own: the server as it is shipped, with one loop.
//
// Owner: the benchmark. Thread: the caller's; the broker's thread ends with the object.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "app/server.h"
#include "base/uuid.h"
#include "client/broker_client.h"

namespace odradek::bench {

class BrokerUnderTest {
 public:
  // Without `data_dir` everything is kept in memory.
  explicit BrokerUnderTest(std::optional<std::string> data_dir);
  ~BrokerUnderTest();

  uint16_t port() const { return port_; }
  double CpuSeconds();

  // With one partition. What fails ends the process.
  Uuid CreateTopic(std::string_view name);
  void DeleteTopic(std::string_view name);
  int64_t EndOffset(std::string_view topic);
  int64_t NewProducerId();

 private:
  uint16_t port_ = 0;
  app::Server* server_ = nullptr;
  std::thread thread_;
  std::unique_ptr<client::BrokerClient> client_;
};

}  // namespace odradek::bench
