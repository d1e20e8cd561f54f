// Copies one partition of a log directory that Apache Kafka wrote, and looks at every batch header
// on the way. The source is not changed; what the checksums of the batches say is for the store to
// find out when it opens the copy. Thread: one at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/env/file.h"
#include "base/result.h"

namespace odradek::app {

struct CopiedPartition {
  int64_t end_offset = 0;
  int64_t producer_id_max = -1;
  int64_t size_bytes = 0;
  int segments = 0;
};

// Copies the segments, producer snapshots, leader epochs and the topic id from `folder` of `from`
// to `folder_to` of `to`, which must not exist. Indexes are left: the store makes its own. Errors:
// kInvalid for what only Kafka itself can settle (an unfinished swap, batches of formats before
// Kafka 0.11); kCorrupt for damage before the last segment's end.
Result<CopiedPartition> CopyPartition(Files& from, const std::string& folder, Files& to,
                                      const std::string& folder_to);

}  // namespace odradek::app
