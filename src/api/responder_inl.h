// Body of Responder<T>::Send: hook, header, encode, hand over.
#pragma once

#include "api/handler.h"
#include "protocol/wire/header_codec.h"
#include "protocol/wire/writer.h"

namespace odradek::api {

template <class Response>
void Responder<Response>::Send(Response& response) {
  if (!PassesHook(fault::Message::Response(response))) return;
  const fault::CallInfo& call = context().call();
  ByteChain answer =
      wire::EncodeAnswer(call.api_key, call.api_version, call.correlation_id, response);
  TakeExchange()->Send(std::move(answer));
}

}  // namespace odradek::api
