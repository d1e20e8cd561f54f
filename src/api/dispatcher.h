// From frames to handlers: reads the header, checks API and version against the registry, decodes
// the body and calls the handler of the row.
//
// What cannot be answered closes the connection, as Apache Kafka does, with a line in the log:
// unknown APIs, versions that are not served, headers and bodies that do not parse. Only
// ApiVersions has an answer for versions it does not know (KIP-511).
// Owner: the application; outlives the transport. Thread: any loop.
// Source: SocketServer.Processor, RequestContext.parseRequest, KafkaApis of Apache Kafka.
#pragma once

#include <string>
#include <string_view>

#include "api/handler.h"
#include "fault/exchange_hook.h"
#include "protocol/wire/frame_sink.h"
#include "protocol/wire/header_codec.h"

namespace odradek::api {

class Dispatcher final : public wire::FrameSink {
 public:
  // Borrows both; `hook` may be null.
  Dispatcher(broker::Cluster& cluster, fault::ExchangeHook* hook)
      : cluster_(cluster), hook_(hook) {}

  void OnFrame(Ref<wire::Exchange> exchange) override;
  void OnClosed(const wire::ConnectionInfo& connection) override;

 private:
  void AnswerUnknownApiVersions(Ref<wire::Exchange> exchange, const RequestHeader& header);

  broker::Cluster& cluster_;
  fault::ExchangeHook* const hook_;
};

}  // namespace odradek::api
