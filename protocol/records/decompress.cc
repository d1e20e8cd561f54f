#define ZLIB_CONST
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>

#include "base/endian.h"
#include "protocol/records/compression.h"
#include "protocol/records/snappy_framing.h"

namespace odradek::records {
namespace {

// Two bytes of snappy input (plus one of offset) copy at most 64 bytes.
constexpr size_t kSnappyExpansionMax = 22;
// A zstd context or a block that grew beyond this is not kept.
constexpr size_t kZstdContextKeptSizeBytes = 16u << 20;
constexpr size_t kBlockKeptSizeBytes = 1u << 20;
// Bit of the first descriptor byte of an lz4 frame; linked blocks are refused, as Kafka does.
constexpr size_t kLz4FlagsAt = 4;
constexpr uint8_t kLz4IndependentBlocks = 0x20;

Status Malformed(std::string_view codec) {
  return Corrupt("malformed " + std::string(codec) + " data");
}

}  // namespace

struct Decompressor::Contexts {
  std::array<char, kWindowSizeBytes> window;
  std::string block;  // snappy: a block has no parts
  z_stream gzip{};
  bool gzip_made = false;
  LZ4F_dctx* lz4 = nullptr;
  ZSTD_DCtx* zstd = nullptr;

  ~Contexts() {
    if (gzip_made) inflateEnd(&gzip);
    LZ4F_freeDecompressionContext(lz4);
    ZSTD_freeDCtx(zstd);
  }
};

Decompressor::Decompressor() = default;
Decompressor::~Decompressor() = default;

void Decompressor::Start(Codec codec, std::string_view input, size_t limit) {
  codec_ = codec;
  input_ = input;
  budget_ = limit;
  output_bytes_ = 0;
  begun_ = in_frame_ = framed_ = done_ = false;
  if (codec != Codec::kNone && contexts_ == nullptr) contexts_ = std::make_unique<Contexts>();
}

Result<std::string_view> Decompressor::NextPiece() {
  if (done_) return std::string_view();
  Result<std::string_view> piece = std::string_view();
  switch (codec_) {
    case Codec::kNone:
      piece = input_;
      done_ = true;
      break;
    case Codec::kGzip:
      piece = NextGzip();
      break;
    case Codec::kSnappy:
      piece = NextSnappy();
      break;
    case Codec::kLz4:
      piece = NextLz4();
      break;
    case Codec::kZstd:
      piece = NextZstd();
      break;
  }
  if (!piece.ok() || piece->empty()) {
    done_ = true;
    return piece;
  }
  if (piece->size() > budget_) {
    done_ = true;
    return Full("the batch holds more than the limit once decompressed");
  }
  budget_ -= piece->size();
  output_bytes_ += piece->size();
  return piece;
}

void Decompressor::Trim() {
  done_ = true;
  if (contexts_ == nullptr) return;
  if (contexts_->block.capacity() > kBlockKeptSizeBytes) contexts_->block = std::string();
  if (contexts_->zstd == nullptr || ZSTD_sizeof_DCtx(contexts_->zstd) <= kZstdContextKeptSizeBytes)
    return;
  ZSTD_freeDCtx(contexts_->zstd);
  contexts_->zstd = nullptr;
}

Result<std::string_view> Decompressor::NextGzip() {
  z_stream& stream = contexts_->gzip;
  if (!begun_) {
    const int made = contexts_->gzip_made ? inflateReset(&stream) : inflateInit2(&stream, 15 + 16);
    if (made != Z_OK) return Retriable("no memory for gzip");
    contexts_->gzip_made = begun_ = in_frame_ = true;
  }
  stream.next_out = reinterpret_cast<Bytef*>(contexts_->window.data());
  stream.avail_out = static_cast<uInt>(kWindowSizeBytes);
  while (stream.avail_out > 0) {
    if (!in_frame_) {  // a member has ended; another one may follow
      if (input_.empty()) break;
      if (inflateReset(&stream) != Z_OK) return Malformed("gzip");
      in_frame_ = true;
    }
    stream.next_in = reinterpret_cast<const Bytef*>(input_.data());
    stream.avail_in = static_cast<uInt>(input_.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    input_ = input_.substr(input_.size() - stream.avail_in);
    if (result == Z_STREAM_END)
      in_frame_ = false;
    else if (result == Z_BUF_ERROR && stream.avail_out < kWindowSizeBytes)
      break;
    else if (result != Z_OK)
      return Malformed("gzip");
  }
  return std::string_view(contexts_->window.data(), kWindowSizeBytes - stream.avail_out);
}

Result<std::string_view> Decompressor::NextSnappy() {
  if (!begun_) {
    begun_ = true;
    framed_ = snappy_framing::IsFramed(input_);
    if (framed_) input_.remove_prefix(snappy_framing::kHeaderSizeBytes);
  }
  while (!input_.empty()) {
    std::string_view block = input_;
    if (framed_) {
      if (input_.size() < 4) return Malformed("snappy");
      const uint32_t size = LoadBig<uint32_t>(input_.data());
      if (size > input_.size() - 4) return Malformed("snappy");
      block = input_.substr(4, size);
    }
    input_.remove_prefix(framed_ ? block.size() + 4 : block.size());
    size_t size = 0;
    if (!snappy::GetUncompressedLength(block.data(), block.size(), &size))
      return Malformed("snappy");
    if (size > budget_) return Full("the batch holds more than the limit once decompressed");
    if (size > block.size() * kSnappyExpansionMax) return Malformed("snappy");
    if (size == 0) continue;
    contexts_->block.resize(size);
    if (!snappy::RawUncompress(block.data(), block.size(), contexts_->block.data())) {
      return Malformed("snappy");
    }
    return std::string_view(contexts_->block);
  }
  return std::string_view();
}

Result<std::string_view> Decompressor::NextLz4() {
  if (!begun_) {
    if (contexts_->lz4 == nullptr &&
        LZ4F_isError(LZ4F_createDecompressionContext(&contexts_->lz4, LZ4F_VERSION)) != 0) {
      return Retriable("no memory for lz4");
    }
    LZ4F_resetDecompressionContext(contexts_->lz4);
    const bool linked = input_.size() <= kLz4FlagsAt ||
                        (static_cast<uint8_t>(input_[kLz4FlagsAt]) & kLz4IndependentBlocks) == 0;
    if (linked) return Malformed("lz4");
    begun_ = in_frame_ = true;
  }
  size_t filled = 0;
  while (in_frame_ && filled == 0) {
    size_t out_size = kWindowSizeBytes;
    size_t in_size = input_.size();
    const size_t hint = LZ4F_decompress(contexts_->lz4, contexts_->window.data(), &out_size,
                                        input_.data(), &in_size, nullptr);
    if (LZ4F_isError(hint) != 0) return Malformed("lz4");
    if (hint == 0)
      in_frame_ = false;
    else if (in_size == 0 && out_size == 0)
      return Malformed("lz4");
    input_.remove_prefix(in_size);
    filled = out_size;
  }
  return std::string_view(contexts_->window.data(), filled);
}

Result<std::string_view> Decompressor::NextZstd() {
  if (!begun_) {
    if (contexts_->zstd == nullptr) contexts_->zstd = ZSTD_createDCtx();
    if (contexts_->zstd == nullptr) return Retriable("no memory for zstd");
    ZSTD_DCtx_reset(contexts_->zstd, ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(contexts_->zstd, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    begun_ = in_frame_ = true;
  }
  ZSTD_outBuffer out{contexts_->window.data(), kWindowSizeBytes, 0};
  while (out.pos < out.size) {
    if (!in_frame_ && input_.empty()) break;
    ZSTD_inBuffer in{input_.data(), input_.size(), 0};
    const size_t before = out.pos;
    const size_t hint = ZSTD_decompressStream(contexts_->zstd, &out, &in);
    if (ZSTD_isError(hint) != 0) return Malformed("zstd");
    in_frame_ = hint != 0;
    input_.remove_prefix(in.pos);
    if (in_frame_ && in.pos == 0 && out.pos == before) {
      if (out.pos > 0) break;  // hand out what there is; the next call finds the end missing
      return Malformed("zstd");
    }
  }
  return std::string_view(contexts_->window.data(), out.pos);
}

Status Decompress(Codec codec, std::string_view input, size_t limit, std::string* out) {
  Decompressor decompressor;
  decompressor.Start(codec, input, limit);
  while (true) {
    const Result<std::string_view> piece = decompressor.NextPiece();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return Status();
    out->append(*piece);
  }
}

Result<std::string_view> PlainRecords(const BatchView& batch, std::string* scratch) {
  if (batch.codec_number() >= kCodecCount)
    return Corrupt("the batch has a codec that does not exist");
  if (batch.codec() == Codec::kNone) return batch.records();
  scratch->clear();
  const Status status =
      Decompress(batch.codec(), batch.records(), kUncompressedSizeBytesMax, scratch);
  if (!status.ok()) return Corrupt(std::string(status.message()));
  return std::string_view(*scratch);
}

}  // namespace odradek::records
