#include "protocol/wire/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace odradek::wire {
namespace {

// The length of the sequence that `lead` opens and the bounds of the byte after it (Unicode table
// 3-7); length 0 if nothing may start with `lead`.
struct Lead {
  size_t length;
  uint8_t low;
  uint8_t high;
};

Lead Classify(uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

size_t AsciiPrefix(const uint8_t* bytes, size_t size) {
  size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes + at, sizeof(word));
    if ((word & 0x8080808080808080) != 0) break;
  }
  while (at < size && bytes[at] < 0x80) ++at;
  return at;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t at = AsciiPrefix(bytes, text.size());
  while (at < text.size()) {
    const Lead lead = Classify(bytes[at]);
    if (lead.length == 0 || text.size() - at < lead.length) return false;
    if (lead.length > 1 && (bytes[at + 1] < lead.low || bytes[at + 1] > lead.high)) return false;
    for (size_t i = 2; i < lead.length; ++i) {
      if ((bytes[at + i] & 0xC0) != 0x80) return false;
    }
    at += lead.length;
  }
  return true;
}

}  // namespace odradek::wire
