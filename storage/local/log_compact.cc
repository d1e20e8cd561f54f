// Compaction as the log sees it: what can be cleaned, and taking in what a pass has made.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "storage/local/local_compaction.h"
#include "storage/local/local_log.h"
#include "storage/local/recovery.h"

namespace odradek::storage {
namespace {

constexpr Millis kNoLag = std::numeric_limits<Millis>::max();  // max.compaction.lag.ms: never

}  // namespace

// Source: LogCleanerManager.cleanableOffsets, calculateCleanableBytes, LogToClean of Apache Kafka.
LocalLog::Cleanable LocalLog::FindCleanable(Millis now_ms) const {
  const LogState& state = *state_;
  Cleanable found;
  const bool sound = state.cleaned_to >= state.start && state.cleaned_to <= state.end();
  found.dirty_from = sound ? state.cleaned_to : state.start;
  const int64_t stable = state.offsets().stable;
  const Millis lag_ms = std::max<Millis>(config_->max_compaction_lag_ms, 0);
  for (size_t i = 0; i + 1 < state.segments.size(); ++i) {
    const Segment& segment = *state.segments[i];
    const int64_t end = state.segments[i + 1]->base_offset();
    if (end > stable) break;  // an open transaction begins in it, or it is not durable yet
    if (end <= found.dirty_from) {
      found.clean_bytes += segment.size_bytes();
    } else {
      const bool young = config_->min_compaction_lag_ms > 0 &&
                         segment.max_timestamp_ms() > now_ms - config_->min_compaction_lag_ms;
      if (young) break;
      found.dirty_bytes += segment.size_bytes();
      found.due |=
          segment.first_timestamp_ms() > 0 && now_ms - segment.first_timestamp_ms() > lag_ms;
    }
    found.end = i + 1;
  }
  return found;
}

CompactionNeed LocalLog::NeedOfCompaction() const {
  MutexLock lock(mutex_);
  if (closed_ || closing_ || state_ == nullptr || !state_->failed.ok()) return {};
  if (!config_->compact || !uncleanable_.ok() || !compaction_.expired()) return {};
  const Cleanable found = FindCleanable(context_.WallForDeletionMs());
  CompactionNeed need;
  // Dirty segments wait for their age, an open transaction or the device; the active one for its
  // turn.
  const bool all_clean =
      state_->segments.empty() || state_->cleaned_to >= state_->segments.back()->base_offset();
  need.may_grow = !all_clean || (state_->has_files() && state_->active().size_bytes() > 0 &&
                                 config_->max_compaction_lag_ms < kNoLag);
  if (found.dirty_bytes == 0) return need;
  need.dirty_ratio = static_cast<double>(found.dirty_bytes) /
                     static_cast<double>(found.dirty_bytes + found.clean_bytes);
  need.wanted = found.due || need.dirty_ratio > config_->min_cleanable_dirty_ratio;
  return need;
}

std::shared_ptr<Compaction> LocalLog::StartCompaction(const CompactionLimits& limits) {
  MutexLock lock(mutex_);
  if (closing_ || !compaction_.expired() || !Load().ok() || !state_->failed.ok()) return nullptr;
  const Millis now_ms = context_.WallForDeletionMs();
  const Cleanable found = FindCleanable(now_ms);
  if (found.end == 0) return nullptr;
  CleanerJob job;
  job.directory = state_->directory;
  for (size_t i = 0; i < found.end; ++i) {
    const Segment& segment = *state_->segments[i];
    job.sources.push_back(
        {segment.base_offset(), state_->segments[i + 1]->base_offset(), segment.size_bytes()});
  }
  job.dirty_from = found.dirty_from;
  job.segment_size_bytes_max = config_->segment_bytes;
  job.facts.now_ms = now_ms;
  job.facts.tombstone_retention_ms = config_->tombstone_retention_ms;
  job.facts.high_watermark = state_->offsets().durable_end;
  job.facts.producers = state_->producers.LastBatches();
  job.facts.aborted = state_->aborted.entries();
  job.limits = limits;
  auto compaction =
      std::make_shared<LocalCompaction>(*this, shared_context_, std::move(job), load_number_);
  compaction_ = compaction;
  return compaction;
}

std::unique_ptr<Segment> LocalLog::MakeSegment(int64_t load_number, int64_t base_offset) {
  MutexLock lock(mutex_);
  if (closed_ || state_ == nullptr || load_number != load_number_) return nullptr;
  return state_->MakeSegment(base_offset);
}

Status LocalLog::SwapIn(int64_t load_number, CleanedSegment& cleaned) {
  MutexLock lock(mutex_);
  const bool same = !closed_ && state_ != nullptr && load_number == load_number_;
  if (!same || !state_->failed.ok() || !state_->HasSources(cleaned))
    return Retriable("the log was changed under compaction");
  const Status status = state_->Replace(cleaned);
  if (status.code() == StatusCode::kUnknown) Reload(status);
  return status;
}

void LocalLog::Reload(const Status& why) {
  LOG_WARN("log {} is loaded anew: {}", Directory(), why.ToString());
  if (const Status status = LoadAnew(nullptr); !status.ok()) TakeNoMoreAppends(status);
}

void LocalLog::EndCompaction(int64_t load_number, int64_t cleaned_to, const Status& status) {
  NoteCompaction(load_number, cleaned_to, status);
  // Until then nothing vouches for what is in place, and an append may be long in coming.
  if (context_.is_power_safe()) SaveCheckpoint();
}

void LocalLog::NoteCompaction(int64_t load_number, int64_t cleaned_to, const Status& status) {
  MutexLock lock(mutex_);
  compaction_.reset();
  if (!status.ok()) {
    if (status.code() == StatusCode::kCorrupt) {
      uncleanable_ = status;
      LOG_ERROR("{} is not compacted any more until a restart: {}", Directory(), status.ToString());
    } else {
      LOG_WARN("compaction of {} is tried again later: {}", Directory(), status.ToString());
    }
  }
  const bool same = !closed_ && state_ != nullptr && load_number == load_number_;
  if (!same || cleaned_to < 0) return;
  state_->cleaned_to = cleaned_to;
  state_->WriteCheckpoint();
  LOG_DEBUG("{} is compacted up to offset {}", Directory(), cleaned_to);
}

void LocalLog::CancelCompaction() {
  std::shared_ptr<LocalCompaction> running;
  {
    MutexLock lock(mutex_);
    closing_ = true;
    running = compaction_.lock();
  }
  if (running != nullptr) running->Cancel();
}

}  // namespace odradek::storage
