// What time and size do to a log: rolling, retention, trimming, forgetting producers.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "storage/local/local_log.h"

namespace odradek::storage {
namespace {

constexpr Millis kNever = std::numeric_limits<Millis>::max();

Millis AddSaturating(Millis a, Millis b) {
  Millis sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? kNever : sum;
}

}  // namespace

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
  if (new_start <= state_->start) {
    // An earlier call may have raised it and failed.
    return state_->checkpoint_saved == state_->checkpoint_version ? Status()
                                                                  : state_->WriteCheckpointNow();
  }
  state_->AdvanceStart(new_start);
  RETURN_IF_ERROR(state_->WriteCheckpointNow());
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
    if (state_->active().size_bytes() > 0) {
      RETURN_IF_ERROR(state_->Roll(context_.env.clock->WallMs()));
      // The one file that tells where the log ends must not be lost together with the others.
      if (context_.is_power_safe()) RETURN_IF_ERROR(state_->SyncAll());
    } else {
      --count;
    }
  }
  if (count == 0) return Status();
  state_->AdvanceStart(state_->segments[count]->base_offset());
  RETURN_IF_ERROR(state_->WriteCheckpointNow());
  state_->DropSegments(count, config_->file_delete_delay_ms);
  return Status();
}

size_t LocalLog::CountExpired(Millis now_ms) const {
  size_t count = 0;
  size_t empty = 0;  // compaction has left nothing of them: they go with what follows
  for (const auto& segment : state_->segments) {
    if (segment->size_bytes() == 0 && segment != state_->segments.back()) {
      ++empty;
      continue;
    }
    const bool passed = segment->next_offset() <= state_->start && segment->size_bytes() > 0;
    const Millis newest =
        segment->max_timestamp_ms() >= 0 ? segment->max_timestamp_ms() : state_->active_since_ms;
    const bool old = config_->delete_retention && config_->retention_ms >= 0 &&
                     segment->size_bytes() > 0 && now_ms - newest > config_->retention_ms;
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

Millis LocalLog::Maintain() {
  MutexLock lock(mutex_);
  // A log that is not loaded is left alone.
  if (closed_ || state_ == nullptr || !state_->failed.ok()) return -1;
  const Millis now_ms = context_.WallForDeletionMs();
  state_->producers.Expire(now_ms, config_->producer_id_expiration_ms);
  if (!state_->has_files()) return -1;
  const int64_t start = state_->start;
  Status status = DropFirst(std::max(CountExpired(now_ms), CountOversize()));
  if (status.ok() && state_->active().size_bytes() > 0 &&
      state_->ActiveAgeMs() > config_->SegmentAgeMax()) {
    status = Seal(context_.env.clock->WallMs());
  }
  if (!status.ok()) LOG_WARN("log {}: {}", Directory(), status.ToString());
  if (state_->start != start) Notify(0);
  // A log that came to rest is vouched for to its end.
  if (context_.is_power_safe() && state_->bytes_since_checkpoint > 0) RequestFlush();
  return NextMaintenance(now_ms);
}

Millis LocalLog::NextMaintenance(Millis now_ms) const {
  Millis next = state_->producers.NextExpiry(config_->producer_id_expiration_ms);
  const Segment& first = *state_->segments.front();
  if (config_->delete_retention && config_->retention_ms >= 0 && first.size_bytes() > 0) {
    const Millis newest =
        first.max_timestamp_ms() >= 0 ? first.max_timestamp_ms() : state_->active_since_ms;
    next = std::min(next, AddSaturating(AddSaturating(newest, config_->retention_ms), 1));
  }
  if (state_->active().size_bytes() > 0) {
    const Millis left_ms = config_->SegmentAgeMax() - state_->ActiveAgeMs();
    next = std::min(next, AddSaturating(AddSaturating(now_ms, left_ms), 1));
  }
  return next == kNever ? -1 : std::max<Millis>(next - now_ms, 1);
}

}  // namespace odradek::storage
