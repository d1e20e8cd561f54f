// SegmentFooter: what a sealed segment holds, in the file "<base offset>.footer" beside it: whose
// it is, its length, its offsets and records, the checksum of all its bytes, and the same for every
// block, so that damage can be told and its place found; and what of it is known to be damaged,
// which is in the checksums as it is. Layout: docs/formats/footer.md. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/local/damage.h"

namespace odradek::storage {

struct SegmentFooter {
  // A block begins with a batch, and ends where the next one begins.
  struct Block {
    uint32_t position = 0;
    uint32_t content_crc = 0;  // Segment::content_crc() before it
    bool operator==(const Block&) const = default;
  };

  int64_t base_offset = 0;
  int64_t next_offset = 0;
  int64_t size_bytes = 0;
  int64_t record_count = 0;
  int64_t first_timestamp_ms = -1;  // the largest of the first batch
  int64_t first_crc = -1;           // the checksum in the first batch; -1: nothing good is first
  uint32_t content_seed = 0;        // where content_crc begins: whose segment it is
  uint32_t content_crc = 0;
  std::vector<Block> blocks;  // the first one, at 0, is not listed; positions rise
  std::vector<DamagedRange> damage;

  // Whether it was written with a segment of this content.
  bool IsOf(int64_t base, int64_t size, uint32_t crc) const {
    return base_offset == base && size_bytes == size && content_crc == crc;
  }
  std::string Encode() const;
  // Nothing if a bit of it is wrong.
  static std::optional<SegmentFooter> Decode(std::string_view content);
  bool operator==(const SegmentFooter&) const = default;
};

}  // namespace odradek::storage
