// Headers in front of requests and responses, and whole frames made of header and message.
//
// Thread: free functions without state.
// Source: ApiKeys.requestHeaderVersion / responseHeaderVersion of Apache Kafka, KIP-482, KIP-511.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/endian.h"
#include "base/slice.h"
#include "protocol/api_info.h"
#include "protocol/message/request_header.h"
#include "protocol/message/response_header.h"
#include "protocol/wire/reader.h"
#include "protocol/wire/writer.h"

namespace odradek::wire {

constexpr size_t kLengthPrefixBytes = 4;
constexpr int16_t kControlledShutdownKey = 7;
constexpr int16_t kApiVersionsKey = 18;

// 2 from the first flexible version of the API on, also for versions nobody knows yet: what a newer
// client sends is readable up to its client id.
inline int16_t RequestHeaderVersion(const ApiInfo& api, int16_t api_version) {
  if (api.key == kControlledShutdownKey && api_version == 0) return 0;
  return api.IsFlexible(api_version) ? 2 : 1;
}

// ApiVersions answers always carry header 0: the client does not know yet what we speak.
inline int16_t ResponseHeaderVersion(const ApiInfo& api, int16_t api_version) {
  if (api.key == kApiVersionsKey) return 0;
  return api.IsFlexible(api_version) ? 1 : 0;
}

// The API key and version a frame starts with; empty if it is too short for both.
struct ApiCall {
  int16_t key;
  int16_t version;
};
inline std::optional<ApiCall> PeekApiCall(std::string_view frame) {
  if (frame.size() < 4) return std::nullopt;
  return ApiCall{LoadBig<int16_t>(frame.data()), LoadBig<int16_t>(frame.data() + 2)};
}

// Reads the header at the start of `reader`'s frame. False if the bytes do not hold one, or if the
// API is unknown: then nothing says which header it has.
inline bool DecodeRequestHeader(Reader& reader, ApiCall call, RequestHeader* out) {
  const ApiInfo* api = FindApi(call.key);
  if (api == nullptr) return false;
  return Decode(reader, RequestHeaderVersion(*api, call.version), out);
}

// Length prefix, `header` and `message`: measured when made, then written once.
template <class Header, class Message>
class FrameEncoding {
 public:
  FrameEncoding(int16_t header_version, const Header& header, int16_t version,
                const Message& message)
      : header_version_(header_version), header_(header), version_(version), message_(message) {
    Encode(sizer_, header_version_, header_);
    Encode(sizer_, version_, message_);
  }
  // What the writer needs room for.
  size_t buffer_size() const { return kLengthPrefixBytes + sizer_.buffer_size(); }
  void WriteTo(Writer& writer) const {
    writer.Int32(static_cast<int32_t>(sizer_.size()));
    Encode(writer, header_version_, header_);
    Encode(writer, version_, message_);
  }

 private:
  const int16_t header_version_;
  const Header& header_;
  const int16_t version_;
  const Message& message_;
  Sizer sizer_;
};

// The answer to a request, ready for the transport, added to *out. What is no slice of a record set
// is written into `arena`, whose contents must outlive those slices. Requires: a known API.
template <class Response>
void EncodeAnswer(int16_t api_key, int16_t api_version, int32_t correlation_id,
                  const Response& response, Arena& arena, ByteChain* out) {
  const ApiInfo* api = FindApi(api_key);
  CHECK(api != nullptr);
  ResponseHeader header;
  header.correlation_id = correlation_id;
  const FrameEncoding frame(ResponseHeaderVersion(*api, api_version), header, api_version,
                            response);
  const size_t size = frame.buffer_size();
  Writer writer({static_cast<char*>(arena.Allocate(size, 1)), size}, out);
  frame.WriteTo(writer);
  writer.Finish();
}

// A request as a client sends it: for tests, tools and talk between brokers.
template <class Request>
ByteChain EncodeRequest(int16_t api_version, int32_t correlation_id,
                        std::optional<std::string_view> client_id, const Request& request) {
  const ApiInfo* api = FindApi(Request::kApiKey);
  CHECK(api != nullptr);
  RequestHeader header;
  header.request_api_key = Request::kApiKey;
  header.request_api_version = api_version;
  header.correlation_id = correlation_id;
  header.client_id = client_id;
  const FrameEncoding frame(RequestHeaderVersion(*api, api_version), header, api_version, request);
  Writer writer(frame.buffer_size());
  frame.WriteTo(writer);
  return writer.TakeChain();
}

}  // namespace odradek::wire
