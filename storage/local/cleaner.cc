#include "storage/local/cleaner.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "protocol/records/compression.h"
#include "storage/local/file_names.h"

namespace odradek::storage {
namespace {

using records::BatchView;

// The map needs a place for every dirty record at most, and compaction of small logs little memory.
size_t MapSize(const CleanerJob& job) {
  if (job.sources.empty()) return 0;
  const auto offsets = static_cast<double>(
      std::max<int64_t>(job.sources.back().next_base_offset - job.dirty_from, 1));
  const double entries = offsets / std::clamp(job.limits.map_load_factor, 0.01, 1.0) + 2;
  const double bytes = entries * OffsetMap::kEntrySizeBytes;
  return static_cast<size_t>(std::min(bytes, static_cast<double>(job.limits.map_size_bytes)));
}

}  // namespace

Cleaner::Cleaner(StoreContext& context, CleanerJob job, MakeSegment make_segment)
    : context_(context),
      job_(std::move(job)),
      make_segment_(std::move(make_segment)),
      map_({context.env.random->Next(), context.env.random->Next()}, MapSize(job_),
           job_.limits.map_load_factor),
      mapped_end_(job_.dirty_from),
      mapped_transactions_(job_.facts.aborted) {
  while (at_ < job_.sources.size() && source().next_base_offset <= job_.dirty_from) ++at_;
}

Cleaner::~Cleaner() = default;

Status Cleaner::Run() {
  CHECK(phase_ == Phase::kMapping || phase_ == Phase::kCleaning);
  if (phase_ == Phase::kMapping) return MapChunk();
  return CleanChunk();
}

Status Cleaner::OpenSource() {
  if (reading_.file) return Status();
  const std::string path =
      JoinPath(job_.directory, OffsetFileName(source().base_offset, kLogSuffix));
  ASSIGN_OR_RETURN(reading_.file, context_.files().Open(path, OpenMode::kRead));
  reading_.position = 0;
  reading_.next_offset = source().base_offset;
  return Status();
}

Status Cleaner::CheckBatch(const BatchView& batch) {
  if (!IsSoundHeader(batch) || !batch.IsIntact() || batch.base_offset() < reading_.next_offset ||
      batch.last_offset() >= source().next_base_offset) {
    return Corrupt("no sound batch at " + std::to_string(reading_.position) + " of " +
                   OffsetFileName(source().base_offset, kLogSuffix));
  }
  reading_.next_offset = batch.last_offset() + 1;
  reading_.position += batch.size();
  return Status();
}

// Whole batches from the position on: as many as one buffer holds, but one at least.
Result<std::string_view> Cleaner::ReadBatches() {
  const int64_t left = source().size_bytes - reading_.position;
  size_t wanted = std::max(job_.limits.buffer_size_bytes, records::kHeaderSizeBytes);
  for (;;) {
    buffer_.resize(static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(wanted), left)));
    ASSIGN_OR_RETURN(const size_t read, reading_.file->ReadAt(reading_.position, buffer_));
    io_size_bytes_ += read;
    std::string_view rest = std::string_view(buffer_).substr(0, read);
    size_t whole = 0;
    while (rest.size() >= records::kHeaderSizeBytes) {
      const int64_t size = BatchView(rest.data()).size();
      if (size < static_cast<int64_t>(records::kHeaderSizeBytes) ||
          size > left - static_cast<int64_t>(whole)) {
        if (whole > 0) break;  // met again at the front of the next read
        return Corrupt("no sound batch at " + std::to_string(reading_.position) + " of " +
                       OffsetFileName(source().base_offset, kLogSuffix));
      }
      if (whole == 0) wanted = std::max(wanted, static_cast<size_t>(size));
      if (rest.size() < static_cast<size_t>(size)) break;
      rest.remove_prefix(static_cast<size_t>(size));
      whole += static_cast<size_t>(size);
    }
    if (whole > 0) return std::string_view(buffer_).substr(0, whole);
    if (wanted <= buffer_.size() || static_cast<int64_t>(buffer_.size()) == left)
      return Corrupt(OffsetFileName(source().base_offset, kLogSuffix) + " ends inside a batch");
  }
}

Status Cleaner::MapChunk() {
  if (at_ == job_.sources.size()) {
    BeginCleaning();
    return Status();
  }
  RETURN_IF_ERROR(OpenSource());
  if (reading_.position < source().size_bytes) {
    ASSIGN_OR_RETURN(std::string_view batches, ReadBatches());
    while (!batches.empty()) {
      const BatchView batch(batches.data());
      RETURN_IF_ERROR(CheckBatch(batch));
      ASSIGN_OR_RETURN(const bool mapped, MapBatch(batch));
      if (!mapped) {
        BeginCleaning();
        return Status();
      }
      batches.remove_prefix(static_cast<size_t>(batch.size()));
    }
  }
  if (reading_.position < source().size_bytes) return Status();
  mapped_end_ = std::max(mapped_end_, source().next_base_offset);
  reading_ = {};
  ++at_;
  return Status();
}

