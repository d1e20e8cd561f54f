#include "api/dispatcher.h"

#include <new>
#include <utility>

#include "api/served_apis.h"
#include "broker/cluster.h"
#include "protocol/api_info.h"
#include "protocol/message/api_versions.h"

namespace odradek::api {
namespace {

constexpr size_t kShownBytesMax = 64;

// What a client says about itself, cut and without control characters, for the log.
std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, kShownBytesMax));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return "'" + shown + "'";
}

std::string Named(wire::ApiCall call) {
  const ApiInfo* api = FindApi(call.key);
  const std::string name =
      api != nullptr ? std::string(api->name) : "API key " + std::to_string(call.key);
  return name + " v" + std::to_string(call.version);
}

std::string WhyNotServed(wire::ApiCall call, const ServedApi* api, std::string_view client_id) {
  const std::string why =
      "client " + Shown(client_id) + " asks for " + Named(call) + ", which is not served";
  if (api == nullptr) return why;
  return why + " (" + std::to_string(api->min_version) + " to " + std::to_string(api->max_version) +
         ")";
}

std::string WhyNotParsed(const wire::Reader& reader, size_t frame_size_bytes) {
  if (!reader.is_over_memory()) return " that does not parse";
  return " of " + std::to_string(frame_size_bytes) +
         " bytes that takes more memory to decode than the limit, " +
         std::to_string(wire::Reader::kMemoryFactor) + " times its size and " +
         std::to_string(wire::Reader::kMemorySlackBytes) + " bytes";
}

}  // namespace

void Dispatcher::OnFrame(Ref<wire::Exchange> exchange) {
  const std::string_view frame(exchange->frame().data(), exchange->frame().size());
  const auto call = wire::PeekApiCall(frame);
  if (!call) return exchange->Abort("a frame too short for a request header");
  wire::Reader reader(frame, exchange->arena());
  RequestHeader header;
  const bool has_header = wire::DecodeRequestHeader(reader, *call, &header);
  const std::string_view client_id = header.client_id.value_or(std::string_view());

  const ServedApi* api = FindServedApi(call->key);
  if (api == nullptr || !api->Serves(call->version)) {
    if (has_header && call->key == wire::kApiVersionsKey) {
      return AnswerUnknownApiVersions(std::move(exchange), header);
    }
    return exchange->Abort(WhyNotServed(*call, api, client_id));
  }
  if (!has_header) {
    return exchange->Abort("a request header of " + Named(*call) +
                           WhyNotParsed(reader, frame.size()));
  }

  broker::Node* node = cluster_.FindNode(exchange->connection().node_id);
  if (node == nullptr) return exchange->Abort("its listener belongs to no node of the cluster");
  const fault::CallInfo info = {call->key, call->version, header.correlation_id, client_id,
                                &exchange->connection()};
  void* place = exchange->arena().Allocate(sizeof(RequestContext), alignof(RequestContext));
  auto* context = new (place) RequestContext(*exchange, cluster_, *node, info, hook_);
  if (!api->serve(exchange, *context, reader)) {
    exchange->Abort("a request of " + Named(*call) + " by client " + Shown(client_id) +
                    WhyNotParsed(reader, frame.size()));
  }
}

void Dispatcher::AnswerUnknownApiVersions(Ref<wire::Exchange> exchange,
                                          const RequestHeader& header) {
  const ServedApi* api = FindServedApi(wire::kApiVersionsKey);
  ApiVersionsResponse response;
  response.error_code = ErrorCode::kUnsupportedVersion;
  auto& range = response.api_keys.Add(exchange->arena());
  range.api_key = api->key;
  range.min_version = api->min_version;
  range.max_version = api->max_version;
  wire::EncodeAnswer(api->key, 0, header.correlation_id, response, exchange->arena(),
                     &exchange->answer());
  exchange->Send(std::move(exchange->answer()));
}

void Dispatcher::OnClosed(const wire::ConnectionInfo&) {
  // Nothing is kept per connection: fetch sessions make room for others, and members leave by their
  // time-outs.
}

}  // namespace odradek::api
