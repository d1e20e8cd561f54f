#include "base/varint.h"

namespace odradek {
namespace {

template <class T, size_t kSizeMax, unsigned kLastByteMax>
const char* Get(const char* at, const char* end, T* out) {
  T value = 0;
  for (size_t i = 0; i < kSizeMax && at < end; ++i) {
    const auto byte = static_cast<unsigned char>(*at++);
    if (i == kSizeMax - 1 && byte > kLastByteMax) return nullptr;
    value |= static_cast<T>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      *out = value;
      return at;
    }
  }
  return nullptr;
}

}  // namespace

const char* GetUvarint32(const char* at, const char* end, uint32_t* out) {
  return Get<uint32_t, kVarint32SizeBytesMax, 0x0F>(at, end, out);
}

const char* GetUvarint64(const char* at, const char* end, uint64_t* out) {
  return Get<uint64_t, kVarint64SizeBytesMax, 0x01>(at, end, out);
}

}  // namespace odradek
