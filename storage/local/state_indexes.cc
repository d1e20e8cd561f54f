// Index files that are not what was written with their segment: they are made again of the segment
// when a lookup or the scrub finds it, so that the next start need not, and nobody takes them for
// damage.
#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/index_files.h"
#include "storage/local/log_state.h"

namespace odradek::storage {

Status LogState::LoadIndex(Segment& segment) {
  const uint32_t told_crc = segment.index_crc();
  const Result<bool> read_back = segment.LoadIndex(context.files());
  if (read_back.status().code() == StatusCode::kCorrupt) return FindDamage(segment);
  if (!read_back.ok()) return read_back.status();
  if (!loaded || *read_back) return Status();
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

// A crash in between leaves the old ones, which are found once more. Those that nothing is told of
// are none, or Kafka's: a crash came before they were written, or the log was imported.
void LogState::RewriteIndexes(Segment& segment, uint32_t told_crc) {
  if (!context.files().is_durable() || !failed.ok()) return;
  if (told_crc != 0) {
    LOG_WARN("{}: its index files were not what was written with it; they are made again",
             segment.PathOf(kLogSuffix));
  }
  WriteIndexFiles(segment);
  if (segment.index_crc() != told_crc) WriteCheckpoint();
}

}  // namespace odradek::storage
