// The codecs of record batches. Decompressor gives the content piece by piece out of a fixed window
// and stops at a limit, so that a small batch cannot claim unbounded memory; Compressor takes
// pieces and stops at a limit, too. It makes what Kafka's own clients make (snappy in the block
// framing of snappy-java, lz4 frames of independent blocks). Source:
// org.apache.kafka.common.compress.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/records/record.h"
#include "protocol/records/record_batch.h"

namespace odradek::records {

// What a batch may hold once decompressed.
constexpr size_t kUncompressedSizeBytesMax = 256u << 20;
// The largest window a zstd frame may ask for (2^27 bytes), as in Kafka's own reader.
constexpr int kZstdWindowLogMax = 27;
// The largest that our own frames ask for, that of zstd's default level: higher levels take
// hundreds of MiB with theirs, which batches of a MiB or so are none the smaller for.
constexpr int kZstdOwnWindowLogMax = 21;

constexpr int32_t kDefaultLevel = -1;

// A reusable decompressor: the contexts of the codecs are made at first need and kept. Thread: one
// at a time. Errors: kCorrupt for malformed input, kFull beyond the limit.
class Decompressor final : public ByteSource {
 public:
  static constexpr size_t kWindowSizeBytes = 64 * 1024;

  Decompressor();
  ~Decompressor() override;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Begins with new input, which must stay valid until the last piece was read. With kNone the
  // input itself is the only piece.
  void Start(Codec codec, std::string_view input, size_t limit = kUncompressedSizeBytesMax);
  Result<std::string_view> NextPiece() override;
  // Given since Start().
  size_t output_bytes() const { return output_bytes_; }
  // Drops what unusual input has made large. Ends the input.
  void Trim();

 private:
  struct Contexts;

  Result<std::string_view> NextGzip();
  Result<std::string_view> NextSnappy();
  Result<std::string_view> NextLz4();
  Result<std::string_view> NextZstd();

  std::unique_ptr<Contexts> contexts_;
  Codec codec_ = Codec::kNone;
  std::string_view input_;
  size_t budget_ = 0;
  size_t output_bytes_ = 0;
  bool begun_ = false;     // the codec has seen the start of the input
  bool in_frame_ = false;  // more input must follow
  bool framed_ = false;    // snappy: in the block framing
  bool done_ = false;
};

// Compresses what comes in pieces, in blocks. Thread: one at a time. Errors: kInvalid for a level
// that the codec does not have, kFull beyond the limit; then it takes no more.
class Compressor {
 public:
  // Also that of snappy-java.
  static constexpr size_t kBlockSizeBytes = 32 * 1024;

  Compressor();
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // Once. Appends to `out`, which must outlive it, no more than `limit` bytes and one block.
  // `plain_size` is about what will come: zstd takes less memory for less. `level` of gzip, lz4 or
  // zstd; kDefaultLevel is the codec's own.
  Status Start(Codec codec, int32_t level, size_t plain_size, size_t limit, std::string* out);
  Status Write(std::string_view piece);
  Status Finish();

 private:
  struct Contexts;

  Status Begin(int32_t level, size_t plain_size);
  // Compresses block_.
  Status PutBlock(bool is_last);
  Status PutGzip(bool is_last);
  void PutSnappy();
  Status PutLz4(bool is_last);
  Status PutZstd(bool is_last);

  std::unique_ptr<Contexts> contexts_;
  Codec codec_ = Codec::kNone;
  std::string block_;  // not compressed yet
  std::string* out_ = nullptr;
  size_t size_max_ = 0;  // of *out_
};

// Everything at once.
Status Decompress(Codec codec, std::string_view input, size_t limit, std::string* out);
// The records of a batch: in `scratch`, or where they are if nothing compressed them. kCorrupt if
// they cannot be had.
Result<std::string_view> PlainRecords(const BatchView& batch, std::string* scratch);
// Appends to `out`.
Status Compress(Codec codec, int32_t level, std::string_view input, std::string* out);

}  // namespace odradek::records
