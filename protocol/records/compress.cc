#define ZLIB_CONST
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/endian.h"
#include "protocol/records/compression.h"
#include "protocol/records/snappy_framing.h"

namespace odradek::records {
namespace {

static_assert(Compressor::kBlockSizeBytes == snappy_framing::kBlockSizeBytes);

constexpr size_t kRoomSizeBytes = 16 * 1024;  // what gzip and zstd get for their output at a time
constexpr int kZstdWindowLogMin = 10;

// Room for `size` more bytes at the end of `out`; the caller cuts off what was not used.
char* Extend(std::string* out, size_t size) {
  const size_t at = out->size();
  out->resize(at + size);
  return out->data() + at;
}

LZ4F_preferences_t Lz4Preferences(int32_t level) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.compressionLevel = level == kDefaultLevel ? 0 : level;
  return preferences;
}

}  // namespace

struct Compressor::Contexts {
  z_stream gzip{};
  bool gzip_made = false;
  LZ4F_preferences_t lz4_preferences{};
  LZ4F_cctx* lz4 = nullptr;
  ZSTD_CCtx* zstd = nullptr;

  ~Contexts() {
    if (gzip_made) deflateEnd(&gzip);
    LZ4F_freeCompressionContext(lz4);
    ZSTD_freeCCtx(zstd);
  }

  Status BeginGzip(int32_t level) {
    const int zlib_level = level == kDefaultLevel ? Z_DEFAULT_COMPRESSION : level;
    const int made = deflateInit2(&gzip, zlib_level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    gzip_made = made == Z_OK;
    if (made == Z_MEM_ERROR) return Retriable("no memory for gzip");
    return gzip_made ? Status() : Invalid("no gzip level " + std::to_string(level));
  }
  Status BeginLz4(int32_t level, std::string* out) {
    lz4_preferences = Lz4Preferences(level);
    if (LZ4F_isError(LZ4F_createCompressionContext(&lz4, LZ4F_VERSION)) != 0)
      return Retriable("no memory for lz4");
    const size_t before = out->size();
    const size_t size = LZ4F_compressBegin(lz4, Extend(out, LZ4F_HEADER_SIZE_MAX),
                                           LZ4F_HEADER_SIZE_MAX, &lz4_preferences);
    if (LZ4F_isError(size) != 0) return Invalid(LZ4F_getErrorName(size));
    out->resize(before + size);
    return Status();
  }
  Status BeginZstd(int32_t level, size_t plain_size) {
    zstd = ZSTD_createCCtx();
    if (zstd == nullptr) return Retriable("no memory for zstd");
    const int zstd_level = level == kDefaultLevel ? ZSTD_CLEVEL_DEFAULT : level;
    const int window_log = std::clamp(static_cast<int>(std::bit_width(plain_size)),
                                      kZstdWindowLogMin, kZstdOwnWindowLogMax);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, zstd_level);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window_log);
    return Status();
  }
};

Compressor::Compressor() = default;
Compressor::~Compressor() = default;

Status Compressor::Start(Codec codec, int32_t level, size_t plain_size, size_t limit,
                         std::string* out) {
  CHECK(out_ == nullptr);
  codec_ = codec;
  out_ = out;
  size_max_ = limit > SIZE_MAX - out->size() ? SIZE_MAX : out->size() + limit;
  block_.reserve(std::min(plain_size, kBlockSizeBytes));
  if (codec == Codec::kNone) return Status();
  contexts_ = std::make_unique<Contexts>();
  return Begin(level, plain_size);
}

Status Compressor::Begin(int32_t level, size_t plain_size) {
  switch (codec_) {
    case Codec::kNone:
      return Status();
    case Codec::kGzip:
      return contexts_->BeginGzip(level);
    case Codec::kSnappy:
      out_->append(snappy_framing::kHeader);
      return Status();
    case Codec::kLz4:
      return contexts_->BeginLz4(level, out_);
    case Codec::kZstd:
      return contexts_->BeginZstd(level, plain_size);
  }
  UNREACHABLE();
}

