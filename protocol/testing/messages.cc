#include "protocol/testing/messages.h"

#include <new>

#include "protocol/message/all_messages.h"
#include "protocol/message/random_messages.h"

namespace odradek {
namespace {

// Nothing but casts: what is done with messages is written once, below, for all of them.
template <class T>
constexpr AnyMessage Describe() {
  AnyMessage any{};
  any.name = T::kName;
  any.min_version = T::kMinVersion;
  any.max_version = T::kMaxVersion;
  any.flexible_from = T::kFlexibleFrom;
  any.is_request = requires { typename T::Response; };
  any.api_key = -1;
  any.record_type = -1;
  if constexpr (requires { T::kApiKey; }) any.api_key = T::kApiKey;
  if constexpr (requires { T::kRecordType; }) any.record_type = T::kRecordType;
  any.size_bytes = sizeof(T);
  any.construct = [](void* at) { new (at) T(); };
  any.decode = [](wire::Reader& reader, int16_t version, void* out) {
    return Decode(reader, version, static_cast<T*>(out));
  };
  any.measure = [](wire::Sizer& sizer, int16_t version, const void* message) {
    Encode(sizer, version, *static_cast<const T*>(message));
  };
  any.write = [](wire::Writer& writer, int16_t version, const void* message) {
    Encode(writer, version, *static_cast<const T*>(message));
  };
  any.print = [](print::Printer& printer, int16_t version, const void* message) {
    PrintFields(printer, version, *static_cast<const T*>(message));
  };
  any.randomize = [](MessageRandom& random, int16_t version, void* out) {
    Randomize(random, version, static_cast<T*>(out));
  };
  any.equal = [](const void* a, const void* b) {
    return *static_cast<const T*>(a) == *static_cast<const T*>(b);
  };
  return any;
}

constexpr AnyMessage kMessages[] = {
#define ODRADEK_MESSAGE(type) Describe<type>(),
#include "protocol/message/message_list.inc"
#undef ODRADEK_MESSAGE
};

}  // namespace

std::span<const AnyMessage> AllMessages() { return kMessages; }

const AnyMessage* FindMessage(std::string_view name) {
  for (const AnyMessage& message : kMessages) {
    if (message.name == name) return &message;
  }
  return nullptr;
}

void* NewMessage(const AnyMessage& type, Arena& arena) {
  void* message = arena.Allocate(type.size_bytes, alignof(std::max_align_t));
  type.construct(message);
  return message;
}

Transcoded Transcode(const AnyMessage& type, int16_t version, std::string_view bytes) {
  Arena arena;
  void* message = NewMessage(type, arena);
  wire::Reader reader(bytes, arena);
  Transcoded result;
  result.decoded = type.decode(reader, version, message) && reader.done();
  if (!result.decoded) return result;
  result.bytes = EncodeAny(type, version, message);
  print::Printer printer(&result.json, print::Secrets::kShow);
  type.print(printer, version, message);
  return result;
}

std::string EncodeAny(const AnyMessage& type, int16_t version, const void* message) {
  wire::Sizer sizer;
  type.measure(sizer, version, message);
  wire::Writer writer(sizer.buffer_size());
  type.write(writer, version, message);
  const ByteChain chain = writer.TakeChain();
  CHECK_EQ(chain.size(), sizer.size());
  return Flatten(chain);
}

std::string RandomBytes(const AnyMessage& type, int16_t version, MessageRandom& random) {
  void* message = NewMessage(type, random.arena());
  type.randomize(random, version, message);
  return EncodeAny(type, version, message);
}

std::string Flatten(const ByteChain& chain) {
  std::string bytes;
  for (const Slice& slice : chain.slices()) {
    CHECK(!slice.is_file());
    bytes.append(slice.view());
  }
  return bytes;
}

}  // namespace odradek
