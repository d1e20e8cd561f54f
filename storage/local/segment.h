// Segment: one file of a log: from its base offset to where the next segment begins, with a sparse
// index in memory. Knows where batches are; owns no policy.
//
// Owner: a log's state, under the log's mutex. Index files (.index, .timeindex) are written when
// the segment is sealed or the log closed, and can be made anew from the log file at any time.
// Source: LogSegment, OffsetIndex, TimeIndex of Apache Kafka.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/env/clock.h"
#include "base/result.h"
#include "protocol/records/record_batch.h"
#include "storage/local/damage.h"
#include "storage/local/file_cache.h"
#include "storage/local/header_scan.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/segment_footer.h"

namespace odradek::storage {

// A batch that begins behind enough bytes since the entry before. Offsets are relative to the
// segment's base; the timestamp is the largest up to and with this batch.
struct IndexEntry {
  uint32_t last_offset = 0;           // of the batch
  uint32_t position = 0;              // where it begins
  uint32_t max_timestamp_offset = 0;  // last offset of the batch that holds max_timestamp_ms
  uint32_t content_crc = 0;           // Segment::content_crc() before the batch; 0 if read back
  int64_t max_timestamp_ms = records::kNoTimestamp;
};

// Where a batch begins, or where the segment ends.
struct Boundary {
  int64_t position = 0;
  int64_t offset = 0;  // base offset of the batch, or the segment's next offset
  int64_t size = 0;    // of the batch; 0 at the end
  int64_t next = 0;    // offset behind the batch; at the end, `offset`
};

class Segment {
 public:
  static constexpr int64_t kSizeBytesMax = std::numeric_limits<int32_t>::max();

  // `owner_crc` and the base offset are part of the checksum of the content: batches of another
  // partition do not pass for this one's.
  Segment(FileCache& files, const std::string& directory, uint32_t owner_crc, int64_t base_offset,
          int32_t index_interval_bytes);

  int64_t base_offset() const { return base_offset_; }
  int64_t next_offset() const { return next_offset_; }
  int64_t size_bytes() const { return size_bytes_; }
  int64_t max_timestamp_ms() const { return max_timestamp_ms_; }
  // Last offset of the batch with the largest timestamp, the first of equals.
  int64_t max_timestamp_offset() const { return max_timestamp_offset_; }
  // Largest timestamp of the first batch, or -1.
  int64_t first_timestamp_ms() const { return first_timestamp_ms_; }
  const std::vector<IndexEntry>& index() const { return index_; }
  // CRC-32C over {topic id, partition, base offset} and then the whole file so far: covers what the
  // checksums of batches leave bare, and that they are all there.
  uint32_t content_crc() const { return content_crc_; }
  int64_t record_count() const { return record_count_; }
  std::string PathOf(std::string_view suffix) const;

  Result<Ref<odradek::File>> Open(OpenMode mode);
  void CloseFile() { files_.Drop(file_); }

  // Takes in a batch that stands at the end of the file. Of kHeader only the header is in memory.
  enum class Loaded : unsigned char { kWhole, kHeader };
  void Add(const records::BatchView& batch, Loaded loaded = Loaded::kWhole);
  // Forgets all batches; the file is the caller's business.
  void Reset();
  // For a sealed segment whose numbers are known without reading it; its index is loaded at need.
  void Restore(const SegmentSummary& summary);
  // Its numbers, for the checkpoint. Without the checksum of the transaction index.
  SegmentSummary Summarize() const;
  // True if the index is in memory.
  bool has_index() const { return has_index_; }
  // Reads the index files or, if they do not check out, the headers of the log file: false then. On
  // kCorrupt the segment is as before: headers, length and content_crc() do not agree.
  Result<bool> LoadIndex(Files& files);

  // Damage that is known; in order, apart from each other.
  const std::vector<DamagedRange>& damage() const { return damage_; }
  // The damage that `offset` lies in, or the next one behind it.
  const DamagedRange* DamageFrom(int64_t offset) const;
  // Takes in a damaged stretch at the end of what was taken in so far.
  Status AddDamage(const odradek::File& file, const DamagedRange& range);
  // Damage in what was taken in already; what it touches becomes part of it.
  void MarkDamage(const DamagedRange& range);
  void RestoreDamage(std::vector<DamagedRange> damage) { damage_ = std::move(damage); }

