// Finding damage in segments that were taken on trust: at the first read of their blocks, and when
// their headers do not agree with what was written.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "storage/local/batch_walk.h"
#include "storage/local/content_crc.h"
#include "storage/local/log_state.h"

namespace odradek::storage {
namespace {

// A segment whose blocks are not known is checked as a whole at its first read if it is no larger.
constexpr int64_t kCheckWholeSizeBytesMax = 16 << 20;

struct BlockRange {
  int64_t from = 0;
  int64_t to = 0;
  uint32_t crc_before = 0;
  uint32_t crc_behind = 0;
};

// The block that holds `position`. Requires: position < segment.trusted_bytes().
BlockRange BlockAt(const Segment& segment, const std::vector<SegmentFooter::Block>& blocks,
                   int64_t position) {
  CHECK_LT(position, segment.trusted_bytes());
  const auto next = std::partition_point(blocks.begin(), blocks.end(), [&](const auto& block) {
    return int64_t{block.position} <= position;
  });
  BlockRange range{0, segment.trusted_bytes(), segment.content_seed(), segment.trusted_crc()};
  if (next != blocks.begin()) {
    range.from = std::prev(next)->position;
    range.crc_before = std::prev(next)->content_crc;
  }
  if (next != blocks.end()) {
    range.to = next->position;
    range.crc_behind = next->content_crc;
  }
  return range;
}

Result<bool> IsSound(const odradek::File& file, const BlockRange& block, std::string* piece) {
  const Result<uint32_t> crc = ContentCrc(file, block.from, block.to, block.crc_before, piece);
  if (!crc.ok() && crc.status().code() != StatusCode::kCorrupt) return crc.status();
  return crc.ok() && *crc == block.crc_behind;
}

// Without gaps, batches must join, and each tells where the next begins. Compaction leaves gaps.
bool IsDense(const SegmentSummary& known) {
  return known.record_count == known.next_offset - known.base_offset;
}

}  // namespace

Status LogState::Verify(Segment& segment, int64_t from, int64_t to) {
  to = std::min(to, segment.trusted_bytes());
  if (segment.IsVerified(from, to)) return Status();
  const auto& blocks = segment.LoadBlocks(context.files());
  if (blocks.empty() && segment.trusted_bytes() > kCheckWholeSizeBytesMax) return Status();
  return CompareBlocks(segment, blocks, from, to);
}

Status LogState::Recheck(Segment& segment) {
  segment.TrustAllAgain();
  return CompareBlocks(segment, segment.LoadBlocks(context.files()), 0, segment.size_bytes());
}

Status LogState::CompareBlocks(Segment& segment, const std::vector<SegmentFooter::Block>& blocks,
                               int64_t from, int64_t to) {
  ASSIGN_OR_RETURN(const Ref<odradek::File> file, segment.Open(OpenMode::kReadWrite));
  std::string piece;
  for (int64_t at = from; at < to;) {
    const BlockRange block = BlockAt(segment, blocks, at);
    if (!segment.IsVerified(block.from, block.to)) {
      ASSIGN_OR_RETURN(const bool sound, IsSound(*file, block, &piece));
      if (!sound) return FindDamage(segment);
      segment.NoteVerified(block.from, block.to);
    }
    at = block.to;
  }
  return Status();
}

Status LogState::FindDamage(Segment& segment) {
  const SegmentSummary known = segment.Summarize();
  const std::vector<DamagedRange> told = segment.damage();
  const std::vector<SegmentFooter::Block> blocks = segment.LoadBlocks(context.files());
  ASSIGN_OR_RETURN(const Ref<odradek::File> file, segment.Open(OpenMode::kReadWrite));
  ASSIGN_OR_RETURN(const int64_t file_size, file->Size());
  const int64_t size = std::min(known.size_bytes, file_size);  // it may be shorter now
  ASSIGN_OR_RETURN(const bool ours, IsOurs(segment, known, *file, size));
  if (!ours) return DisownAll(segment, known, *file, size);
  segment.Reset();
  Result<FoundBatches> found = ReadAnew(segment, known, *file, size);
  if (!found.ok()) {
    segment.Restore(known);
    segment.RestoreDamage(told);
    return found.status();
  }
  const bool differs = segment.content_crc() != static_cast<uint32_t>(known.content_crc);
  if (differs && (!found->has_damage || !IsDense(known))) {
    // Batches are sound by their own checksums: what those do not cover is wrong.
    const bool epochs_tell = !found->wrong_epoch.empty() && IsDense(known);
    for (const DamagedRange& range : epochs_tell
                                         ? found->wrong_epoch
                                         : BadBlocks(*file, segment, known, blocks, found->offsets))
      segment.MarkDamage(range);
  }
  segment.NoteVerified(0, segment.size_bytes());
  for (const DamagedRange& range : segment.damage()) {
    if (std::find(told.begin(), told.end(), range) == told.end())
      ReportDamage(segment, range, "bytes that were written are not what was written");
  }
  if (!loaded) return Status();  // recovery writes them
  WriteIndexFiles(segment);
  return WriteCheckpointNow();
}

// Takes in the batches of the file, and as damage what is between them and what is missing.
Result<LogState::FoundBatches> LogState::ReadAnew(Segment& segment, const SegmentSummary& known,
                                                  const odradek::File& file, int64_t size) const {
  FoundBatches found;
  Status added;
  WalkVisitor visitor;
  visitor.on_batch = [&](const records::BatchView& batch, int64_t position) {
    segment.Add(batch);
    found.offsets.emplace_back(position, batch.base_offset());
    if (const int32_t epoch = epochs.EpochAt(batch.base_offset());
        epoch >= 0 && epoch != batch.leader_epoch())
      found.wrong_epoch.push_back(
          {position, position + batch.size(), batch.base_offset(), batch.last_offset() + 1});
  };
  visitor.on_damage = [&](const DamagedRange& range) {
    if (added.ok()) added = segment.AddDamage(file, range);
  };
  ASSIGN_OR_RETURN(const WalkResult walked, WalkBatches(file,
                                                        {.to = size,
                                                         .first_offset = known.base_offset,
                                                         .offset_limit = known.next_offset,
                                                         .end_offset = known.next_offset,
                                                         .contiguous = IsDense(known)},
                                                        visitor));
  RETURN_IF_ERROR(added);
  found.has_damage = !walked.damage.empty();
  if (walked.end_offset < known.next_offset) {
    RETURN_IF_ERROR(segment.AddDamage(
        file, {segment.size_bytes(), segment.size_bytes(), walked.end_offset, known.next_offset}));
    found.has_damage = true;
  }
  return found;
}

Result<bool> LogState::IsOurs(const Segment& segment, const SegmentSummary& known,
                              const odradek::File& file, int64_t size) const {
  const Result<std::string> content = context.files().ReadAll(segment.PathOf(kFooterSuffix));
  const std::optional<SegmentFooter> footer =
      content.ok() ? SegmentFooter::Decode(*content) : std::nullopt;
  const auto whole_crc = static_cast<uint32_t>(known.content_crc);
  std::vector<SegmentFooter::Block> ends;
  if (footer.has_value() && footer->IsOf(known.base_offset, known.size_bytes, whole_crc))
    ends = footer->blocks;
  ends.push_back({static_cast<uint32_t>(known.size_bytes), whole_crc});
  SegmentFooter::Block begin{0, segment.content_seed()};
  std::string piece;
  int unsound = 0;
  for (const SegmentFooter::Block& end : ends) {
    if (end.position > size) break;
    ASSIGN_OR_RETURN(
        const bool sound,
        IsSound(file, {begin.position, end.position, begin.content_crc, end.content_crc}, &piece));
    if (sound) return true;
    ++unsound;
    begin = end;
  }
  // One wrong bit spoils one block.
  if (unsound > (size < known.size_bytes ? 0 : 1)) return false;
  return BeginsAs(known, file, size);
}

// A first batch that is sound has to be the known one: partitions may fill at the same times.
Result<bool> LogState::BeginsAs(const SegmentSummary& known, const odradek::File& file,
                                int64_t size) {
  if (known.first_crc < 0) return true;  // it was empty, or damaged there
  std::string piece(records::kHeaderSizeBytes, '\0');
  ASSIGN_OR_RETURN(const size_t header, file.ReadAt(0, piece));
  const records::BatchView claim(piece.data());
  if (header != piece.size() || !IsSoundHeader(claim)) return true;
  if (claim.crc() == known.first_crc || claim.size() > size) return true;
  piece.resize(static_cast<size_t>(claim.size()));
  ASSIGN_OR_RETURN(const size_t got, file.ReadAt(0, piece));
  return got != piece.size() || !records::BatchView(piece.data()).IsIntact();
}

Status LogState::DisownAll(Segment& segment, const SegmentSummary& known, const odradek::File& file,
                           int64_t size) {
  const DamagedRange all{0, size, known.base_offset, known.next_offset};
  const std::vector<DamagedRange> told = segment.damage();
  segment.Reset();
  if (Status added = segment.AddDamage(file, all); !added.ok()) {
    segment.Restore(known);
    segment.RestoreDamage(told);
    return added;
  }
  segment.NoteVerified(0, size);
  ReportDamage(segment, all, "the file is not the one that was written");
  if (!loaded) return Status();
  WriteIndexFiles(segment);
  return WriteCheckpointNow();
}

// The blocks that are not what was written, as damage; all of the segment if they are not known.
std::vector<DamagedRange> LogState::BadBlocks(
    const odradek::File& file, const Segment& segment, const SegmentSummary& known,
    const std::vector<SegmentFooter::Block>& blocks,
    const std::vector<std::pair<int64_t, int64_t>>& offsets) const {
  const auto offset_at = [&](int64_t position) {
    const auto at =
        std::lower_bound(offsets.begin(), offsets.end(), std::pair(position, int64_t{0}));
    return at == offsets.end() ? known.next_offset : at->second;
  };
  std::vector<DamagedRange> bad;
  std::string piece;
  // It may be shorter now; what lies behind the trusted bytes was written here.
  const int64_t end = std::min({known.size_bytes, segment.size_bytes(), segment.trusted_bytes()});
  for (int64_t at = 0; at < end;) {
    BlockRange block = BlockAt(segment, blocks, at);
    block.to = std::min(block.to, end);
    const Result<bool> sound = IsSound(file, block, &piece);
    if (!sound.ok() || !*sound)
      bad.push_back({block.from, block.to, offset_at(block.from), offset_at(block.to)});
    at = block.to;
  }
  return bad;
}

void LogState::ReportDamage(const Segment& segment, const DamagedRange& range,
                            std::string reason) const {
  DamageReport report;
  report.file = segment.PathOf(kLogSuffix);
  report.from_byte = range.from_position;
  report.to_byte = range.to_position;
  report.from_offset = range.from_offset;
  report.to_offset = range.to_offset;
  report.reason = std::move(reason);
  report.effect = "retries of batches in the range may be taken in again";
  report.acked_loss = DamageReport::AckedLoss::kYes;
  context.Report(report);
}

}  // namespace odradek::storage
