#include "storage/local/log_state.h"

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/log.h"
#include "storage/local/content_crc.h"
#include "storage/local/file_names.h"
#include "storage/local/partition_metadata.h"

namespace odradek::storage {
namespace {

// Blocks are reserved ahead in growing steps, so that small partitions reserve nothing; nor do
// small flushes, since to write into reserved blocks one by one may cost a sync some ms more.
constexpr int64_t kReserveFromSizeBytes = 256 << 10;
constexpr int64_t kReserveForFlushBytes = 64 << 10;
constexpr int64_t kSmallReserveSizeBytes = 4 << 20;
constexpr int64_t kLargeReserveSizeBytes = 16 << 20;
// So many times as much must be free: else the rest of many partitions' blocks fills a device.
constexpr int64_t kFreePerReserve = 64;

SegmentSummary WithTxnIndex(SegmentSummary summary, const AbortedIndex& aborted) {
  summary.txn_index_crc = Crc32c(aborted.Encode(summary.base_offset, summary.next_offset));
  return summary;
}

}  // namespace

LogOffsets LogState::offsets() const {
  LogOffsets offsets;
  offsets.load = load;
  offsets.start = start;
  offsets.end = end();
  offsets.durable_end = context.is_power_safe() && has_files() ? synced.next_offset : offsets.end;
  const int64_t open = producers.first_open_offset();
  offsets.stable = open < 0 ? offsets.durable_end : std::clamp(open, start, offsets.durable_end);
  return offsets;
}

size_t LogState::IndexOf(int64_t offset) const {
  const auto above = std::upper_bound(segments.begin(), segments.end(), offset,
                                      [](int64_t at, const std::unique_ptr<Segment>& segment) {
                                        return at < segment->base_offset();
                                      });
  return above == segments.begin() ? 0 : static_cast<size_t>(above - segments.begin() - 1);
}

int64_t LogState::SizeBytes() const {
  int64_t size = 0;
  for (const auto& segment : segments) size += segment->size_bytes();
  return size;
}

std::unique_ptr<Segment> LogState::MakeSegment(int64_t base_offset) const {
  return std::make_unique<Segment>(context.open_files, directory, owner_crc(), base_offset,
                                   context.options.index_interval_bytes);
}

uint32_t LogState::owner_crc() const { return OwnerCrc(topic_id, BaseName(directory)); }

Status LogState::WritePartitionMetadata() {
  return WriteNewFile(kPartitionMetadataName, EncodePartitionMetadata(topic_id));
}

Status LogState::WriteNewFile(std::string_view name, std::string_view content) {
  const std::string path = JoinPath(directory, name);
  // Half of one is as good as none.
  return context.files().Exists(path)
             ? context.ReplaceFile(path, content)
             : context.files().WriteWhole(path, content, Files::Durably::kNo);
}

Status LogState::MakeFiles(Millis now_ms) {
  RETURN_IF_ERROR(context.files().MakeDirs(directory));
  if (context.files().is_durable()) RETURN_IF_ERROR(WritePartitionMetadata());
  RETURN_IF_ERROR(Roll(now_ms));
  // From the first flush on it is known how far the device can be relied on.
  if (context.is_power_safe())
    RETURN_IF_ERROR(WriteNewFile(kCheckpointName, MakeCheckpoint().Encode()));
  return Status();
}

Status LogState::Roll(Millis now_ms) {
  // Without a checkpoint a gap between segments would count as one that compaction left.
  if (has_files() && context.is_power_safe() && names_synced == 0)
    RETURN_IF_ERROR(WriteCheckpointNow());
  const int64_t base = end();
  std::unique_ptr<Segment> segment = MakeSegment(base);
  Result<Ref<odradek::File>> file = segment->Open(OpenMode::kCreate);
  if (!file.ok()) return file.status();
  RETURN_IF_ERROR((*file)->Truncate(0));
  if (has_files()) SealActive();
  if (!has_files()) synced = segment->Summarize();
  segments.push_back(std::move(segment));
  active_since_ms = now_ms;
  active_since_monotonic_ms = context.env.clock->MonotonicMs();
  if (preallocated_bytes > 0 && (*file)->Reserve(0, preallocated_bytes).ok())
    reserved_bytes_ = preallocated_bytes;
  must_roll = false;
  ++names_version;
  // To make a file takes a device longer than all else here: no sidecar tells of nothing.
  if (segments.size() > 1 || producers.size() > 0) WriteSnapshot();
  WriteCheckpoint();
  return Status();
}

// Its footer needs the checksums of its blocks, which an index that was read back may not have.
void LogState::SealActive() {
  if (reserved_bytes_ > active().size_bytes()) EndReserve();
  if (!context.files().is_durable()) return;
  Status status = LoadIndex(active());
  if (status.ok() && !active().knows_blocks()) status = active().Rebuild();
  if (!status.ok())
    LOG_WARN("{} gets no index and no footer: {}", active().PathOf(kLogSuffix), status.ToString());
  WriteIndexFiles(active());
}

void LogState::ReserveFor(odradek::File& file, int64_t size) {
  if (size <= reserved_bytes_ || size < kReserveFromSizeBytes) return;
  const bool is_begun = synced.base_offset == active().base_offset();
  if (size - (is_begun ? synced.size_bytes : 0) < kReserveForFlushBytes) return;
  const int64_t step =
      size < kSmallReserveSizeBytes ? kSmallReserveSizeBytes : kLargeReserveSizeBytes;
  reserved_bytes_ = (size / step + 1) * step;
  const int64_t ahead = reserved_bytes_ - active().size_bytes();
  if (context.files().FreeBytes() / kFreePerReserve >= ahead)
    (void)file.Reserve(active().size_bytes(), ahead);
}

void LogState::EndReserve() {
  reserved_bytes_ = 0;
  const Result<Ref<odradek::File>> file = active().Open(OpenMode::kReadWrite);
  if (!file.ok()) return;
  const Result<int64_t> size = (*file)->Size();
  if (size.ok() && *size == active().size_bytes()) (void)(*file)->Truncate(*size);
}

Status LogState::Write(std::string_view bytes) {
  Result<Ref<odradek::File>> file = active().Open(OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  const int64_t size = active().size_bytes();
  ReserveFor(**file, size + static_cast<int64_t>(bytes.size()));
  const Status status = (*file)->WriteAt(size, bytes);
  if (status.ok()) return status;
  const Status cut = (*file)->Truncate(size);
  reserved_bytes_ = 0;
  if (!cut.ok() || status.code() == StatusCode::kFatal) {
    failed = cut.ok() ? status : cut;
    LOG_ERROR("log {} takes no more appends: {}", directory, failed.ToString());
  }
  return status;
}

void LogState::Add(const records::BatchView& batch) {
  active().Add(batch);
  if (epochs.Assign(batch.leader_epoch(), batch.base_offset())) WriteEpochs();
  if (!batch.has_producer_id()) return;
  if (const std::optional<AbortedEntry> entry = producers.Apply(batch)) aborted.Add(*entry);
}

void LogState::RemoveFiles(const Segment& segment, Millis delay_ms) {
  const auto tell = [](const std::string& path, const Status& status) {
    if (!status.ok() && status.code() != StatusCode::kNotFound)
      LOG_WARN("could not remove {}: {}", path, status.ToString());
  };
  const auto remove = [&](std::string_view suffix) {
    const std::string path = segment.PathOf(suffix);
    tell(path, context.files().Remove(path));
  };
  const std::string log = segment.PathOf(kLogSuffix);
  tell(log, context.removals->RemoveFile(
                log, NameOfDeleted(topic_id, BaseName(directory), BaseName(log)),
                context.RemovalDelayMs(delay_ms)));
  for (const std::string_view suffix : kSidecarSuffixes) remove(suffix);
  remove(kSnapshotSuffix);
}

void LogState::DropSegments(size_t count, Millis delay_ms) {
  for (size_t i = 0; i < count; ++i) {
    segments[i]->CloseFile();
    RemoveFiles(*segments[i], delay_ms);
  }
  segments.erase(segments.begin(), segments.begin() + static_cast<ptrdiff_t>(count));
  if (synced.base_offset < segments.front()->base_offset())
    synced = MakeSegment(segments.front()->base_offset())->Summarize();
}

bool LogState::HasSources(const CleanedSegment& cleaned) const {
  const size_t first = IndexOf(cleaned.range.base);
  if (first + cleaned.replaced.size() >= segments.size()) return false;  // the active one is none
  for (size_t i = 0; i < cleaned.replaced.size(); ++i) {
    const CleanerSource& source = cleaned.replaced[i];
    if (segments[first + i]->base_offset() != source.base_offset ||
        segments[first + i]->size_bytes() != source.size_bytes ||
        segments[first + i + 1]->base_offset() != source.next_base_offset) {
      return false;
    }
  }
  return true;
}

Status LogState::Replace(CleanedSegment& cleaned) {
  CHECK(HasSources(cleaned));
  replacing = cleaned.range;
  swapped_to = std::max(swapped_to, cleaned.range.end);
  Status status = WriteCheckpointNow();
  if (status.ok()) status = CommitSwap(context.files(), directory, cleaned);
  if (status.code() == StatusCode::kUnknown) return status;
  if (!status.ok()) {
    replacing.reset();
    WriteCheckpoint();
    return status;
  }
  std::vector<int64_t> bases;
  for (const CleanerSource& source : cleaned.replaced) bases.push_back(source.base_offset);
  status = EndSwap(context.files(), directory, cleaned.range, bases);
  if (!status.ok()) return Unknown(status.ToString());
  const auto first = segments.begin() + static_cast<ptrdiff_t>(IndexOf(cleaned.range.base));
  *first = std::move(cleaned.segment);
  segments.erase(first + 1, first + static_cast<ptrdiff_t>(cleaned.replaced.size()));
  aborted.Remove(cleaned.vanished_aborts);
  replacing.reset();
  if (cleaned.range.Contains(synced.base_offset))
    synced = MakeSegment(cleaned.range.end)->Summarize();
  WriteIndexFiles(*segments[IndexOf(cleaned.range.base)]);
  WriteCheckpoint();
  return Status();
}

void LogState::AdvanceStart(int64_t new_start) {
  if (new_start <= start) return;
  start = new_start;
  epochs.TrimPrefix(start);
  const size_t aborted_before = aborted.entries().size();
  aborted.TrimPrefix(start);
  WriteEpochs();
  if (aborted.entries().size() == aborted_before || !has_files()) return;
  // Else the next start would find the index changed, and look for transactions in the log.
  WriteTxnIndex(*segments[IndexOf(start)]);
}

Status LogState::RaiseStart(int64_t new_start) {
  const int64_t start_before = start;
  const LeaderEpochs epochs_before = epochs;
  const AbortedIndex aborted_before = aborted;
  start = std::max(start, new_start);
  epochs.TrimPrefix(start);
  aborted.TrimPrefix(start);
  // What frees a full device begins here.
  const Status status = context.reserve.Serve([&] { return WriteCheckpointNow(); });
  start = start_before;
  epochs = epochs_before;
  aborted = aborted_before;
  if (status.ok()) AdvanceStart(new_start);
  return status;
}

void LogState::WriteTxnIndex(const Segment& segment) {
  if (!context.files().is_durable()) return;
  const std::string txn = aborted.Encode(segment.base_offset(), segment.next_offset());
  if (!txn.empty()) context.WriteSidecar(segment.PathOf(kTxnIndexSuffix), txn);
}

void LogState::WriteIndexFiles(Segment& segment) {
  if (!context.files().is_durable()) return;
  WriteTxnIndex(segment);
  if (!segment.has_index()) return;
  const std::string offsets = segment.EncodeOffsetIndex();
  const std::string times = segment.EncodeTimeIndex();
  const bool written = context.WriteSidecar(segment.PathOf(kOffsetIndexSuffix), offsets) &&
                       context.WriteSidecar(segment.PathOf(kTimeIndexSuffix), times);
  if (segment.knows_blocks()) {
    context.WriteSidecar(segment.PathOf(kFooterSuffix), segment.MakeFooter().Encode());
  }
  segment.OnIndexFilesWritten(written ? Crc32c(times, Crc32c(offsets)) : 0);
}

void LogState::WriteSnapshot() {
  if (!context.files().is_durable()) return;
  context.WriteSidecar(JoinPath(directory, OffsetFileName(end(), kSnapshotSuffix)),
                       producers.EncodeSnapshot(OwnerCrcAt(owner_crc(), end())));
}

void LogState::WriteEpochs() {
  if (context.files().is_durable())
    context.WriteSidecar(JoinPath(directory, kLeaderEpochsName), epochs.Encode());
}

SegmentSummary LogState::Summarize(const Segment& segment) const {
  return WithTxnIndex(segment.Summarize(), aborted);
}

LogCheckpoint LogState::MakeCheckpoint() const {
  LogCheckpoint checkpoint;
  checkpoint.topic_id = topic_id;
  checkpoint.partition = BaseName(directory);
  checkpoint.power = context.is_power_safe();
  checkpoint.start_offset = start;
  checkpoint.synced_segment = synced.base_offset;
  checkpoint.synced_position = synced.size_bytes;
  checkpoint.cleaned_to = cleaned_to;
  checkpoint.swapped_to = swapped_to;
  checkpoint.boot_id = context.options.boot_id;
  for (const auto& segment : segments) {
    if (replacing.has_value() && replacing->Contains(segment->base_offset())) continue;
    // Behind the durable point nothing is vouched for that a power cut could take.
    if (context.is_power_safe() && segment->base_offset() > synced.base_offset) break;
    const bool holds_point =
        context.is_power_safe() && segment->base_offset() == synced.base_offset;
    checkpoint.segments.push_back(
        WithTxnIndex(holds_point ? synced : segment->Summarize(), aborted));
  }
  const int64_t known_to =
      checkpoint.segments.empty() ? start : checkpoint.segments.back().next_offset;
  for (const LeaderEpochs::Entry& entry : epochs.entries()) {
    if (entry.start_offset < known_to) checkpoint.epochs.push_back(entry);
  }
  for (const auto& segment : segments) {
    for (const DamagedRange& range : segment->damage())
      checkpoint.damage.emplace_back(segment->base_offset(), range);
  }
  return checkpoint;
}

void LogState::WriteCheckpoint() {
  if (!context.files().is_durable() || !has_files()) return;
  ++checkpoint_version;
  if (context.is_power_safe()) return;
  if (!context.WriteSidecar(JoinPath(directory, kCheckpointName), MakeCheckpoint().Encode()))
    return;
  checkpoint_saved = checkpoint_version;
  clean_on_device = false;
}

Status LogState::WriteCheckpointNow() {
  if (!context.files().is_durable() || !has_files()) return Status();
  const int64_t version = ++checkpoint_version;
  const std::string path = JoinPath(directory, kCheckpointName);
  const std::string content = MakeCheckpoint().Encode();
  RETURN_IF_ERROR(context.is_power_safe() ? context.files().WriteAtomically(path, content)
                                          : context.ReplaceFile(path, content));
  checkpoint_saved = version;
  bytes_since_checkpoint = 0;
  clean_on_device = false;
  return Status();
}

Result<CloseWork> LogState::BeginClose() {
  CloseWork work;
  if (!context.files().is_durable() || !has_files() || !failed.ok()) return work;
  if (clean_on_device && checkpoint_saved == checkpoint_version) return work;  // as it was found
  if (reserved_bytes_ > active().size_bytes()) EndReserve();
  ASSIGN_OR_RETURN(FlushPlan plan, PlanFlush());
  RETURN_IF_ERROR(plan.SyncFiles());
  TakeIn(plan);
  for (const auto& segment : segments) segment->CloseFile();
  // Files that would hold nothing are most of what a stop of many small logs costs.
  if (active().index().empty())
    WriteTxnIndex(active());
  else
    WriteIndexFiles(active());
  WriteSnapshot();
  WriteEpochs();
  synced = active().Summarize();  // with the checksum of its index
  LogCheckpoint checkpoint = MakeCheckpoint();
  checkpoint.clean = true;
  RETURN_IF_ERROR(
      context.files().WriteWhole(CloseMarkPath(), checkpoint.Encode(), Files::Durably::kYes));
  work.has_mark = true;
  work.directories = std::move(plan.directories);
  return work;
}

Status LogState::EndClose() {
  return context.files().Rename(CloseMarkPath(), JoinPath(directory, kCheckpointName));
}

std::string LogState::CloseMarkPath() const {
  return JoinPath(directory, kCheckpointName) + std::string(kTemporarySuffix);
}

}  // namespace odradek::storage
