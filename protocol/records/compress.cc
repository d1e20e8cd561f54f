#define ZLIB_CONST
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "base/check.h"
#include "base/endian.h"
#include "protocol/records/compression.h"
#include "protocol/records/snappy_framing.h"

namespace odradek::records {
namespace {

// Room for `size` more bytes at the end of `out`; the caller cuts off what was not used.
char* Extend(std::string* out, size_t size) {
  const size_t at = out->size();
  out->resize(at + size);
  return out->data() + at;
}

Status CompressGzip(int32_t level, std::string_view input, std::string* out) {
  z_stream stream{};
  const int zlib_level = level == kDefaultLevel ? Z_DEFAULT_COMPRESSION : level;
  if (deflateInit2(&stream, zlib_level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return Invalid("no gzip level " + std::to_string(level));
  }
  const size_t before = out->size();
  const size_t bound = deflateBound(&stream, input.size());
  stream.next_in = reinterpret_cast<const Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(Extend(out, bound));
  stream.avail_out = static_cast<uInt>(bound);
  const int result = deflate(&stream, Z_FINISH);
  deflateEnd(&stream);
  CHECK_EQ(result, Z_STREAM_END);
  out->resize(before + bound - stream.avail_out);
  return Status();
}

Status CompressSnappy(std::string_view input, std::string* out) {
  out->append(snappy_framing::kHeader);
  while (!input.empty()) {
    const std::string_view block = input.substr(0, snappy_framing::kBlockSizeBytes);
    input.remove_prefix(block.size());
    const size_t before = out->size();
    char* const to = Extend(out, 4 + snappy::MaxCompressedLength(block.size()));
    size_t size = 0;
    snappy::RawCompress(block.data(), block.size(), to + 4, &size);
    StoreBig(to, static_cast<uint32_t>(size));
    out->resize(before + 4 + size);
  }
  return Status();
}

Status CompressLz4(int32_t level, std::string_view input, std::string* out) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.compressionLevel = level == kDefaultLevel ? 0 : level;
  const size_t before = out->size();
  const size_t bound = LZ4F_compressFrameBound(input.size(), &preferences);
  const size_t size =
      LZ4F_compressFrame(Extend(out, bound), bound, input.data(), input.size(), &preferences);
  if (LZ4F_isError(size) != 0) return Invalid(LZ4F_getErrorName(size));
  out->resize(before + size);
  return Status();
}

Status CompressZstd(int32_t level, std::string_view input, std::string* out) {
  const size_t before = out->size();
  const size_t bound = ZSTD_compressBound(input.size());
  const size_t size = ZSTD_compress(Extend(out, bound), bound, input.data(), input.size(),
                                    level == kDefaultLevel ? ZSTD_CLEVEL_DEFAULT : level);
  if (ZSTD_isError(size) != 0) return Invalid(ZSTD_getErrorName(size));
  out->resize(before + size);
  return Status();
}

}  // namespace

Status Compress(Codec codec, int32_t level, std::string_view input, std::string* out) {
  switch (codec) {
    case Codec::kNone:
      out->append(input);
      return Status();
    case Codec::kGzip:
      return CompressGzip(level, input, out);
    case Codec::kSnappy:
      return CompressSnappy(input, out);
    case Codec::kLz4:
      return CompressLz4(level, input, out);
    case Codec::kZstd:
      return CompressZstd(level, input, out);
  }
  UNREACHABLE();
}

}  // namespace odradek::records
