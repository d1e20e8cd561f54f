// What time and size do to a log: rolling, retention, trimming, forgetting producers.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/local/local_log.h"

namespace odradek::storage {

Status LocalLog::TrimPrefix(const OwnerToken& owner, int64_t new_start) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(Load());
  if (Fenced(owner)) return Invalid("fenced");
  RETURN_IF_ERROR(state_->failed);
  const int64_t end = state_->offsets().durable_end;
  if (new_start > end) {
    return Invalid(fmt::format(
        "Cannot increment the log start offset to {} of partition {}-{} since it is larger "
        "than the high watermark {}",
        new_start, *topic_, partition_, end));
  }
  if (new_start <= state_->start) return Status();
  RETURN_IF_ERROR(state_->RaiseStart(new_start));
  size_t below = 0;
  while (below < state_->segments.size() && state_->segments[below]->next_offset() <= new_start)
    ++below;
  const Status status = DropFirst(below);
  if (!status.ok())
    LOG_WARN("log {}: {}", Directory(), status.ToString());  // Maintain() tries again
  Notify(0);
  return Status();
}

// Drops segments, the active one too if it is among them and holds anything.
Status LocalLog::DropFirst(size_t count) {
  if (count > 0 && count == state_->segments.size()) {
    if (state_->active().size_bytes() > 0)
      RETURN_IF_ERROR(RollToDrop());
    else
      --count;
  }
  if (count == 0) return Status();
  RETURN_IF_ERROR(state_->RaiseStart(state_->segments[count]->base_offset()));
  state_->DropSegments(count, config_->file_delete_delay_ms);
  return Status();
}

Status LocalLog::RollToDrop() {
  RETURN_IF_ERROR(context_.reserve.Serve([&]() -> Status {
    mutex_.AssertHeld();
    return state_->Roll(context_.env.clock->WallMs());
  }));
  if (!context_.is_power_safe()) return Status();
  // The one file that tells where the log ends must not be lost together with the others.
  const Status status = state_->SyncAll();
  if (!status.ok()) FallBack(status);
  return status;
}

size_t LocalLog::CountExpired(Millis now_ms) const {
  size_t count = 0;
  size_t empty = 0;  // compaction has left nothing of them: they go with what follows
  for (const auto& segment : state_->segments) {
    if (segment->size_bytes() == 0) {
      ++empty;
      continue;
    }
    const bool passed = segment->next_offset() <= state_->start;
    const Millis newest =
        segment->max_timestamp_ms() >= 0 ? segment->max_timestamp_ms() : state_->active_since_ms;
    const bool old = config_->delete_retention && config_->retention_ms >= 0 &&
                     now_ms - newest > config_->retention_ms;
    if (!passed && !old) break;
    count += 1 + std::exchange(empty, 0);
  }
  return count;
}

size_t LocalLog::CountOversize() const {
  if (!config_->delete_retention || config_->retention_bytes < 0) return 0;
  int64_t excess = state_->SizeBytes() - config_->retention_bytes;
  size_t count = 0;
  size_t empty = 0;
  for (const auto& segment : state_->segments) {
    if (segment->size_bytes() == 0) {
      ++empty;
      continue;
    }
    if (excess - segment->size_bytes() < 0) break;
    excess -= segment->size_bytes();
    count += 1 + std::exchange(empty, 0);
  }
  return count;
}

void LocalLog::Maintain() {
  MutexLock lock(mutex_);
  // A log that is not loaded is left alone.
  if (closed_ || state_ == nullptr || !state_->failed.ok()) return;
  const Millis now_ms = context_.WallForDeletionMs();
  state_->producers.Expire(now_ms, config_->producer_id_expiration_ms);
  if (!state_->has_files()) return;
  const LogOffsets before = state_->offsets();
  const int64_t bytes_before = state_->flushed_bytes;
  const int64_t load_number = load_number_;
  Status status = DropFirst(std::max(CountExpired(now_ms), CountOversize()));
  if (status.ok() && state_->active().size_bytes() > 0 &&
      state_->ActiveAgeMs() > config_->SegmentAgeMax()) {
    status = Seal(context_.env.clock->WallMs());
  }
  if (!status.ok()) LOG_WARN("log {}: {}", Directory(), status.ToString());
  const LogOffsets now = state_->offsets();
  const bool has_news = now.start != before.start || now.durable_end != before.durable_end;
  if (has_news && load_number_ == load_number)  // a state that was loaded anew has told its own
    Notify(static_cast<size_t>(state_->flushed_bytes - bytes_before));
  // A log that came to rest is vouched for to its end.
  if (context_.is_power_safe() && state_->bytes_since_checkpoint > 0) RequestFlush();
}

}  // namespace odradek::storage
