// What stands beside the segments of a partition, held against them: all of it can be made again,
// so that nothing found here is damage but what a start has set aside.
// Owner: VerifyPartition. Thread: one at a time. Nothing is changed. Errors: none; what cannot be
// read is a finding.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/env/file.h"
#include "inspect/finding.h"
#include "storage/local/damage.h"

namespace odradek::inspect {

struct BatchPlace {
  int64_t position;
  int64_t last_offset;
};

// One segment as its batches tell it.
struct SegmentContent {
  int64_t base_offset;
  int64_t end_offset;
  std::span<const BatchPlace> batches;            // rising
  std::span<const storage::DamagedRange> damage;  // no batch is known there
};

// The three indexes of a segment.
void VerifyIndexes(Files& files, const std::string& folder, const SegmentContent& segment,
                   Findings& findings);

// Any other entry of a partition's folder.
void VerifyBeside(Files& files, const std::string& folder, const DirEntry& entry,
                  Findings& findings);

}  // namespace odradek::inspect
