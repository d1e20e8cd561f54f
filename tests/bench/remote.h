// What is asked of any broker around a measurement: its versions, topics and their ends. Requests
// are made in the newest version that both sides know.
//
// Owner: the caller. Thread: one at a time. Errors: what the broker refuses or does not know.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/broker_client.h"
#include "tests/bench/request_frames.h"

namespace odradek::bench {

class Remote {
 public:
  static Result<std::unique_ptr<Remote>> Connect(uint16_t port);

  // Waits until partition 0 of the new topic has a leader.
  Result<Topic> CreateTopic(std::string_view name, int32_t partitions = 1);
  // A broker that cannot delete topics keeps it.
  void DeleteTopic(const Topic& topic);
  // Of partition 0.
  Result<int64_t> EndOffset(const Topic& topic);
  // Waits until it is `end`: what was acknowledged to acks=1 may be visible later than that. Fails
  // if it is another for too long.
  Status AwaitEnd(const Topic& topic, int64_t end);
  Result<int64_t> NewProducerId();

 private:
  static constexpr size_t kApis = 128;
  explicit Remote(client::BrokerClient client) : client_(std::move(client)) {}

  Status LearnVersions();
  // -1: the broker does not have it.
  template <class Request>
  int16_t VersionOf() const;
  template <class Request>
  Status Call(const Request& request, typename Request::Response* response);
  Status CreateByRequest(Topic* topic, int32_t partitions);
  Status CreateByMetadata(const Topic& topic);

  client::BrokerClient client_;
  std::array<int16_t, kApis> newest_;
};

}  // namespace odradek::bench
