// Vouched: which bytes of a log its checkpoint vouches for, by the one rule that a start and
// `verify` share: what is promised to be on the device, or, in the run of the system that wrote the
// checkpoint, all that it tells of.
// Owner: who made it; borrows the checkpoint. Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "storage/local/log_checkpoint.h"

namespace odradek::storage {

class Vouched {
 public:
  // How much of one segment.
  struct Part {
    int64_t position = 0;
    int64_t next_offset = -1;  // there; -1 if unknown
    const SegmentSummary* summary = nullptr;
  };

  // `checkpoint` may be null: nothing is vouched for. `boot_id`: of this run, see StoreOptions.
  Vouched(const LogCheckpoint* checkpoint, std::string_view boot_id);

  bool is_same_run() const { return is_same_run_; }
  // The last segment of which it vouches for anything; -1: there is none.
  int64_t segment() const { return segment_; }
  Part For(int64_t base_offset) const;
  bool Covers(int64_t base_offset, int64_t position) const {
    return position < For(base_offset).position;
  }
  // Whether there was a file for the segment that the log ended in, however little is told of it:
  // only a loss of power, or a failed sync, can take it away again.
  bool HadFileOf(int64_t base_offset) const;
  // Whether nothing behind what is vouched for was ever part of the log.
  bool KnowsEndOf(int64_t base_offset) const;

 private:
  const LogCheckpoint* checkpoint_;
  bool is_same_run_ = false;  // of the system, as that which wrote the checkpoint
  int64_t segment_ = -1;
  int64_t position_ = 0;
};

}  // namespace odradek::storage
