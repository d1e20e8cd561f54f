// The file "log.checkpoint" of a partition: where the log begins, what its segments were when the
// file was written and how much of them is on the device. With it a clean start reads no segment;
// without it, or if its checksum is wrong, everything is read and checked. Our own format, text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "storage/local/damage.h"
#include "storage/local/leader_epochs.h"

namespace odradek::storage {

struct SegmentSummary {
  int64_t base_offset = 0;
  int64_t next_offset = 0;
  int64_t size_bytes = 0;
  int64_t max_timestamp_ms = -1;
  int64_t max_timestamp_offset = 0;
  int64_t first_timestamp_ms = -1;
  int64_t first_crc = -1;  // of the first batch, as it says; -1: nothing good begins the segment
  int64_t record_count = 0;
  int64_t content_crc = 0;    // Segment::content_crc()
  int64_t index_crc = 0;      // of .index and .timeindex together; 0 if they were not written
  int64_t txn_index_crc = 0;  // of .txnindex; 0 if there is none

  // 0 is also the checksum of empty files, which a segment without timestamps may have.
  bool knows_index_crc() const { return index_crc != 0 || max_timestamp_ms < 0; }
};

struct LogCheckpoint {
  Uuid topic_id;
  std::string partition;  // the name of the directory: a checkpoint of another one is not ours
  bool clean = false;     // nothing was written behind what it tells of
  bool power = false;     // appends counted when they were on the device
  int64_t start_offset = 0;
  // All before this place is on the device.
  int64_t synced_segment = 0;
  int64_t synced_position = 0;
  int64_t cleaned_to = 0;  // compaction has seen all records before this offset
  int64_t swapped_to = 0;  // and may have left gaps between segments before this one
  std::string boot_id;     // of the writer; empty if unknown
  std::vector<LeaderEpochs::Entry> epochs;
  std::vector<SegmentSummary> segments;
  std::vector<std::pair<int64_t, DamagedRange>> damage;  // base offset of the segment, range

  const SegmentSummary* Find(int64_t base_offset) const;

  std::string Encode() const;
  static std::optional<LogCheckpoint> Decode(std::string_view text);
};

}  // namespace odradek::storage
