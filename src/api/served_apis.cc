#include "api/served_apis.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "api/registered_messages.h"

namespace odradek::api {

// One handler per row, defined in its own file.
#define API(name, min, max, advertised_min) \
  void Handle##name(RequestContext&, const name##Request&, Responder<name##Response>);
#include "api/registry.inc"
#undef API

namespace {

// The hook wants the request dropped, or the connection closed.
void Refuse(Ref<wire::Exchange> exchange, fault::Verdict verdict) {
  if (verdict == fault::Verdict::kClose) return exchange->Abort("a rule closes it before the call");
  exchange->SendNothing();
}

template <class Request, auto kHandler>
bool Serve(Ref<wire::Exchange>& exchange, RequestContext& context, wire::Reader& reader) {
  auto& request = *context.arena().template New<Request>();
  if (!Decode(reader, context.version(), &request)) return false;
  if (context.hook() != nullptr) {
    const auto verdict = context.hook()->Before(context.call(), fault::Message::Request(request));
    if (verdict != fault::Verdict::kContinue) {
      Refuse(std::move(exchange), verdict);
      return true;
    }
  }
  kHandler(context, request, Responder<typename Request::Response>(std::move(exchange), context));
  return true;
}

constexpr auto SortedByKey(auto apis) {
  std::sort(apis.begin(), apis.end(), [](auto& a, auto& b) { return a.key < b.key; });
  return apis;
}

#define API(name, min, max, advertised_min)     \
  ServedApi{#name, name##Request::kApiKey, min, \
            max,   advertised_min,         &Serve<name##Request, &Handle##name>},
constexpr auto kApis = SortedByKey(std::array{
#include "api/registry.inc"
});
#undef API

constexpr int16_t kHighestKey = kApis.back().key;

// Row of kApis by key, for one load per request.
constexpr auto kRowOfKey = [] {
  std::array<int16_t, kHighestKey + 1> rows = {};
  rows.fill(-1);
  for (size_t i = 0; i < kApis.size(); ++i) rows[kApis[i].key] = static_cast<int16_t>(i);
  return rows;
}();

#define API(name, min, max, advertised_min)                                     \
  static_assert(name##Request::kMinVersion <= min && min <= max &&              \
                    max <= name##Request::kMaxVersion && advertised_min <= min, \
                #name " claims a version that has no definition");
#include "api/registry.inc"
#undef API

}  // namespace

std::span<const ServedApi> ServedApis() { return kApis; }

const ServedApi* FindServedApi(int16_t key) {
  if (key < 0 || key > kHighestKey || kRowOfKey[static_cast<size_t>(key)] < 0) return nullptr;
  return &kApis[static_cast<size_t>(kRowOfKey[static_cast<size_t>(key)])];
}

}  // namespace odradek::api
