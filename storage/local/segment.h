// Segment: one file of a log: from its base offset to where the next segment begins, with a sparse
// index in memory. Knows where batches are; owns no policy.
//
// Owner: a log's state, under the log's mutex. Index files (.index, .timeindex) are written when
// the segment is sealed or the log closed, and can be made anew from the log file at any time.
// Source: LogSegment, OffsetIndex, TimeIndex of Apache Kafka.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/clock.h"
#include "base/result.h"
#include "protocol/records/record_batch.h"
#include "storage/local/file_cache.h"
#include "storage/local/header_scan.h"
#include "storage/local/log_checkpoint.h"

namespace odradek::storage {

// A batch that begins behind enough bytes since the entry before. Offsets are relative to the
// segment's base; the timestamp is the largest up to and with this batch.
struct IndexEntry {
  uint32_t last_offset = 0;           // of the batch
  uint32_t position = 0;              // where it begins
  uint32_t max_timestamp_offset = 0;  // last offset of the batch that holds max_timestamp_ms
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

  Segment(FileCache& files, const std::string& directory, int64_t base_offset,
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
  std::string PathOf(std::string_view suffix) const;

  Result<Ref<odradek::File>> Open(OpenMode mode);
  void CloseFile() { files_.Drop(file_); }

  // Takes in a batch that stands at the end of the file.
  void Add(const records::BatchView& batch);
  // Forgets all batches; the file is the caller's business.
  void Reset();
  // For a sealed segment whose numbers are known without reading it; its index is loaded at need.
  void Restore(const SegmentSummary& summary);
  // Its numbers, for the checkpoint. Without the checksum of the transaction index.
  SegmentSummary Summarize() const;
  // True if the index is in memory.
  bool has_index() const { return has_index_; }
  // Reads the index files or, if they do not check out, the log file.
  Status LoadIndex(Files& files);
  // Walks the headers of the log file and takes in all its batches.
  Status Rebuild();

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
  void set_index_crc(uint32_t crc) { index_crc_ = crc; }

 private:
  static constexpr size_t kRecentMax = 8;

  // The position of the last index entry for which `is_before` holds, or 0.
  template <class IsBefore>
  int64_t Floor(IsBefore is_before) const;
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
  int64_t bytes_since_entry_ = 0;
  bool has_index_ = true;
  uint32_t index_crc_ = 0;  // of the index files; 0 if they are older than the segment
  std::vector<IndexEntry> index_;
  // The last batches, in a ring: readers at the tail need no look into the file.
  uint32_t recent_count_ = 0;
  Boundary recent_[kRecentMax];
};

}  // namespace odradek::storage
