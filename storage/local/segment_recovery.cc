#include "storage/local/segment_recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/log_tail.h"

namespace odradek::storage {
namespace {

using records::BatchView;

constexpr int64_t kPieceSizeBytes = 1 << 20;

// The front of a batch that the file ends in, or blocks that were never written.
Result<bool> IsTornBatch(const odradek::File& file, int64_t from, int64_t size) {
  ASSIGN_OR_RETURN(const bool is_cut_short, IsCutShort(file, from, size));
  return is_cut_short ? Result<bool>(true) : IsZero(file, from, size);
}

// A failed sync may have left pages that count as written and are not. Once they are written again,
// the sync before the log is shown means something.
Status WriteAgain(odradek::File& file, int64_t size) {
  std::string piece;
  for (int64_t at = 0; at < size; at += static_cast<int64_t>(piece.size())) {
    piece.resize(static_cast<size_t>(std::min(kPieceSizeBytes, size - at)));
    ASSIGN_OR_RETURN(const size_t got, file.ReadAt(at, piece));
    if (got != piece.size()) return Corrupt("shorter than it was");
    RETURN_IF_ERROR(file.WriteAt(at, piece));
  }
  return Status();
}

}  // namespace

SegmentRecovery::SegmentRecovery(StoreContext& context, LogState& state,
                                 const LogCheckpoint* checkpoint, const Choice& choice)
    : context_(context),
      state_(state),
      checkpoint_(checkpoint),
      choice_(choice),
      vouched_(checkpoint, context.options.boot_id) {}

Status SegmentRecovery::Run(std::vector<int64_t>* bases) {
  RemoveDropped(bases);
  RETURN_IF_ERROR(AddMissing(bases));
  return OpenAll(*bases);
}

// A crash may bring back files that were dropped below the start, and with them a tail that had
// been cut off after a failed sync: it would stand in the way of what took over.
void SegmentRecovery::RemoveDropped(std::vector<int64_t>* bases) {
  if (checkpoint_ == nullptr) return;
  int64_t first = -1;  // the segment that the start is in
  for (const int64_t base : *bases) {
    if (base <= checkpoint_->start_offset && checkpoint_->Find(base) != nullptr) first = base;
  }
  std::erase_if(*bases, [&](int64_t base) {
    if (base >= first || checkpoint_->Find(base) != nullptr) return false;
    const auto remove = [&](std::string_view suffix) {
      (void)context_.files().Remove(JoinPath(state_.directory, OffsetFileName(base, suffix)));
    };
    remove(kLogSuffix);
    for (const std::string_view suffix : kSidecarSuffixes) remove(suffix);
    return true;
  });
}

// An empty file stands for each that the checkpoint vouches for and that is gone: its offsets are
// damaged then, and are not given out again.
Status SegmentRecovery::AddMissing(std::vector<int64_t>* bases) {
  if (checkpoint_ == nullptr) return Status();
  for (const SegmentSummary& summary : checkpoint_->segments) {
    if (std::binary_search(bases->begin(), bases->end(), summary.base_offset)) continue;
    const bool matters = summary.base_offset <= vouched_.segment() && summary.size_bytes > 0 &&
                         summary.next_offset > checkpoint_->start_offset;
    if (!checkpoint_->clean && vouched_.HadFileOf(summary.base_offset)) TellOfLostEnd(summary);
    if (!matters) continue;
    const std::string path =
        JoinPath(state_.directory, OffsetFileName(summary.base_offset, kLogSuffix));
    RETURN_IF_ERROR(context_.files().Open(path, OpenMode::kCreateNew).status());
    bases->insert(std::upper_bound(bases->begin(), bases->end(), summary.base_offset),
                  summary.base_offset);
  }
  return Status();
}

// How much of it was acknowledged, nobody knows.
void SegmentRecovery::TellOfLostEnd(const SegmentSummary& last) {
  DamageReport report;
  report.file = JoinPath(state_.directory, OffsetFileName(last.base_offset, kLogSuffix));
  report.from_offset = last.next_offset;
  report.reason = "the file that the log ended in is gone";
  report.effect = "offsets from here on are given out again";
  context_.Report(report);
  is_news_ = true;
}

Status SegmentRecovery::OpenAll(const std::vector<int64_t>& bases) {
  for (size_t i = 0; i < bases.size(); ++i) {
    if (context_.is_closing) return Retriable("the store is closing");
    if (!state_.segments.empty() && bases[i] < state_.end()) {
      ASSIGN_OR_RETURN(const bool was_nothing, RemoveIfEmpty(bases[i]));
      if (was_nothing) continue;
      ASSIGN_OR_RETURN(const bool cut, CutOverlap(bases[i]));
      if (!cut) {
        SetAside(bases, i, "it begins before the segment before it ends");
        return Status();
      }
    }
    if (IsTorn(bases[i])) {
      SetAside(bases, i, "the segment before it was torn");
      return Status();
    }
    if (choice_.tells_of_gaps) TellOfGap(bases[i]);
    std::unique_ptr<Segment> segment = state_.MakeSegment(bases[i]);
    was_torn_ = false;
    next_base_ = i + 1 < bases.size() ? bases[i + 1] : INT64_MAX;
    RETURN_IF_ERROR(Open(*segment, i + 1 == bases.size()));
    state_.segments.push_back(std::move(segment));
    // One that joins took over from here after a failed sync: what was torn is no part of the log.
    if (was_torn_ && i + 1 < bases.size() && bases[i + 1] != state_.end()) {
      SetAside(bases, i + 1, "the segment before it was torn");
      return Status();
    }
  }
  return Status();
}

// Compaction leaves gaps between segments, but only where the checkpoint tells of them.
bool SegmentRecovery::IsTorn(int64_t next_base) const {
  return checkpoint_ != nullptr && !state_.segments.empty() && next_base > state_.end() &&
         next_base > std::max(vouched_.segment(), state_.swapped_to);
}

// It is passed over all the same: the topic may have been compacted once.
void SegmentRecovery::TellOfGap(int64_t next_base) {
  if (state_.segments.empty() || next_base <= state_.end()) return;
  DamageReport report;
  report.file = JoinPath(state_.directory, OffsetFileName(next_base, kLogSuffix));
  report.from_offset = state_.end();
  report.to_offset = next_base;
  report.reason = "records are missing before this segment";
  context_.Report(report);
  is_news_ = true;
}

// After a failed sync a new file takes over below the end of the one before; a crash may bring back
// the tail that was cut off then.
Result<bool> SegmentRecovery::CutOverlap(int64_t next_base) {
  Segment& last = state_.active();
  const Vouched::Part vouched = vouched_.For(last.base_offset());
  if (next_base <= last.base_offset() || vouched.next_offset > next_base) return false;
  RETURN_IF_ERROR(state_.LoadIndex(last));
  ASSIGN_OR_RETURN(const Boundary at, last.FindLimit(next_base));
  if (at.offset != next_base || at.position < vouched.position) return false;
  LOG_WARN("{} is cut at {}: offset {} on stands in the next segment", last.PathOf(kLogSuffix),
           at.position, next_base);
  ASSIGN_OR_RETURN(const Ref<odradek::File> file, last.Open(OpenMode::kReadWrite));
  RETURN_IF_ERROR(file->Truncate(at.position));
  is_news_ = true;
  last.Reset();
  unchecked_from_ = std::min(unchecked_from_, last.base_offset());
  RETURN_IF_ERROR(Check(last, *file, /*is_active=*/false, 0, at.position));
  return !was_torn_;
}

// A roll that failed leaves a file behind; the log went on in the segment before it.
Result<bool> SegmentRecovery::RemoveIfEmpty(int64_t base) {
  const std::string path = JoinPath(state_.directory, OffsetFileName(base, kLogSuffix));
  {
    ASSIGN_OR_RETURN(const Ref<odradek::File> file,
                     context_.files().Open(path, OpenMode::kReadWrite));
    ASSIGN_OR_RETURN(const int64_t size, file->Size());
    if (size > 0) return false;
  }
  RETURN_IF_ERROR(context_.files().Remove(path));
  return true;
}

Status SegmentRecovery::Open(Segment& segment, bool is_active) {
  ASSIGN_OR_RETURN(const Ref<odradek::File> file, segment.Open(OpenMode::kReadWrite));
  ASSIGN_OR_RETURN(const int64_t size, file->Size());
  const Vouched::Part vouched = vouched_.For(segment.base_offset());
  // A footer says nothing of syncs.
  if (choice_.reads_all && context_.is_power_safe()) RETURN_IF_ERROR(WriteAgain(*file, size));
  if (vouched.summary != nullptr && choice_.reads_all)
    return ReadVouched(segment, *file, *vouched.summary, size);
  if (vouched.summary != nullptr && size < vouched.position) {
    ASSIGN_OR_RETURN(const bool ours, state_.IsOurs(segment, *vouched.summary, *file, size));
    if (!ours) return Disown(segment, *vouched.summary, *file, is_active, size);
  }
  if (vouched.summary == nullptr || size < vouched.position) {
    unchecked_from_ = std::min(unchecked_from_, segment.base_offset());
    return Check(segment, *file, is_active, 0, size);
  }
  if (size > vouched.position) {  // what nothing is told of would be taken in
    ASSIGN_OR_RETURN(const bool ours, LogState::BeginsAs(*vouched.summary, *file, size));
    if (!ours) return Disown(segment, *vouched.summary, *file, is_active, size);
  }
  Restore(segment, *vouched.summary);
  if (size == vouched.position) return Status();
  if (vouched_.KnowsEndOf(segment.base_offset()))
    return CutTail(segment, *file, size, /*is_surplus=*/true);
  RETURN_IF_ERROR(state_.LoadIndex(segment));
  unchecked_from_ = std::min(unchecked_from_, segment.next_offset());
  return Check(segment, *file, is_active, vouched.position, size);
}

void SegmentRecovery::Restore(Segment& segment, const SegmentSummary& known) const {
  segment.Restore(known);
  std::vector<DamagedRange> damage;
  for (const auto& [base, range] : checkpoint_->damage) {
    if (base == segment.base_offset()) damage.push_back(range);
  }
  segment.RestoreDamage(std::move(damage));
}

// The content first: batches of another partition check out, too. Then batch by batch: it may hold
// damage that was known, and that the content includes.
Status SegmentRecovery::ReadVouched(Segment& segment, odradek::File& file,
                                    const SegmentSummary& known, int64_t size) {
  unchecked_from_ = std::min(unchecked_from_, segment.base_offset());
  Restore(segment, known);
  RETURN_IF_ERROR(state_.Recheck(segment));
  is_news_ |= !segment.damage().empty();
  if (!segment.damage().empty()) return Status();
  segment.Reset();
  return Check(segment, file, /*is_active=*/false, 0, size);
}

// None of its bytes are served.
Status SegmentRecovery::Disown(Segment& segment, const SegmentSummary& known,
                               const odradek::File& file, bool is_active, int64_t size) {
  is_news_ = true;
  state_.must_roll |= is_active;
  unchecked_from_ = std::min(unchecked_from_, segment.base_offset());
  return state_.DisownAll(segment, known, file, size);
}

// Reads and checks the batches in [from, to). Offsets have no gaps in the active segment, which was
// never compacted.
Status SegmentRecovery::Check(Segment& segment, odradek::File& file, bool is_active, int64_t from,
                              int64_t to) {
  const Vouched::Part vouched = vouched_.For(segment.base_offset());
  Status status;
  WalkVisitor visitor;
  visitor.on_batch = [&](const BatchView& batch, int64_t position) {
    segment.Add(batch);
    const bool is_written = choice_.reads_all || position < vouched.position;
    if (context_.is_power_safe() && !is_written && status.ok())
      status = file.WriteAt(position, batch.bytes());
  };
  visitor.on_damage = [&](const DamagedRange& range) {
    is_news_ = true;
    if (status.ok()) status = segment.AddDamage(file, range);
    state_.ReportDamage(segment, range,
                        range.from_position < vouched.position
                            ? "bytes below the durable point do not check out"
                            : "bytes before good batches do not check out");
  };
  WalkRequest request{.from = from,
                      .to = to,
                      .first_offset = segment.next_offset(),
                      .end_offset = to <= vouched.position ? vouched.next_offset : -1,
                      .contiguous = is_active,
                      .pass_over_before = vouched.position,
                      .torn_at_end_only = vouched_.is_same_run()};
  // One wrong bit must not take the offsets of all that follows.
  if (choice_.reads_all && segment.base_offset() < vouched_.segment()) {
    request.offset_limit = next_base_;
    if (vouched.summary == nullptr) request.end_offset = next_base_;
  }
  ASSIGN_OR_RETURN(const WalkResult walked, WalkBatches(file, request, visitor));
  RETURN_IF_ERROR(status);
  if (walked.end_position < to) RETURN_IF_ERROR(CutTail(segment, file, to, false));
  if (vouched.next_offset <= segment.next_offset()) return Status();
  const DamagedRange missing{segment.size_bytes(), segment.size_bytes(), segment.next_offset(),
                             vouched.next_offset};
  is_news_ = true;
  state_.must_roll |= is_active;  // offsets behind a gap go into another file
  state_.ReportDamage(segment, missing, "the file is shorter than what was written");
  return segment.AddDamage(file, missing);
}

// `is_surplus`: the log is known to end here, so nothing behind it was ever part of it.
Status SegmentRecovery::CutTail(Segment& segment, odradek::File& file, int64_t size,
                                bool is_surplus) {
  const int64_t from = segment.size_bytes();
  is_news_ = true;
  was_torn_ = !is_surplus;
  bool is_torn_batch = false;
  if (!is_surplus) {
    ASSIGN_OR_RETURN(is_torn_batch, IsTornBatch(file, from, size));
  }
  // The durable point that is known may lie behind the one that appends were acknowledged by. But
  // no sync follows a write that the end of the process has broken off.
  const bool was_power = checkpoint_ != nullptr ? checkpoint_->power : context_.is_power_safe();
  const bool may_count = was_power && !vouched_.is_same_run();
  if (is_torn_batch && !may_count) {
    LOG_INFO("{} ends at {} with a torn batch: {} bytes cut off, the log ends at offset {}",
             segment.PathOf(kLogSuffix), from, size - from, segment.next_offset());
    return file.Truncate(from);
  }
  DamageReport report;
  report.file = segment.PathOf(kLogSuffix);
  report.from_byte = from;
  report.to_byte = size;
  report.from_offset = segment.next_offset();
  report.reason = is_surplus ? "bytes behind the end of what was written"
                  : is_torn_batch
                      ? "a batch that a crash has broken off, or that was shortened since"
                      : "bytes behind the durable point do not check out";
  bool may_be_acked = !is_surplus;
  if (is_surplus) {  // the log goes on there if its checkpoint is of an earlier stop, put back
    ASSIGN_OR_RETURN(may_be_acked, GoesOn(file, from, size, segment.next_offset()));
  }
  report.acked_loss =
      may_be_acked ? DamageReport::AckedLoss::kUnknown : DamageReport::AckedLoss::kNo;
  if (!is_torn_batch) {
    ASSIGN_OR_RETURN(report.kept_aside, KeepAside(segment, file, size));
  }
  context_.Report(report);
  return file.Truncate(from);
}

Result<std::string> SegmentRecovery::KeepAside(const Segment& segment, const odradek::File& file,
                                               int64_t size) {
  const int64_t from = segment.size_bytes();
  std::string path = fmt::format("{}.{}{}", segment.PathOf(kLogSuffix), from, kCutSuffix);
  ASSIGN_OR_RETURN(const Ref<odradek::File> aside, context_.files().Open(path, OpenMode::kCreate));
  RETURN_IF_ERROR(aside->Truncate(0));
  std::string piece;
  for (int64_t at = from; at < size; at += kPieceSizeBytes) {
    piece.resize(static_cast<size_t>(std::min(kPieceSizeBytes, size - at)));
    ASSIGN_OR_RETURN(const size_t got, file.ReadAt(at, piece));
    RETURN_IF_ERROR(aside->WriteAt(at - from, std::string_view(piece).substr(0, got)));
  }
  RETURN_IF_ERROR(aside->Sync());
  return path;
}

// Segments that cannot be joined to the log are kept under another name.
void SegmentRecovery::SetAside(const std::vector<int64_t>& bases, size_t first,
                               const std::string& why) {
  is_news_ = true;
  for (size_t i = first; i < bases.size(); ++i) {
    DamageReport report;
    report.file = JoinPath(state_.directory, OffsetFileName(bases[i], kLogSuffix));
    report.from_offset = bases[i];
    report.reason = why;
    report.kept_aside = report.file + std::string(kCutSuffix);
    const Status status = context_.files().Rename(report.file, report.kept_aside);
    if (!status.ok()) LOG_WARN("{}", status.ToString());
    context_.Report(report);
  }
}

}  // namespace odradek::storage