  // Whether the bytes of [from, to) were checked, or written, since the start of the process.
  bool IsVerified(int64_t from, int64_t to) const {
    to = std::min(to, trusted_bytes_);
    return from >= to || (from >= verified_from_ && to <= verified_to_);
  }
  void NoteVerified(int64_t from, int64_t to);
  // All bytes so far, those that were written here too, count as restored and not yet checked.
  void TrustAllAgain();
  // What was restored, and is to be what the checksum says; what lies behind it was written since.
  int64_t trusted_bytes() const { return trusted_bytes_; }
  uint32_t trusted_crc() const { return trusted_crc_; }
  // The blocks, from the footer; the whole file is one if that is missing or of another content.
  const std::vector<SegmentFooter::Block>& LoadBlocks(Files& files);
  // The first and the content's checksum: what the blocks' stand between.
  uint32_t content_seed() const { return content_seed_; }

  // Where the block of the batch with `offset` begins, or one before it.
  int64_t FloorPosition(int64_t offset) const;
  // Where the first block begins whose first batch holds `offset` or lies behind it, or the end.
  int64_t CeilingPosition(int64_t offset) const;
  // The first batch whose last offset is >= `offset`. Requires: offset < next_offset().
  Result<Boundary> FindOffset(int64_t offset);
  // The first batch whose base offset is >= `offset`, or the end.
  Result<Boundary> FindLimit(int64_t offset);
  // The last boundary at or before `position`, looking from `from`, which is one.
  Result<Boundary> FindBoundaryBefore(int64_t position, const Boundary& from);
  // The first batch at or behind `from_offset` with a largest timestamp >= `timestamp_ms`, or the
  // end.
  Result<Boundary> FindTimestamp(int64_t timestamp_ms, int64_t from_offset);

  // The content of the index files, as they are to be written now.
  std::string EncodeOffsetIndex() const;
  std::string EncodeTimeIndex() const;
  // The files beside the segment are others now; `crc`: of the two, 0 if they could not be written.
  void OnIndexFilesWritten(uint32_t crc) {
    index_crc_ = crc;
    has_blocks_ = false;
  }
  // Of both together as they were written; 0 if they are older than the segment, or were not used.
  uint32_t index_crc() const { return index_crc_; }
  // Makes the index from the headers of the log file, with the checksums of its blocks. Errors as
  // of LoadIndex.
  Status Rebuild();
  // False if the index was read back, and the footer with the checksums of its entries was not.
  bool knows_blocks() const { return knows_blocks_; }
  // The content of the footer. Requires: knows_blocks().
  SegmentFooter MakeFooter() const;

 private:
  static constexpr size_t kRecentMax = 8;

  // The position of the last index entry for which `is_before` holds, or 0.
  template <class IsBefore>
  int64_t Floor(IsBefore is_before) const;
  // The first entry whose batch ends behind `offset`.
  std::vector<IndexEntry>::const_iterator FirstBehind(int64_t offset) const;
  void TakeInBlocks(Files& files);
  bool DecodeIndex(std::string_view offsets, std::string_view times);
  const Boundary* FindRecent(int64_t offset) const;

  FileCache& files_;
  const std::string& directory_;
  const int64_t base_offset_;
  const int32_t index_interval_bytes_;
  CachedFile file_;
  int64_t next_offset_;
  int64_t size_bytes_ = 0;
  int64_t max_timestamp_ms_ = records::kNoTimestamp;
  int64_t max_timestamp_offset_;
  int64_t first_timestamp_ms_ = records::kNoTimestamp;
  int64_t first_crc_ = -1;
  int64_t bytes_since_entry_ = 0;
  int64_t record_count_ = 0;
  const uint32_t content_seed_;
  uint32_t content_crc_;
  bool has_index_ = true;
  bool knows_blocks_ = true;
  uint32_t index_crc_ = 0;  // of the index files; 0 if they are older than the segment
  std::vector<IndexEntry> index_;
  std::vector<DamagedRange> damage_;
  int64_t trusted_bytes_ = 0;
  uint32_t trusted_crc_ = 0;
  int64_t verified_from_ = 0;  // of the trusted bytes
  int64_t verified_to_ = 0;
  bool has_blocks_ = false;
  std::vector<SegmentFooter::Block> blocks_;
  // The last batches, in a ring: readers at the tail need no look into the file.
  uint32_t recent_count_ = 0;
  Boundary recent_[kRecentMax];
};

}  // namespace odradek::storage
