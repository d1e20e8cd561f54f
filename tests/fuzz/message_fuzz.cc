// Every decoder: the first three bytes pick message and version, the rest is decoded. Memory is
// bounded by the size of the input, and what decodes must come back from its own encoding.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/endian.h"
#include "protocol/testing/messages.h"

namespace odradek {
namespace {

constexpr size_t kPickBytes = 3;
constexpr size_t kMemoryFactor = 8;
constexpr size_t kMemorySlackBytes = 64 * 1024;

void FuzzMessage(std::string_view input) {
  if (input.size() < kPickBytes) return;
  const auto pick = LoadBig<uint16_t>(input.data());
  const auto versions = static_cast<unsigned char>(input[2]);
  const AnyMessage& type = AllMessages()[pick % AllMessages().size()];
  const int count = type.max_version - type.min_version + 1;
  const auto version = static_cast<int16_t>(type.min_version + versions % count);
  const std::string_view frame = input.substr(kPickBytes);

  Arena storage;
  void* message = NewMessage(type, storage);
  Arena arena;
  wire::Reader reader(frame, arena);
  const bool decoded = type.decode(reader, version, message) && reader.done();
  CHECK_LE(arena.reserved_bytes(), frame.size() * kMemoryFactor + kMemorySlackBytes);
  if (!decoded) return;

  const Transcoded first = Transcode(type, version, EncodeAny(type, version, message));
  CHECK(first.decoded);
  const Transcoded second = Transcode(type, version, first.bytes);
  CHECK(second.bytes == first.bytes && second.json == first.json);
}

}  // namespace
}  // namespace odradek

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  odradek::FuzzMessage({reinterpret_cast<const char*>(data), size});
  return 0;
}
