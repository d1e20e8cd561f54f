// Every message behind one type-erased face, for tests and fuzzers that go over all of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/slice.h"
#include "protocol/print/printer.h"
#include "protocol/testing/message_random.h"
#include "protocol/wire/reader.h"
#include "protocol/wire/sink.h"
#include "protocol/wire/writer.h"

namespace odradek {

struct AnyMessage {
  std::string_view name;  // "HeartbeatRequest"
  int16_t min_version;
  int16_t max_version;
  int16_t flexible_from;
  bool is_request;
  int16_t api_key;      // -1: not part of an API
  int16_t record_type;  // -1: not a record

  size_t size_bytes;  // of the struct
  void (*construct)(void* at);
  bool (*decode)(wire::Reader&, int16_t version, void* out);
  void (*measure)(wire::Sizer&, int16_t version, const void* message);
  void (*write)(wire::Writer&, int16_t version, const void* message);
  void (*print)(print::Printer&, int16_t version, const void* message);
  void (*randomize)(MessageRandom&, int16_t version, void* out);
  bool (*equal)(const void* a, const void* b);
};

std::span<const AnyMessage> AllMessages();

// Null if there is none of that name.
const AnyMessage* FindMessage(std::string_view name);

// A default instance, in `arena`.
void* NewMessage(const AnyMessage& type, Arena& arena);

// What came of decoding bytes and encoding the result again.
struct Transcoded {
  bool decoded = false;  // no error and no byte left over
  std::string bytes;     // encoded again
  std::string json;      // secrets shown
};
Transcoded Transcode(const AnyMessage& type, int16_t version, std::string_view bytes);

// Also checks that as many bytes are written as were announced.
std::string EncodeAny(const AnyMessage& type, int16_t version, const void* message);

// The encoding of a random message.
std::string RandomBytes(const AnyMessage& type, int16_t version, MessageRandom& random);

// The bytes of a chain that lies in memory.
std::string Flatten(const ByteChain& chain);

}  // namespace odradek