Status Compressor::Write(std::string_view piece) {
  while (!piece.empty()) {
    const size_t taken = std::min(piece.size(), kBlockSizeBytes - block_.size());
    block_.append(piece.substr(0, taken));
    piece.remove_prefix(taken);
    if (block_.size() == kBlockSizeBytes) RETURN_IF_ERROR(PutBlock(false));
  }
  return Status();
}

Status Compressor::Finish() { return PutBlock(true); }

Status Compressor::PutBlock(bool is_last) {
  switch (codec_) {
    case Codec::kNone:
      out_->append(block_);
      break;
    case Codec::kGzip:
      RETURN_IF_ERROR(PutGzip(is_last));
      break;
    case Codec::kSnappy:
      PutSnappy();
      break;
    case Codec::kLz4:
      RETURN_IF_ERROR(PutLz4(is_last));
      break;
    case Codec::kZstd:
      RETURN_IF_ERROR(PutZstd(is_last));
      break;
  }
  block_.clear();
  return out_->size() <= size_max_ ? Status() : Full("more than the limit once compressed");
}

Status Compressor::PutGzip(bool is_last) {
  z_stream& stream = contexts_->gzip;
  stream.next_in = reinterpret_cast<const Bytef*>(block_.data());
  stream.avail_in = static_cast<uInt>(block_.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(Extend(out_, kRoomSizeBytes));
    stream.avail_out = static_cast<uInt>(kRoomSizeBytes);
    const int result = deflate(&stream, is_last ? Z_FINISH : Z_NO_FLUSH);
    CHECK(result != Z_STREAM_ERROR);
    out_->resize(out_->size() - stream.avail_out);
  } while (stream.avail_out == 0);
  return Status();
}

void Compressor::PutSnappy() {
  if (block_.empty()) return;
  const size_t before = out_->size();
  char* const to = Extend(out_, 4 + snappy::MaxCompressedLength(block_.size()));
  size_t size = 0;
  snappy::RawCompress(block_.data(), block_.size(), to + 4, &size);
  StoreBig(to, static_cast<uint32_t>(size));
  out_->resize(before + 4 + size);
}

Status Compressor::PutLz4(bool is_last) {
  const LZ4F_preferences_t& preferences = contexts_->lz4_preferences;
  const size_t before = out_->size();
  size_t room = LZ4F_compressBound(block_.size(), &preferences);
  size_t size = LZ4F_compressUpdate(contexts_->lz4, Extend(out_, room), room, block_.data(),
                                    block_.size(), nullptr);
  if (LZ4F_isError(size) != 0) return Invalid(LZ4F_getErrorName(size));
  out_->resize(before + size);
  if (!is_last) return Status();
  room = LZ4F_compressBound(0, &preferences);
  const size_t end_size = LZ4F_compressEnd(contexts_->lz4, Extend(out_, room), room, nullptr);
  if (LZ4F_isError(end_size) != 0) return Invalid(LZ4F_getErrorName(end_size));
  out_->resize(before + size + end_size);
  return Status();
}

Status Compressor::PutZstd(bool is_last) {
  ZSTD_inBuffer in{block_.data(), block_.size(), 0};
  const ZSTD_EndDirective directive = is_last ? ZSTD_e_end : ZSTD_e_continue;
  while (true) {
    ZSTD_outBuffer out{Extend(out_, kRoomSizeBytes), kRoomSizeBytes, 0};
    const size_t left = ZSTD_compressStream2(contexts_->zstd, &out, &in, directive);
    out_->resize(out_->size() - kRoomSizeBytes + out.pos);
    if (ZSTD_isError(left) != 0) return Invalid(ZSTD_getErrorName(left));
    if (is_last ? left == 0 : in.pos == in.size) return Status();
  }
}

Status Compress(Codec codec, int32_t level, std::string_view input, std::string* out) {
  if (codec == Codec::kNone) {
    out->append(input);
    return Status();
  }
  Compressor compressor;
  RETURN_IF_ERROR(compressor.Start(codec, level, input.size(), SIZE_MAX, out));
  RETURN_IF_ERROR(compressor.Write(input));
  return compressor.Finish();
}

}  // namespace odradek::records
