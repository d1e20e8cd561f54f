// WalkBatches: reads a stretch of a segment file batch by batch and checks each: header, checksum,
// offsets. What does not check out is passed over whole, up to the next batch that does:
// docs/decisions/behind-a-damaged-batch.md.
// Thread: one at a time. Errors: those of the file; damage is no error.
#pragma once

#include <cstdint>
#include <vector>

#include "base/env/file.h"
#include "base/unique_function.h"
#include "protocol/records/record_batch.h"
#include "storage/local/damage.h"

namespace odradek::storage {

struct WalkRequest {
  int64_t from = 0;          // position; a batch begins there, or should
  int64_t to = 0;            // where the stretch ends
  int64_t first_offset = 0;  // no batch begins before it
  int64_t offset_limit = INT64_MAX;
  // Where the stretch ends, if that is known: damage at its end reaches up to there.
  int64_t end_offset = -1;
  // Offsets follow each other: true for what was never compacted.
  bool contiguous = false;
  // Damage that begins before this position is passed over; at or behind it the walk ends: what
  // was not durable yet may be torn.
  int64_t pass_over_before = INT64_MAX;
  // Only the end can be torn: what stands before a good batch is damage wherever it begins.
  bool torn_at_end_only = false;
};

struct WalkResult {
  int64_t end_position = 0;  // behind the last good batch, or the damage behind it
  int64_t end_offset = 0;
  std::vector<DamagedRange> damage;
};

// Sees every good batch, whole, and where it stands; between them the damage, in order.
struct WalkVisitor {
  UniqueFunction<void(const records::BatchView&, int64_t position)> on_batch;
  UniqueFunction<void(const DamagedRange&)> on_damage;
};

Result<WalkResult> WalkBatches(const odradek::File& file, const WalkRequest& request,
                               WalkVisitor& visitor);

}  // namespace odradek::storage
