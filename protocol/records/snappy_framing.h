// The block framing that snappy-java puts around snappy data: a header, then blocks, each behind
// its length as a big-endian int32. Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace odradek::records::snappy_framing {

// Magic, version 1 and oldest compatible version 1.
constexpr std::string_view kHeader{"\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16};
constexpr size_t kMagicSizeBytes = 8;
constexpr size_t kHeaderSizeBytes = 16;
constexpr size_t kBlockSizeBytes = 32 * 1024;

inline bool IsFramed(std::string_view bytes) {
  return bytes.size() >= kHeaderSizeBytes &&
         bytes.substr(0, kMagicSizeBytes) == kHeader.substr(0, kMagicSizeBytes);
}

}  // namespace odradek::records::snappy_framing
