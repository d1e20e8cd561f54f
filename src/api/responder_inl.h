// Body of Responder<T>::Send: hook, header, encode, hand over. The answer is built in the memory
// that the exchange keeps between requests.
#pragma once

#include "api/handler.h"
#include "protocol/wire/header_codec.h"
#include "protocol/wire/writer.h"

namespace odradek::api {

template <class Response>
void Responder<Response>::Send(Response& response) {
  if (!PassesHook(fault::Message::Response(response))) return;
  const fault::CallInfo& call = context().call();
  const Ref<wire::Exchange> exchange = TakeExchange();
  ByteChain& answer = exchange->answer();
  wire::EncodeAnswer(call.api_key, call.api_version, call.correlation_id, response,
                     exchange->arena(), &answer);
  exchange->Send(std::move(answer));
}

}  // namespace odradek::api
