// A whole request frame behind its length prefix, the way the dispatcher takes it apart: key and
// version, header, message.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/check.h"
#include "protocol/testing/messages.h"
#include "protocol/wire/header_codec.h"

namespace odradek {
namespace {

const AnyMessage* FindRequest(int16_t key) {
  for (const AnyMessage& type : AllMessages()) {
    if (type.is_request && type.api_key == key) return &type;
  }
  return nullptr;
}

void FuzzFrame(std::string_view frame) {
  const std::optional<wire::ApiCall> call = wire::PeekApiCall(frame);
  if (!call) return;
  Arena arena;
  wire::Reader reader(frame, arena);
  RequestHeader header;
  if (!wire::DecodeRequestHeader(reader, *call, &header)) return;
  CHECK_EQ(header.request_api_key, call->key);
  CHECK_EQ(header.request_api_version, call->version);
  const AnyMessage* type = FindRequest(call->key);
  CHECK(type != nullptr);
  if (call->version < type->min_version || call->version > type->max_version) return;
  Arena storage;
  void* message = NewMessage(*type, storage);
  type->decode(reader, call->version, message);
  CHECK_LE(arena.reserved_bytes(),
           frame.size() * wire::Reader::kMemoryFactor + wire::Reader::kMemorySlackBytes);
}

}  // namespace
}  // namespace odradek

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  odradek::FuzzFrame({reinterpret_cast<const char*>(data), size});
  return 0;
}
