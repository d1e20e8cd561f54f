// BrokerClient: a blocking connection that asks one request at a time, for the command line.
//
// Owner: the caller. Thread: one at a time. Errors: kRetriable when nobody answers in time or the
// connection breaks, kCorrupt when the answer cannot be read. After either the connection is
// closed, because a late answer would be taken for the next one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "protocol/wire/header_codec.h"

namespace odradek::client {

class BrokerClient {
 public:
  static constexpr size_t kAnswerBytesMax = 64u << 20;

  // `address` is "host:port", with an IPv6 host in brackets.
  static Result<BrokerClient> Connect(const std::string& address, int timeout_ms);
  BrokerClient(BrokerClient&& other) noexcept;
  BrokerClient& operator=(BrokerClient&&) = delete;
  ~BrokerClient();

  // The answer's strings are valid until the next call.
  template <class Request>
  Status Call(int16_t version, const Request& request, typename Request::Response* response) {
    const Status status = Ask(version, request, response);
    if (!status.ok()) Close();
    return status;
  }

 private:
  explicit BrokerClient(int fd) : fd_(fd) {}
  static constexpr std::string_view kClientId = "odradek";

  template <class Request>
  Status Ask(int16_t version, const Request& request, typename Request::Response* response) {
    const int32_t id = ++correlation_id_;
    RETURN_IF_ERROR(Exchange(wire::EncodeRequest(version, id, kClientId, request)));
    arena_.Reset();
    wire::Reader reader(received_, arena_);
    ResponseHeader header;
    const ApiInfo& api = *FindApi(Request::kApiKey);
    if (!Decode(reader, wire::ResponseHeaderVersion(api, version), &header) ||
        header.correlation_id != id || !Decode(reader, version, response)) {
      return Corrupt("what came back is not the answer to the request");
    }
    return {};
  }

  void Close();
  // Sends a frame and receives the next one into received_.
  Status Exchange(const ByteChain& frame);
  Status Send(std::string_view bytes);
  Status Receive(char* to, size_t size);

  int fd_ = -1;  // -1: closed
  int32_t correlation_id_ = 0;
  std::string received_;
  Arena arena_;
};

}  // namespace odradek::client
