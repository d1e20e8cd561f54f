// A client for tests that speaks in typed messages over a real socket.
//
// Owner: the test. Thread: one. What it returns lives as long as the client.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "net/testing/blocking_client.h"
#include "protocol/message/response_header.h"
#include "protocol/wire/header_codec.h"

namespace odradek::api {

class WireClient {
 public:
  explicit WireClient(uint16_t port, std::string client_id = "test",
                      const std::string& host = "127.0.0.1")
      : socket_(port, host), client_id_(std::move(client_id)) {}

  net::BlockingClient& socket() { return socket_; }

  // The correlation id it went out with.
  template <class Request>
  int32_t Send(int16_t version, const Request& request) {
    const int32_t correlation_id = ++last_correlation_id_;
    std::string bytes;
    const ByteChain chain = wire::EncodeRequest(version, correlation_id, client_id_, request);
    for (const Slice& slice : chain.slices()) bytes.append(slice.view());
    CHECK(socket_.SendRaw(bytes));
    return correlation_id;
  }

  // The next answer, of which `correlation_id` gets the id; null if the connection ended or the
  // answer has another form than said.
  template <class Response>
  const Response* Receive(int16_t version, int32_t* correlation_id = nullptr) {
    std::optional<std::string> frame = socket_.ReadFrame();
    if (!frame.has_value()) return nullptr;
    Kept& kept = kept_.emplace_back();
    kept.frame = std::move(*frame);
    wire::Reader reader(kept.frame, kept.arena);
    ResponseHeader header;
    const ApiInfo& api = *FindApi(Response::kApiKey);
    if (!Decode(reader, wire::ResponseHeaderVersion(api, version), &header)) return nullptr;
    if (correlation_id != nullptr) *correlation_id = header.correlation_id;
    auto* response = kept.arena.New<Response>();
    return Decode(reader, version, response) && reader.done() ? response : nullptr;
  }

  template <class Request>
  const typename Request::Response* Call(int16_t version, const Request& request) {
    Send(version, request);
    return Receive<typename Request::Response>(version);
  }

  Arena& arena() { return arena_; }

 private:
  net::BlockingClient socket_;
  const std::string client_id_;
  int32_t last_correlation_id_ = 0;
  Arena arena_;
  // A reader limits what a frame takes of its arena: each has its own.
  struct Kept {
    std::string frame;
    Arena arena;
  };
  std::deque<Kept> kept_;
};

}  // namespace odradek::api
