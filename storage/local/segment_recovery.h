// SegmentRecovery: the first half of LoadLog: which bytes of the segment files are the log.
//
// The checkpoint vouches for all bytes before its durable point, or, in the run of the system that
// wrote it, for all it tells of. There a byte that does not check out is damage: it stays where it
// is, is told and not served, and offsets go on behind it. Behind the vouched part it is the torn
// tail of a crash: it is cut off, and kept aside and told if it may hold records. In the same run
// only the process can have ended, so that it is a tail only if no good batch follows. The
// checkpoint may be older than what was last acknowledged: where that had to be on the device, a
// torn batch is told as well. Where it is lost, the footers of sealed segments vouch for these.
// Vouched bytes are not read here, but those that footers vouch for: LogState::Verify does it at
// their first read. Owner: LoadLog. Thread: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/local/batch_walk.h"
#include "storage/local/log_state.h"
#include "storage/local/vouched.h"

namespace odradek::storage {

class SegmentRecovery {
 public:
  static constexpr int64_t kAllChecked = INT64_MAX;

  struct Choice {
    bool reads_all = false;      // also what is vouched for is read and checked here
    bool tells_of_gaps = false;  // between segments: compaction did not make them
  };
  // `checkpoint` may be null. Fills the segments of `state`.
  SegmentRecovery(StoreContext& context, LogState& state, const LogCheckpoint* checkpoint,
                  const Choice& choice);
  // `bases`: of the segment files there are, rising; those that must be there are added.
  Status Run(std::vector<int64_t>* bases);

  // The first offset that the checkpoint does not vouch for; kAllChecked if there is none.
  int64_t unchecked_from() const { return unchecked_from_; }
  // The files were changed, or damage was found.
  bool is_news() const { return is_news_; }

 private:
  void RemoveDropped(std::vector<int64_t>* bases);
  Status AddMissing(std::vector<int64_t>* bases);
  void TellOfLostEnd(const SegmentSummary& last);
  Status OpenAll(const std::vector<int64_t>& bases);
  bool IsTorn(int64_t next_base) const;
  void TellOfGap(int64_t next_base);
  Result<bool> RemoveIfEmpty(int64_t base);
  Result<bool> CutOverlap(int64_t next_base);
  Status Open(Segment& segment, bool is_active);
  void Restore(Segment& segment, const SegmentSummary& known) const;
  Status ReadVouched(Segment& segment, odradek::File& file, const SegmentSummary& known,
                     int64_t size);
  Status Disown(Segment& segment, const SegmentSummary& known, const odradek::File& file,
                bool is_active, int64_t size);
  Status Check(Segment& segment, odradek::File& file, bool is_active, int64_t from, int64_t to);
  Status CutTail(Segment& segment, odradek::File& file, int64_t size, bool is_surplus);
  Result<std::string> KeepAside(const Segment& segment, const odradek::File& file, int64_t size);
  void SetAside(const std::vector<int64_t>& bases, size_t first, const std::string& why);

  StoreContext& context_;
  LogState& state_;
  const LogCheckpoint* const checkpoint_;
  const Choice choice_;
  const Vouched vouched_;
  int64_t unchecked_from_ = kAllChecked;
  int64_t next_base_ = INT64_MAX;  // of the segment behind the one at hand
  bool was_torn_ = false;          // the last segment that was opened
  bool is_news_ = false;
};

}  // namespace odradek::storage
