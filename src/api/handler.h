// What a handler sees: its request, a context, and a responder.
//
//   void HandleHeartbeat(RequestContext& context, const HeartbeatRequest& request,
//                        Responder<HeartbeatResponse> respond);
//
// One file per API under src/api/<area>/, one row in registry.inc, no header. The dispatcher has
// framed, checked and decoded the request. A handler answers now, or keeps the responder and
// answers later from any thread; request, context and arena live as long as the responder.
#pragma once

#include <string_view>
#include <utility>

#include "base/arena.h"
#include "base/slice.h"
#include "fault/exchange_hook.h"
#include "protocol/wire/frame_sink.h"

namespace odradek::broker {
class Cluster;
class Node;
}  // namespace odradek::broker

namespace odradek::api {

// One request being served. Lives in the arena of its exchange.
// Thread: whoever holds the responder.
class RequestContext {
 public:
  RequestContext(wire::Exchange& exchange, broker::Cluster& cluster, broker::Node& node,
                 fault::CallInfo call, fault::ExchangeHook* hook = nullptr)
      : exchange_(exchange), cluster_(cluster), node_(node), call_(call), hook_(hook) {}

  int16_t version() const { return call_.api_version; }
  std::string_view client_id() const { return call_.client_id; }
  const fault::CallInfo& call() const { return call_; }
  wire::ConnectionInfo& connection() const { return exchange_.connection(); }
  wire::Exchange& exchange() const { return exchange_; }
  // For strings and arrays of the answer.
  Arena& arena() const { return exchange_.arena(); }
  // The cluster, and the virtual broker whose listener the request came in on.
  broker::Cluster& cluster() const { return cluster_; }
  broker::Node& node() const { return node_; }
  // Null unless rules, a recorder or a test listen in.
  fault::ExchangeHook* hook() const { return hook_; }

 private:
  wire::Exchange& exchange_;
  broker::Cluster& cluster_;
  broker::Node& node_;
  fault::CallInfo call_;
  fault::ExchangeHook* hook_;
};

// The untyped half of Responder: holds the exchange, closes the connection if nobody answers.
class ResponderBase {
 public:
  ResponderBase(Ref<wire::Exchange> exchange, RequestContext& context)
      : exchange_(std::move(exchange)), context_(&context) {}
  ResponderBase(ResponderBase&&) noexcept = default;
  ResponderBase& operator=(ResponderBase&&) noexcept = default;
  ~ResponderBase();

  RequestContext& context() const { return *context_; }
  // For requests without an answer (acks=0).
  void SendNothing();
  // Closes the connection once earlier answers are out.
  void Abort(std::string_view reason);

 protected:
  // Asks the hook; false if the answer must not be sent (it has been dealt with).
  bool PassesHook(fault::Message response);
  Ref<wire::Exchange> TakeExchange() { return std::move(exchange_); }

 private:
  Ref<wire::Exchange> exchange_;
  RequestContext* context_;
};

// The right and the duty to answer one request. Move-only. Send encodes before it returns, so the
// response may point into locals and the arena.
template <class Response>
class Responder : public ResponderBase {
 public:
  using ResponderBase::ResponderBase;
  void Send(Response& response);
  void Send(Response&& response) { Send(response); }
};

}  // namespace odradek::api

#include "api/responder_inl.h"  // IWYU pragma: export
