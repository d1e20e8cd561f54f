// How compaction's new segments take the place of the old ones in a directory, so that a crash at
// any point leaves the one or the others:
//
//   1. "<base>.log.cleaned" is written and synced;
//   2. it is renamed to "<base>-<end>.swap" and the directory synced: from here on it counts;
//   3. the segments that begin in (base, end) and all sidecars of the range are removed, and the
//      directory synced;
//   4. it is renamed to "<base>.log", in place of the old one, and the directory synced.
//
// Who loads a directory removes what is left of 1 and ends what has come as far as 2. Before 2, a
// checkpoint is written that does not tell of the range, so that none vouches for what changes.
// Errors: those of the files. Source: LocalLog.replaceSegments, LogLoader of Apache Kafka, whose
// own .swap files do not say where they end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env/file.h"
#include "storage/local/file_names.h"

namespace odradek::storage {

class Segment;

// A sealed segment at the beginning of a pass.
struct CleanerSource {
  int64_t base_offset = 0;
  int64_t next_base_offset = 0;  // of the segment behind it
  int64_t size_bytes = 0;
};

// A complete new segment, written under another name.
struct CleanedSegment {
  SwapRange range;
  std::string written_name;
  std::unique_ptr<Segment> segment;
  std::vector<CleanerSource> replaced;
  std::vector<int64_t> vanished_aborts;  // see CleanedTransactions::TakeVanished
};

// Step 2. After kUnknown it may have come to pass, and loading ends it; after another error not.
Status CommitSwap(Files& files, const std::string& directory, const CleanedSegment& cleaned);
// Steps 3 and 4. `bases`: of the segments there; those outside of the range are left alone. May be
// done again after an error.
Status EndSwap(Files& files, const std::string& directory, const SwapRange& range,
               const std::vector<int64_t>& bases);
// Removes what an unfinished pass has left behind.
Status RemoveUnfinished(Files& files, const std::string& directory);
// What loading does, before anything else. `entries` is what the directory holds.
Status EndSwaps(Files& files, const std::string& directory, std::vector<DirEntry>* entries);

}  // namespace odradek::storage
