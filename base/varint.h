// Base-128 varints: plain (compact lengths, tags) and zigzag (record fields), all bounded.
// Source: Apache Kafka ByteUtils.
#pragma once

#include <cstddef>
#include <cstdint>

namespace odradek {

constexpr size_t kVarint32SizeBytesMax = 5;
constexpr size_t kVarint64SizeBytesMax = 10;

constexpr uint32_t ZigZag32(int32_t n) {
  return (static_cast<uint32_t>(n) << 1) ^ static_cast<uint32_t>(n >> 31);
}
constexpr int32_t UnZigZag32(uint32_t n) { return static_cast<int32_t>((n >> 1) ^ (~(n & 1) + 1)); }
constexpr uint64_t ZigZag64(int64_t n) {
  return (static_cast<uint64_t>(n) << 1) ^ static_cast<uint64_t>(n >> 63);
}
constexpr int64_t UnZigZag64(uint64_t n) { return static_cast<int64_t>((n >> 1) ^ (~(n & 1) + 1)); }

constexpr size_t UvarintSize(uint64_t n) {
  size_t size = 1;
  for (; n >= 0x80; n >>= 7) ++size;
  return size;
}

// Writes `n` at `to` (room for UvarintSize(n)) and returns the end.
inline char* PutUvarint(char* to, uint64_t n) {
  for (; n >= 0x80; n >>= 7) *to++ = static_cast<char>(n | 0x80);
  *to++ = static_cast<char>(n);
  return to;
}

// Reads a varint in [at, end). Returns the position behind it, or null if it is cut short or has
// more than the bits of its type.
const char* GetUvarint32(const char* at, const char* end, uint32_t* out);
const char* GetUvarint64(const char* at, const char* end, uint64_t* out);

inline const char* GetVarint32(const char* at, const char* end, int32_t* out) {
  uint32_t raw = 0;
  at = GetUvarint32(at, end, &raw);
  *out = UnZigZag32(raw);
  return at;
}
inline const char* GetVarint64(const char* at, const char* end, int64_t* out) {
  uint64_t raw = 0;
  at = GetUvarint64(at, end, &raw);
  *out = UnZigZag64(raw);
  return at;
}

}  // namespace odradek
