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

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Piece {
  size_t length;
  bool is_character;  // otherwise one U+FFFD stands for it
};

// What a decoder takes at once; `size` is not 0.
Piece FirstPiece(const uint8_t* bytes, size_t size) {
  const Lead lead = Classify(bytes[0]);
  if (lead.length <= 1) return {1, lead.length == 1};
  const bool may_be_surrogate = bytes[0] == 0xED;
  const uint8_t high = may_be_surrogate ? 0xBF : lead.high;
  if (size == 1 || bytes[1] < lead.low || bytes[1] > high) return {1, false};
  size_t length = 2;
  while (length < lead.length && length < size && (bytes[length] & 0xC0) == 0x80) ++length;
  return {length, length == lead.length && bytes[1] <= lead.high};
}

template <class Take>
void ForEachPiece(std::string_view text, Take take) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t at = 0; at < text.size();) {
    const Piece piece = FirstPiece(bytes + at, text.size() - at);
    take(piece.is_character ? text.substr(at, piece.length) : kReplacement);
    at += piece.length;
  }
}

}  // namespace

bool IsUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t at = AsciiPrefix(bytes, text.size());
  while (at < text.size()) {
    const Piece piece = FirstPiece(bytes + at, text.size() - at);
    if (!piece.is_character) return false;
    at += piece.length;
  }
  return true;
}

size_t RepairedUtf8SizeBytes(std::string_view text) {
  size_t size_bytes = 0;
  ForEachPiece(text, [&](std::string_view piece) { size_bytes += piece.size(); });
  return size_bytes;
}

void RepairUtf8(std::string_view text, char* out) {
  ForEachPiece(text, [&](std::string_view piece) {
    std::memcpy(out, piece.data(), piece.size());
    out += piece.size();
  });
}

}  // namespace odradek::wire
