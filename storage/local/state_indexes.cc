// Index files that are not what was written with their segment: they are made again of the segment
// when a lookup or the scrub finds it, so that the next start need not, and nobody takes them for
// damage.
#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/index_files.h"
#include "storage/local/log_state.h"

namespace odradek::storage {

Status LogState::LoadIndex(Segment& segment) {
  if (segment.has_index()) return Status();
  const uint32_t told_crc = segment.index_crc();
  const Status status = segment.LoadIndex(context.files());
  if (status.code() == StatusCode::kCorrupt) return FindDamage(segment);
  RETURN_IF_ERROR(status);
  const bool is_read_back = segment.index_crc() != 0;
  if (!loaded || is_read_back) return Status();
  // Of the active segment they may be older than it is: they are written when it is sealed, or the
  // log closed.
  if (&segment != &active() || told_crc != 0) RewriteIndexes(segment, told_crc);
  return Status();
}

Status LogState::MendIndexes(Segment& segment) {
  if (!context.files().is_durable()) return Status();
  const bool is_active = &segment == &active();
  if (is_active && segment.index_crc() == 0) return Status();
  RETURN_IF_ERROR(LoadIndex(segment));
  SegmentSummary told = Summarize(segment);
  if (is_active) told.txn_index_crc = 0;
  size_t read = 0;
  if (AreIndexesSound(context.files(), directory, told, &read)) return Status();
  if (!segment.knows_blocks()) RETURN_IF_ERROR(segment.Rebuild());
  RewriteIndexes(segment, static_cast<uint32_t>(told.index_crc));
  return Status();
}

// A crash in between leaves the old ones, which are found once more.
void LogState::RewriteIndexes(Segment& segment, uint32_t told_crc) {
  if (!context.files().is_durable()) return;
  LOG_WARN("{}: its index files were not what was written with it; they are made again",
           segment.PathOf(kLogSuffix));
  WriteIndexFiles(segment);
  if (segment.index_crc() != told_crc) WriteCheckpoint();
}

}  // namespace odradek::storage
