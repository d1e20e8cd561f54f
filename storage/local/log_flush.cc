// Group commit of one log: appends count once the device has them.
#include <utility>

#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/local_log.h"
#include "storage/local/recovery.h"

namespace odradek::storage {
namespace {

// How much a restart after a power cut has to read again, about.
constexpr int64_t kCheckpointEveryBytes = 4 << 20;
constexpr Millis kCheckpointEveryMs = 1000;
// What nobody waits for: appends that are not awaited, and the checkpoint of a log at rest.
constexpr Millis kUnawaitedFlushMs = 10'000;

}  // namespace

void LocalLog::PublishAppend(size_t appended_bytes, bool awaited) {
  state_->appended_bytes += static_cast<int64_t>(appended_bytes);
  if (context_.is_power_safe()) {
    const bool may_wait = !awaited && context_.env.scheduler != nullptr;
    return may_wait ? FlushWithin(kUnawaitedFlushMs) : RequestFlush();
  }
  Notify(appended_bytes);
  FlushByConfig();
}

void LocalLog::RequestFlush() {
  if (std::exchange(flush_pending_, true)) return context_.flushes->AddMore();
  context_.flushes->Add(shared_from_this());
}

// Flushes by somebody's wish: what is appended counts without them.
void LocalLog::FlushByConfig() {
  const bool is_wanted = config_->flush_messages != INT64_MAX || config_->flush_ms != INT64_MAX;
  if (!is_wanted || !context_.files().is_durable() || context_.env.workers == nullptr) return;
  if (state_->end() - state_->unflushed_from >= config_->flush_messages) return RequestFlush();
  if (config_->flush_ms == INT64_MAX || context_.env.scheduler == nullptr) return;
  FlushWithin(config_->flush_ms);
}

// Requires a scheduler.
void LocalLog::FlushWithin(Millis delay_ms) {
  if (std::exchange(has_flush_timer_, true)) return;
  context_.env.scheduler->After(delay_ms, [weak = weak_from_this()] {
    if (const std::shared_ptr<LocalLog> log = weak.lock()) log->OnFlushTimer();
  });
}

void LocalLog::OnFlushTimer() {
  MutexLock lock(mutex_);
  has_flush_timer_ = false;
  if (closed_ || state_ == nullptr) return;
  const bool is_vouched_for = !context_.is_power_safe() || state_->bytes_since_checkpoint == 0;
  if (state_->unflushed_from < state_->end() || !is_vouched_for) RequestFlush();
}

void LocalLog::Flush() {
  FlushPlan plan;
  Status status;
  int64_t planned_for = 0;
  {
    MutexLock lock(mutex_);
    if (closed_ || state_ == nullptr || !state_->has_files()) {
      flush_pending_ = false;
      return;
    }
    planned_for = load_number_;
    Result<FlushPlan> planned = state_->PlanFlush();
    if (planned.ok())
      plan = std::move(*planned);
    else
      status = planned.status();
  }
  const bool is_planned = status.ok();
  if (is_planned) status = plan.Sync(context_.files());
  {
    MutexLock lock(mutex_);
    flush_pending_ = false;
    if (closed_) return;
    if (status.ok() && planned_for != load_number_)
      FlushTheRest();  // the plan was another state's
    else if (status.ok())
      TakeIn(plan);
    else if (context_.is_power_safe())
      FallBack(status);
    else if (is_planned)
      // What counts already is not taken back; a second sync might say that all is well.
      TakeNoMoreAppends(Fatal(status.ToString()));
    else
      LOG_WARN("log {} is not flushed as flush.ms and flush.messages want it: {}", Directory(),
               status.ToString());
  }
  if (context_.is_power_safe()) SaveCheckpoint();
  context_.reserve.Take();
}

void LocalLog::TakeIn(const FlushPlan& plan) {
  const int64_t end_before = state_->offsets().durable_end;
  const int64_t bytes_before = state_->flushed_bytes;
  state_->TakeIn(plan);
  FlushTheRest();  // before the notice wakes a loop, for whose tick it would wait
  if (state_->offsets().durable_end != end_before)
    Notify(static_cast<size_t>(state_->flushed_bytes - bytes_before));
}

// What was appended while a flush was on its way has asked for none.
void LocalLog::FlushTheRest() {
  if (!context_.is_power_safe()) {
    if (state_->unflushed_from < state_->end()) FlushByConfig();
  } else if (state_->offsets().durable_end < state_->end()) {
    RequestFlush();
  }
}

void LocalLog::FallBack(const Status& why) {
  LogOffsets left = state_->offsets();
  LOG_ERROR(
      "log {}: a sync failed: {}; the log is cut back from offset {} to {}, which the device has; "
      "what is cut was not acknowledged to acks=all; look after the device",
      Directory(), why.ToString(), left.end, left.durable_end);
  const SegmentSummary synced = state_->synced;
  Status status = state_->CutToDurablePoint();
  if (status.ok()) {
    state_->must_roll = true;  // the file has lost writes and may say so only once
    status = LoadAnew(&synced);
  }
  if (status.ok()) return;
  TakeNoMoreAppends(status);
  left.end = left.durable_end;
  if (listener_ != nullptr) listener_->OnAdvance(left, 0);
}

Status LocalLog::LoadAnew(const SegmentSummary* synced) {
  Result<std::unique_ptr<LogState>> loaded =
      LoadLog(context_, Directory(), topic_id_, config_->compact, synced);
  if (!loaded.ok()) return loaded.status();
  const std::unique_ptr<LogState> before = std::exchange(state_, std::move(*loaded));
  state_->load = ++load_number_;
  ApplyConfig();
  state_->AdvanceStart(before->start);
  state_->owner = before->owner;
  state_->recover_from_ms = before->recover_from_ms;
  state_->roll_jitter_ms = before->roll_jitter_ms;
  // An empty file is a new one.
  const bool has_content = state_->has_files() && state_->active().size_bytes() > 0;
  state_->must_roll |= before->must_roll && has_content;
  Notify(0);
  return Status();
}

// What the files hold is not known: nothing more is written until the log is opened anew.
void LocalLog::TakeNoMoreAppends(const Status& why) {
  LOG_ERROR("log {} takes no more appends: {}", Directory(), why.ToString());
  state_->failed = why;
}

void LocalLog::SaveCheckpoint() {
  const std::string path = JoinPath(Directory(), kCheckpointName);
  const std::string temporary = path + ".flush" + std::string(kTemporarySuffix);
  std::string content;
  int64_t version = 0;
  int64_t made_for = 0;
  {
    MutexLock lock(mutex_);
    if (closed_ || state_ == nullptr || !state_->has_files()) return;
    const Millis now_ms = context_.env.clock->MonotonicMs();
    const bool is_due = state_->checkpoint_saved != state_->checkpoint_version ||
                        state_->bytes_since_checkpoint >= kCheckpointEveryBytes ||
                        now_ms - state_->checkpoint_ms >= kCheckpointEveryMs;
    if (!is_due) {
      if (state_->bytes_since_checkpoint > 0 && context_.env.scheduler != nullptr)
        FlushWithin(kUnawaitedFlushMs);
      return;
    }
    // The next turn of the log may begin while this one writes; they would share the file.
    if (std::exchange(saving_checkpoint_, true)) return;
    made_for = load_number_;
    version = ++state_->checkpoint_version;
    state_->bytes_since_checkpoint = 0;
    state_->checkpoint_ms = now_ms;
    content = state_->MakeCheckpoint().Encode();
  }
  Status status = context_.files().WriteWhole(temporary, content, Files::Durably::kYes);
  // The one that is replaced lives until it is closed, after the lock: to free its blocks may take
  // a device long.
  const Result<Ref<odradek::File>> replaced = context_.files().Open(path, OpenMode::kRead);
  MutexLock lock(mutex_);
  saving_checkpoint_ = false;
  const bool is_late = closed_ || state_ == nullptr || made_for != load_number_ ||
                       state_->checkpoint_saved > version;
  if (status.ok() && !is_late) status = context_.files().Rename(temporary, path);
  if (status.ok() && !is_late) {
    state_->checkpoint_saved = version;
    state_->clean_on_device = false;
    if (checkpoint_failures_.OnSuccess()) LOG_INFO("{} can be written again", path);
    return;
  }
  if (!status.ok() && !is_late) {
    // The next flush tries again.
    if (const auto line = checkpoint_failures_.OnFailure(context_.env.clock->MonotonicMs())) {
      LOG_WARN("could not write {}: {}; a restart has more to read{}", path, status.ToString(),
               *line);
    }
  }
  if (!is_discarded_) (void)context_.files().Remove(temporary);
}

}  // namespace odradek::storage
