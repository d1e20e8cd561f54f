// The record batch of magic 2: where its fields are, a read-only view, and the few changes a broker
// makes in place. Thread: plain functions over caller's memory.
// Source: KIP-98; DefaultRecordBatch of Apache Kafka.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/endian.h"

namespace odradek::records {

enum class Codec : uint8_t { kNone, kGzip, kSnappy, kLz4, kZstd };
constexpr int kCodecCount = 5;
std::string_view CodecName(Codec codec);

constexpr int8_t kMagic = 2;
constexpr size_t kLengthPrefixSizeBytes =
    12;  // base offset and length, in front of what length counts
constexpr size_t kHeaderSizeBytes = 61;
constexpr size_t kBareHeaderSizeBytes = 21;  // of them, which the batch's checksum does not cover
constexpr size_t kCrcFrom = 21;              // the checksum covers from here to the end
// From the size of the smallest entry of any magic: what may follow the length prefix at least.
constexpr int32_t kLengthMin = 14;

constexpr int64_t kNoTimestamp = -1;
constexpr int64_t kNoProducerId = -1;
constexpr int16_t kNoProducerEpoch = -1;
constexpr int32_t kNoSequence = -1;
constexpr int32_t kNoLeaderEpoch = -1;

// Where a field begins.
namespace field {
constexpr size_t kBaseOffset = 0, kLength = 8, kLeaderEpoch = 12, kMagic = 16, kCrc = 17,
                 kAttributes = 21, kLastOffsetDelta = 23, kBaseTimestamp = 27, kMaxTimestamp = 35,
                 kProducerId = 43, kProducerEpoch = 51, kBaseSequence = 53, kCount = 57;
}  // namespace field

namespace attribute {
constexpr int16_t kCodecMask = 0x07, kLogAppendTime = 0x08, kTransactional = 0x10, kControl = 0x20,
                  kDeleteHorizon = 0x40;
}  // namespace attribute

// Sequence numbers count up to 2^31 - 1 and go on with 0.
constexpr int32_t AddToSequence(int32_t sequence, int32_t n) {
  const int64_t sum = int64_t{sequence} + n;
  constexpr int64_t kModulus = int64_t{std::numeric_limits<int32_t>::max()} + 1;
  return static_cast<int32_t>(sum >= kModulus ? sum - kModulus : sum);
}

// A batch in memory. Requires: kHeaderSizeBytes readable bytes for every accessor but those marked,
// size() bytes for records() and ComputeCrc(). Valid until the memory changes.
class BatchView {
 public:
  explicit BatchView(const char* at) : at_(at) {}

  // These need the first kCrcFrom bytes only.
  int64_t base_offset() const { return LoadBig<int64_t>(at_ + field::kBaseOffset); }
  int32_t length() const { return LoadBig<int32_t>(at_ + field::kLength); }
  int64_t size() const { return int64_t{length()} + static_cast<int64_t>(kLengthPrefixSizeBytes); }
  int32_t leader_epoch() const { return LoadBig<int32_t>(at_ + field::kLeaderEpoch); }
  int8_t magic() const { return static_cast<int8_t>(at_[field::kMagic]); }
  uint32_t crc() const { return LoadBig<uint32_t>(at_ + field::kCrc); }

  int16_t attributes() const { return LoadBig<int16_t>(at_ + field::kAttributes); }
  int codec_number() const { return attributes() & attribute::kCodecMask; }
  // Requires: codec_number() < kCodecCount.
  Codec codec() const { return static_cast<Codec>(codec_number()); }
  bool is_log_append_time() const { return (attributes() & attribute::kLogAppendTime) != 0; }
  bool is_transactional() const { return (attributes() & attribute::kTransactional) != 0; }
  bool is_control() const { return (attributes() & attribute::kControl) != 0; }

  int32_t last_offset_delta() const { return LoadBig<int32_t>(at_ + field::kLastOffsetDelta); }
  int64_t last_offset() const { return base_offset() + last_offset_delta(); }
  int64_t base_timestamp() const { return LoadBig<int64_t>(at_ + field::kBaseTimestamp); }
  int64_t max_timestamp() const { return LoadBig<int64_t>(at_ + field::kMaxTimestamp); }
  int64_t producer_id() const { return LoadBig<int64_t>(at_ + field::kProducerId); }
  int16_t producer_epoch() const { return LoadBig<int16_t>(at_ + field::kProducerEpoch); }
  int32_t base_sequence() const { return LoadBig<int32_t>(at_ + field::kBaseSequence); }
  int32_t last_sequence() const {
    const int32_t base = base_sequence();
    return base == kNoSequence ? kNoSequence : AddToSequence(base, last_offset_delta());
  }
  int32_t count() const { return LoadBig<int32_t>(at_ + field::kCount); }
  bool has_producer_id() const { return producer_id() > kNoProducerId; }

  std::string_view bytes() const { return {at_, static_cast<size_t>(size())}; }
  // The records behind the header, compressed if there is a codec.
  std::string_view records() const { return bytes().substr(kHeaderSizeBytes); }
  uint32_t ComputeCrc() const;
  // True if the length holds a header and the checksum is right.
  bool IsIntact() const;

 private:
  const char* at_;
};

// What stands at the front of `bytes`.
enum class Front : unsigned char {
  kBatch,    // a whole entry of magic 2
  kLegacy,   // a whole entry of magic 0 or 1
  kEnd,      // nothing, or less than a whole entry
  kCorrupt,  // a length or magic that no entry has
};
Front LookAtFront(std::string_view bytes);

// Outside the checksum.
void SetBaseOffset(char* batch, int64_t offset);
void SetLeaderEpoch(char* batch, int32_t epoch);
// Sets the timestamp type and the largest timestamp and corrects the checksum for the difference.
void SetMaxTimestamp(char* batch, bool log_append_time, int64_t max_timestamp);
// Writes the checksum of the batch as it is.
void StampCrc(char* batch);

}  // namespace odradek::records
