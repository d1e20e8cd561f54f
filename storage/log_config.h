// LogConfig: what the configs of a topic and of the broker make of one partition's log.
//
// Owner: a value; who has the metadata resolves it. Thread: any.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/env/clock.h"

namespace odradek::storage {

// Names as Kafka's.
struct LogConfig {
  int64_t segment_bytes = 1 << 30;
  Millis segment_ms = 7LL * 24 * 3600 * 1000;
  Millis segment_jitter_ms = 0;
  int32_t segment_index_bytes = 10 << 20;
  int64_t retention_bytes = -1;
  Millis retention_ms = 7LL * 24 * 3600 * 1000;
  Millis file_delete_delay_ms = 60'000;
  int64_t flush_messages = INT64_MAX;  // a sync begins after so many records
  Millis flush_ms = INT64_MAX;  // and when a record is this old; in power-safe stores at once
  int32_t max_message_bytes = 1'048'588;
  bool log_append_time = false;  // message.timestamp.type
  Millis timestamp_before_max_ms = INT64_MAX;
  Millis timestamp_after_max_ms = 3'600'000;
  bool compact = false;            // cleanup.policy contains compact
  bool delete_retention = true;    // cleanup.policy contains delete
  int8_t compression_type = -1;    // -1 producer; else the codec number of the batch bits
  int32_t compression_level = -1;  // of gzip, lz4 or zstd; -1 the codec's default
  bool preallocate = false;
  Millis producer_id_expiration_ms = 86'400'000;
  // Of compacted logs:
  Millis tombstone_retention_ms = 86'400'000;  // delete.retention.ms
  double min_cleanable_dirty_ratio = 0.5;
  Millis min_compaction_lag_ms = 0;
  Millis max_compaction_lag_ms = INT64_MAX;

  // How old the active segment may get.
  Millis SegmentAgeMax() const {
    return compact ? std::min(segment_ms, max_compaction_lag_ms) : segment_ms;
  }

  bool operator==(const LogConfig&) const = default;
};

}  // namespace odradek::storage
