// The registry as a table: what is served, in which versions, and how a call of it is carried out.
//
// Thread: constant data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "api/handler.h"
#include "protocol/wire/reader.h"

namespace odradek::api {

struct ServedApi {
  // Decodes the body that `reader` stands at and calls the handler. False, with the exchange
  // untouched, if the body does not parse.
  using Serve = bool (*)(Ref<wire::Exchange>& exchange, RequestContext& context,
                         wire::Reader& reader);

  std::string_view name;
  int16_t key;
  int16_t min_version;  // lower ones are refused, even where they are advertised
  int16_t max_version;
  int16_t advertised_min_version;
  Serve serve;

  bool Serves(int16_t version) const { return min_version <= version && version <= max_version; }
};

// By rising key.
std::span<const ServedApi> ServedApis();

// Null if the broker does not serve it.
const ServedApi* FindServedApi(int16_t key);

}  // namespace odradek::api
