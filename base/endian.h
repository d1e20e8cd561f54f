// Big-endian loads and stores at unaligned addresses: the wire and the log are big-endian.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace odradek {

template <class T>
inline T ByteSwap(T value) {
  static_assert(std::is_integral_v<T>);
  if constexpr (sizeof(T) == 8)
    return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
  return value;
}

template <class T>
inline T LoadBig(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return ByteSwap(value);
}

template <class T>
inline void StoreBig(void* to, T value) {
  value = ByteSwap(value);
  std::memcpy(to, &value, sizeof(value));
}

}  // namespace odradek
