// Verify: reads a whole data directory that no broker serves and says what is wrong with it: ours,
// or a log directory of Apache Kafka. Every batch is read, checked and decompressed; sidecars are
// held against the log, folders against the metadata. Nothing is changed. Owner: the command
// `verify`. Thread: one at a time. What cannot be read is a finding, and the rest is looked at.
// Errors: those of listing the directory itself; kInvalid if it holds nothing to look at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/env/file.h"
#include "base/result.h"
#include "base/uuid.h"
#include "inspect/finding.h"
#include "metadata/metadata_image.h"

namespace odradek::inspect {

struct VerifyTotals {
  int64_t partitions = 0;
  int64_t segments = 0;
  int64_t batches = 0;
  int64_t records = 0;
  int64_t bytes = 0;
};

// `boot_id`: of this run of the system, see StoreOptions; empty: not known.
Result<VerifyTotals> Verify(Files& files, const std::string& boot_id, Findings& findings);

struct PartitionFacts {
  bool may_have_gaps = false;  // its topic is compacted, or nobody knows
  std::string boot_id{};       // as above
};

// One partition's folder.
void VerifyPartition(Files& files, const std::string& folder, const PartitionFacts& facts,
                     Findings& findings, VerifyTotals& totals);

// A file or a folder that a start took out of a log or of the metadata. What was lost with it is
// in the last line of the reports that names it; without one it is not known.
void TellOfSetAside(Files& files, const std::string& path, Findings& findings);

}  // namespace odradek::inspect
