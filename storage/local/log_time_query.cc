// Offsets by time: the sparse index finds the batch, its records give the exact answer.
#include <algorithm>

#include "protocol/records/record.h"
#include "storage/local/local_log.h"

namespace odradek::storage {
namespace {

using records::BatchView;

int64_t TimestampOf(const BatchView& batch, const records::RecordSummary& record) {
  if (batch.is_log_append_time()) return batch.max_timestamp();
  return static_cast<int64_t>(static_cast<uint64_t>(batch.base_timestamp()) +
                              static_cast<uint64_t>(record.timestamp_delta));
}

}  // namespace

// The first record of the batch at `at` with a timestamp >= `ts` and an offset >= `from_offset`.
Result<TimestampOffset> LocalLog::FindInBatch(Segment& segment, const Boundary& at, Millis ts,
                                              int64_t from_offset) {
  Result<Ref<odradek::File>> file = segment.Open(OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  std::string bytes(static_cast<size_t>(at.size), '\0');
  const Result<size_t> read = (*file)->ReadAt(at.position, bytes);
  if (!read.ok()) return read.status();
  const BatchView batch(bytes.data());
  if (*read != bytes.size() || !batch.IsIntact() || batch.codec_number() >= records::kCodecCount) {
    return Corrupt("a batch cannot be read back");
  }
  const DecompressorPool::Lease decompressor = context_.decompressors.Borrow();
  (*decompressor).Start(batch.codec(), batch.records());
  records::RecordScanner scanner(*decompressor);
  records::RecordSummary record;
  for (int32_t i = 0; i < batch.count(); ++i) {
    if (!scanner.Next(&record)) return Corrupt(std::string(scanner.error()));
    const int64_t offset = batch.base_offset() + record.offset_delta;
    const int64_t timestamp = TimestampOf(batch, record);
    if (timestamp >= ts && offset >= from_offset)
      return TimestampOffset{offset, timestamp, batch.leader_epoch()};
  }
  return TimestampOffset{};
}

// The first record at or behind the log's start and below `limit` with a timestamp >= `ts`.
Result<TimestampOffset> LocalLog::FindInSegment(Segment& segment, Millis ts, int64_t limit) {
  RETURN_IF_ERROR(state_->LoadIndex(segment));
  int64_t from = std::max(state_->start, segment.base_offset());
  while (from < std::min(limit, segment.next_offset())) {
    const Result<Boundary> at = segment.FindTimestamp(ts, from);
    if (!at.ok()) return at.status();
    if (at->size == 0 || at->offset >= limit) break;
    const Result<TimestampOffset> found = FindInBatch(segment, *at, ts, from);
    if (!found.ok()) return found.status();
    if (found->offset >= limit) break;
    if (found->offset >= 0) return found;
    // Its newest records lie before the start, or its header promised too much.
    const Result<Boundary> next = segment.FindBoundaryBefore(at->position + at->size, *at);
    if (!next.ok()) return next.status();
    from = next->offset;
  }
  return TimestampOffset{};
}

Result<TimestampOffset> LocalLog::FindByTime(Millis ts, int64_t limit) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(Load());
  for (const auto& segment : state_->segments) {
    if (segment->base_offset() >= limit) break;
    if (segment->max_timestamp_ms() < ts || segment->next_offset() <= state_->start) continue;
    const Result<TimestampOffset> found = FindInSegment(*segment, ts, limit);
    if (!found.ok() || found->offset >= 0) return found;
  }
  return TimestampOffset{};
}

// The largest timestamp of the segment's batches that begin below `limit` and end at or behind the
// log's start.
Result<Millis> LocalLog::LargestTimestampBelow(Segment& segment, int64_t limit) {
  if (segment.next_offset() <= limit && segment.base_offset() >= state_->start)
    return segment.max_timestamp_ms();
  Result<Ref<odradek::File>> file = segment.Open(OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  Millis largest = records::kNoTimestamp;
  HeaderScan scan(**file, 0, segment.size_bytes(), segment.damage());
  while (scan.Next() && scan.batch().base_offset() < limit) {
    if (scan.batch().last_offset() >= state_->start && scan.batch().count() > 0)
      largest = std::max(largest, scan.batch().max_timestamp());
  }
  if (!scan.status().ok()) return scan.status();
  return largest;
}

Result<TimestampOffset> LocalLog::FindMaxTimestamp(int64_t limit) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(Load());
  Segment* newest = nullptr;
  Millis largest = records::kNoTimestamp;
  for (const auto& segment : state_->segments) {
    if (segment->base_offset() >= limit) break;
    if (segment->next_offset() <= state_->start || segment->size_bytes() == 0) continue;
    const Result<Millis> candidate = LargestTimestampBelow(*segment, limit);
    if (!candidate.ok()) return candidate.status();
    if (newest != nullptr && *candidate <= largest) continue;
    largest = *candidate;
    newest = segment.get();
  }
  if (newest == nullptr) return TimestampOffset{};
  return FindInSegment(*newest, largest, limit);
}

}  // namespace odradek::storage
