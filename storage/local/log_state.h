// LogState: everything a log knows once it was touched, and the moves that keep its parts together.
// Made by LoadLog (recovery.h) at the first use of a log.
//
// Invariants: start <= stable <= durable_end <= end, where durable_end == end unless appends have
// to survive a power cut; the segments join without overlap and the last one, the active segment,
// is the only one that grows; end is its next offset. Owner: LocalLog, under its mutex. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/local/aborted_index.h"
#include "storage/local/cleaner_swap.h"
#include "storage/local/leader_epochs.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/producer_state.h"
#include "storage/local/segment.h"
#include "storage/local/store_context.h"

namespace odradek::storage {

// What a flush has to put on the device: taken under the log's mutex, synced without it.
struct FlushPlan {
  std::vector<Ref<odradek::File>> files;
  std::vector<std::string> directories;  // that hold new names
  int64_t names_version = 0;
  int64_t number = 0;          // of the state's plans
  SegmentSummary reached;      // the durable point afterwards
  int64_t appended_bytes = 0;  // of the state, when it was planned

  Status SyncFiles() const;
  Status Sync(Files& where) const;
};

// What is left to do when the first half of a clean stop is over.
struct CloseWork {
  bool has_mark = false;                 // else nothing is: the device has the log as it is
  std::vector<std::string> directories;  // that hold new names; they come first
};

class LogState {
 public:
  LogState(StoreContext& context_in, std::string directory_in, Uuid topic_id_in)
      : context(context_in), directory(std::move(directory_in)), topic_id(topic_id_in) {}

  LogOffsets offsets() const;
  int64_t end() const { return segments.empty() ? start : segments.back()->next_offset(); }
  Segment& active() { return *segments.back(); }
  // The segment that holds `offset` or would; the first one if it is below all.
  size_t IndexOf(int64_t offset) const;
  int64_t SizeBytes() const;
  bool has_files() const { return !segments.empty(); }
  // How old the active segment is.
  Millis ActiveAgeMs() const {
    return context.env.clock->MonotonicMs() - active_since_monotonic_ms;
  }

  // An empty segment that is no part of the log yet.
  std::unique_ptr<Segment> MakeSegment(int64_t base_offset) const;
  // Makes the directory and the first segment; the first flush puts them on the device. Requires:
  // !has_files().
  Status MakeFiles(Millis now_ms);
  // On the device after the first flush.
  Status WritePartitionMetadata();
  // Tells the files of this partition from those of others.
  uint32_t owner_crc() const;
  // Gives back what was reserved behind the active segment, by whatever process.
  void EndReserve();
  // Begins a new active segment at the log's end.
  Status Roll(Millis now_ms);
  // Writes `bytes`, whole batches with their offsets assigned, behind the end of the active
  // segment. On failure the log is as before, or failed is set.
  Status Write(std::string_view bytes);
  // Takes in a batch that Write() has written.
  void Add(const records::BatchView& batch);
  // Forgets and removes the first `count` segments. Requires: not the active one.
  // Their files go after `delay_ms`.
  void DropSegments(size_t count, Millis delay_ms);
  // Compaction's new segment takes the place of the old ones, on disk and here. Requires:
  // HasSources(). kUnknown: the files are in between; the log must be loaded anew, which ends it.
  Status Replace(CleanedSegment& cleaned);
  // The segments that it stands for are here as they were.
  bool HasSources(const CleanedSegment& cleaned) const;
  // Raises the start and all that hangs on it, for good: nobody sees it before the checkpoint tells
  // of it. Writes the checkpoint even if the start is there already.
  Status RaiseStart(int64_t new_start);
  // The same for a start that a checkpoint tells of already.
  void AdvanceStart(int64_t new_start);

  // Segment::LoadIndex, but what does not agree is looked through, marked as damage and reported;
  // index files that do not agree with a sound segment are written anew.
  Status LoadIndex(Segment& segment);
  // Writes the segment's index files and footer anew if they are not what was written with it.
  Status MendIndexes(Segment& segment);
  // The same for the bytes that are about to be read from [from, to), unless they were checked or
  // written since the start. Blocks that are not known of large segments are left to the scrub.
  Status Verify(Segment& segment, int64_t from, int64_t to);
  // Whether the file, of `size` bytes, is the segment's own, as far as that can be told: batches of
  // another partition check out as well as its own.
  Result<bool> IsOurs(const Segment& segment, const SegmentSummary& known,
                      const odradek::File& file, int64_t size) const;
  // By the first batch alone, where there is a sound one.
  static Result<bool> BeginsAs(const SegmentSummary& known, const odradek::File& file,
                               int64_t size);
  // The same for all of a segment, whatever is known of it.
  Status Recheck(Segment& segment);
  // Marks all of a file that is not the segment's own as damage, and reports it.
  Status DisownAll(Segment& segment, const SegmentSummary& known, const odradek::File& file,
                   int64_t size);
  void ReportDamage(const Segment& segment, const DamagedRange& range, std::string reason) const;