Result<bool> Cleaner::MapBatch(const BatchView& batch) {
  if (batch.is_control()) {
    (void)mapped_transactions_.OnMarker(batch);
  } else if (!mapped_transactions_.OnBatch(batch) && batch.last_offset() >= job_.dirty_from) {
    ASSIGN_OR_RETURN(const std::string_view plain, records::PlainRecords(batch, &plain_));
    records::RecordCursor cursor(plain);
    records::Record record;
    while (cursor.Next(&record)) {
      const int64_t offset = batch.base_offset() + record.offset_delta;
      if (offset < job_.dirty_from || !record.key.has_value()) continue;
      if (!map_.Put(*record.key, offset)) return false;
      mapped_end_ = offset + 1;
    }
    if (!cursor.ok()) return Corrupt("the records of a batch cannot be read");
  }
  mapped_end_ = std::max(mapped_end_, batch.last_offset() + 1);
  return true;
}

void Cleaner::BeginCleaning() {
  phase_ = Phase::kCleaning;
  at_ = 0;
  reading_ = {};
  filter_.emplace(job_.facts, map_, mapped_end_);
}

Status Cleaner::CleanChunk() {
  const bool any_left = at_ < job_.sources.size() && source().base_offset < mapped_end_;
  if (cleaned_ != nullptr && (!any_left || (!reading_.file && !FitsInOutput(source()))))
    return FinishOutput();
  if (!any_left) {
    phase_ = Phase::kDone;
    return Status();
  }
  const bool begins = !reading_.file;
  RETURN_IF_ERROR(OpenSource());
  if (cleaned_ == nullptr) RETURN_IF_ERROR(BeginOutput());
  if (begins) {
    changed_ |= !cleaned_->replaced.empty();  // two become one
    cleaned_->replaced.push_back(source());
    cleaned_->range.end = source().next_base_offset;
  }
  if (reading_.position < source().size_bytes) {
    ASSIGN_OR_RETURN(std::string_view batches, ReadBatches());
    while (!batches.empty()) {
      const BatchView batch(batches.data());
      RETURN_IF_ERROR(CheckBatch(batch));
      ASSIGN_OR_RETURN(const std::string_view kept, filter_->Filter(batch));
      changed_ |= kept.data() != batch.bytes().data();
      to_write_.append(kept);
      batches.remove_prefix(static_cast<size_t>(batch.size()));
    }
    RETURN_IF_ERROR(Write());
  }
  if (reading_.position < source().size_bytes) return Status();
  reading_ = {};
  ++at_;
  return Status();
}

Status Cleaner::BeginOutput() {
  cleaned_ = std::make_unique<CleanedSegment>();
  cleaned_->range.base = source().base_offset;
  cleaned_->written_name = OffsetFileName(source().base_offset, kLogSuffix);
  cleaned_->written_name += kCleanedSuffix;
  cleaned_->segment = make_segment_(source().base_offset);
  if (cleaned_->segment == nullptr) return Retriable("the log was closed");
  ASSIGN_OR_RETURN(output_, context_.files().Open(JoinPath(job_.directory, cleaned_->written_name),
                                                  OpenMode::kCreate));
  unsynced_bytes_ = 0;
  changed_ = false;
  return output_->Truncate(0);
}

// By what the output has become, not by what its sources were: that packs them tighter.
bool Cleaner::FitsInOutput(const CleanerSource& next) const {
  const int64_t size_max = std::min(job_.segment_size_bytes_max, Segment::kSizeBytesMax);
  return cleaned_->segment->size_bytes() + next.size_bytes <= size_max &&
         next.next_base_offset - cleaned_->range.base <= std::numeric_limits<int32_t>::max();
}

Status Cleaner::Write() {
  Segment& segment = *cleaned_->segment;
  const auto size = static_cast<int64_t>(to_write_.size());
  if (segment.size_bytes() + size > Segment::kSizeBytesMax) {
    return Corrupt(OffsetFileName(source().base_offset, kLogSuffix) +
                   " would outgrow the largest segment by its delete horizons");
  }
  if (size > 0) RETURN_IF_ERROR(output_->WriteAt(segment.size_bytes(), to_write_));
  for (std::string_view rest = to_write_; !rest.empty();) {
    const BatchView batch(rest.data());
    segment.Add(batch);
    rest.remove_prefix(static_cast<size_t>(batch.size()));
  }
  to_write_.clear();
  io_size_bytes_ += static_cast<size_t>(size);
  unsynced_bytes_ += size;
  if (unsynced_bytes_ < kSyncEverySizeBytes) return Status();
  unsynced_bytes_ = 0;
  return output_->Sync();
}

Status Cleaner::FinishOutput() {
  cleaned_->vanished_aborts = filter_->transactions().TakeVanished();
  if (!changed_ && cleaned_->vanished_aborts.empty()) {
    Discard();
    cleaned_ = nullptr;
    return Status();
  }
  RETURN_IF_ERROR(output_->Sync());
  output_ = {};
  phase_ = Phase::kSwapping;
  return Status();
}

void Cleaner::Swapped() {
  CHECK(phase_ == Phase::kSwapping);
  phase_ = Phase::kCleaning;
  cleaned_ = nullptr;
}

void Cleaner::Discard() {
  output_ = {};
  if (cleaned_ == nullptr) return;
  const Status status = context_.files().Remove(JoinPath(job_.directory, cleaned_->written_name));
  if (!status.ok() && status.code() != StatusCode::kNotFound)
    LOG_WARN("{}: {}", cleaned_->written_name, status.ToString());
}

}  // namespace odradek::storage
