// The codecs of record batches. Decompressor gives the content piece by piece out of a fixed window
// and stops at a limit, so that a small batch cannot claim unbounded memory; Compress makes what
// Kafka's own clients make (snappy in the block framing of snappy-java, lz4 frames of independent
// blocks). Source: org.apache.kafka.common.compress.
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
  bool begun_ = false;     // the codec has seen the start of the input
  bool in_frame_ = false;  // more input must follow
  bool framed_ = false;    // snappy: in the block framing
  bool done_ = false;
};

// Everything at once.
Status Decompress(Codec codec, std::string_view input, size_t limit, std::string* out);
// The records of a batch: in `scratch`, or where they are if nothing compressed them. kCorrupt if
// they cannot be had.
Result<std::string_view> PlainRecords(const BatchView& batch, std::string* scratch);
// Appends to `out`. `level` of gzip, lz4 or zstd; kDefaultLevel is the codec's own.
Status Compress(Codec codec, int32_t level, std::string_view input, std::string* out);

}  // namespace odradek::records