  // Sidecars; nothing happens where files are not durable.
  void WriteIndexFiles(Segment& segment);
  void WriteTxnIndex(const Segment& segment);
  void WriteSnapshot();
  void WriteEpochs();
  // Segment::Summarize with the checksum of the transaction index.
  SegmentSummary Summarize(const Segment& segment) const;
  LogCheckpoint MakeCheckpoint() const;
  // Written at once, or, where appends must survive a power cut, by the next flush: then it must
  // not replace a sound one before it is on the device itself.
  void WriteCheckpoint();
  // On the device when it returns, where that matters. For what was promised to a client.
  Status WriteCheckpointNow();

  Result<FlushPlan> PlanFlush();
  void TakeIn(const FlushPlan& plan);
  // Puts all of it on the device: recovered data is shown only then.
  Status SyncAll();
  // Cuts the files back to the durable point, after a failed sync; the state is to be loaded anew.
  Status CutToDurablePoint();

  // A clean stop, in two halves so that many logs share the sync of a directory. The first puts on
  // the device all that files hold, and beside the checkpoint the one that says so; when the names
  // are on the device, too, the second puts it in its place, which is to be synced then. A log that
  // is as a clean stop has left it writes nothing.
  Result<CloseWork> BeginClose();
  Status EndClose();

  StoreContext& context;
  const std::string directory;
  const Uuid topic_id;
  std::vector<std::unique_ptr<Segment>> segments;  // by base offset
  int64_t load = 0;                                // how many states the log had before this one
  int64_t start = 0;
  ProducerState producers;
  AbortedIndex aborted;
  LeaderEpochs epochs;
  OwnerToken owner;                      // the newest that was seen
  Status failed;                         // why nothing can be appended any more
  Millis recover_from_ms = 0;            // the next try to, if it may pass; monotonic
  Millis active_since_ms = 0;            // when the active segment was made; wall clock
  Millis active_since_monotonic_ms = 0;  // the same: its age does not depend on who sets the clock
  Millis roll_jitter_ms = 0;
  // The durable point: all before it is on the device. Tells the segment that holds it as it was
  // there. Moved by flushes, by BeginClose(), and in power-safe stores by loading.
  SegmentSummary synced;
  int64_t names_version = 1;           // of the names in the directory
  int64_t names_synced = 0;            // the newest of them that is on the device; 0: perhaps none
  int64_t appended_bytes = 0;          // since the state was loaded
  int64_t flushed_bytes = 0;           // of them
  int64_t planned = 0;                 // flushes
  int64_t taken_in = 0;                // the newest of them that came through
  int64_t unflushed_from = 0;          // the first offset that no flush has seen
  int64_t preallocated_bytes = 0;      // room that new segments get; 0: as they grow
  int64_t checkpoint_version = 0;      // counts what was written or asked for
  int64_t checkpoint_saved = 0;        // the newest of them that is on the device
  int64_t bytes_since_checkpoint = 0;  // that flushes have put on the device
  Millis checkpoint_ms = 0;            // when a flush last wrote it; monotonic
  bool clean_on_device = false;        // the checkpoint may say that nothing was written since
  bool loaded = false;                 // recovery is over
  bool must_roll = false;              // the active file has seen a failed sync: no more appends
  int64_t cleaned_to = 0;              // compaction has seen all records before this offset
  int64_t swapped_to = 0;              // and may have left gaps between segments before this one
  std::optional<SwapRange> replacing;  // no checkpoint tells of these segments now

 private:
  // What a segment holds when all of it was read again.
  struct FoundBatches {
    std::vector<std::pair<int64_t, int64_t>> offsets;  // position and base offset of each
    std::vector<DamagedRange> wrong_epoch;             // those that were not written by its leader
    bool has_damage = false;                           // there is something else, or too little
  };

  // The first flush puts it on the device.
  Status WriteNewFile(std::string_view name, std::string_view content);
  Status AddFirstFiles(FlushPlan* plan);
  Status CompareBlocks(Segment& segment, const std::vector<SegmentFooter::Block>& blocks,
                       int64_t from, int64_t to);
  // Reads all of a segment again to tell what of it is damaged.
  Status FindDamage(Segment& segment);
  Result<FoundBatches> ReadAnew(Segment& segment, const SegmentSummary& known,
                                const odradek::File& file, int64_t size) const;
  std::vector<DamagedRange> BadBlocks(
      const odradek::File& file, const Segment& segment, const SegmentSummary& known,
      const std::vector<SegmentFooter::Block>& blocks,
      const std::vector<std::pair<int64_t, int64_t>>& offsets) const;
  std::string CloseMarkPath() const;
  // `told_crc`: what the checkpoint knows of them.
  void RewriteIndexes(Segment& segment, uint32_t told_crc);
  void SealActive();
  void ReserveFor(odradek::File& file, int64_t size);
  void RemoveFiles(const Segment& segment, Millis delay_ms);

  int64_t reserved_bytes_ = 0;  // of the active segment's file, or left out for want of room
};

}  // namespace odradek::storage
