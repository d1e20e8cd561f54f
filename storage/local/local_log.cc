#include "storage/local/local_log.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/recovery.h"

namespace odradek::storage {

LocalLog::LocalLog(std::shared_ptr<StoreContext> context, std::shared_ptr<const std::string> topic,
                   Uuid topic_id, int32_t partition, std::shared_ptr<const LogConfig> config)
    : shared_context_(std::move(context)),
      context_(*shared_context_),
      topic_(std::move(topic)),
      topic_id_(topic_id),
      partition_(partition),
      config_(std::move(config)) {}

LocalLog::~LocalLog() { CancelCompaction(); }

std::string LocalLog::Directory() const {
  return JoinPath(JoinPath(context_.options.directory, *topic_), std::to_string(partition_));
}

Millis LocalLog::FileDeleteDelayMs() const {
  MutexLock lock(mutex_);
  return config_->file_delete_delay_ms;
}

Status LocalLog::Load() const {
  if (closed_) return Retriable("the log is closed");
  if (state_ != nullptr) return Status();
  Result<std::unique_ptr<LogState>> loaded =
      LoadLog(context_, Directory(), topic_id_, config_->compact);
  if (!loaded.ok()) {
    // Each request for the partition tries again.
    const auto line = context_.is_closing
                          ? std::nullopt
                          : load_failures_.OnFailure(context_.env.clock->MonotonicMs());
    if (line.has_value()) {
      LOG_ERROR("cannot open {}-{}: {}{}", *topic_, partition_, loaded.status().ToString(), *line);
    }
    return loaded.status();
  }
  if (load_failures_.OnSuccess()) LOG_INFO("{}-{} could be opened now", *topic_, partition_);
  state_ = std::move(*loaded);
  state_->load = ++load_number_;
  if (config_->segment_jitter_ms > 0) {
    state_->roll_jitter_ms = static_cast<Millis>(
        context_.env.random->Below(static_cast<uint64_t>(config_->segment_jitter_ms)));
  }
  ApplyConfig();
  return Status();
}

void LocalLog::ApplyConfig() const {
  if (state_ == nullptr) return;
  state_->preallocated_bytes =
      config_->preallocate ? std::min(config_->segment_bytes, Segment::kSizeBytesMax) : 0;
}

Status LocalLog::Lead(const OwnerToken& owner) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(Load());
  if (Fenced(owner)) return Invalid("fenced");
  // Without files yet there is nowhere to write it: the first append does.
  const bool is_new = state_->epochs.Assign(owner.leader_epoch, state_->end());
  if (is_new && state_->has_files()) state_->WriteEpochs();
  return Status();
}

LogOffsets LocalLog::offsets() const {
  MutexLock lock(mutex_);
  return Load().ok() ? state_->offsets() : LogOffsets();
}

int32_t LocalLog::EpochAt(int64_t offset) const {
  MutexLock lock(mutex_);
  return Load().ok() ? state_->epochs.EpochAt(offset) : -1;
}

int32_t LocalLog::LatestEpoch() const {
  MutexLock lock(mutex_);
  return Load().ok() ? state_->epochs.Latest() : -1;
}

EpochEnd LocalLog::EndOfEpoch(int32_t epoch) const {
  MutexLock lock(mutex_);
  return Load().ok() ? state_->epochs.EndOf(epoch, state_->end()) : EpochEnd();
}

void LocalLog::SetConfig(const LogConfig& config) {
  MutexLock lock(mutex_);
  config_ = std::make_shared<const LogConfig>(config);
  ApplyConfig();
}

int64_t LocalLog::SizeBytes() const {
  MutexLock lock(mutex_);
  return Load().ok() ? state_->SizeBytes() : 0;
}

std::vector<ProducerInfo> LocalLog::Producers() const {
  MutexLock lock(mutex_);
  return Load().ok() ? state_->producers.List() : std::vector<ProducerInfo>();
}

void LocalLog::SetListener(LogListener* listener) {
  MutexLock lock(mutex_);
  listener_ = listener;
}

void LocalLog::Notify(size_t appended_bytes) {
  if (listener_ != nullptr) listener_->OnAdvance(state_->offsets(), appended_bytes);
}

bool LocalLog::Shut() {
  if (closed_) return false;
  closed_ = true;
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->OnClosed();
  return state_ != nullptr;
}

void LocalLog::Discard() {
  CancelCompaction();
  MutexLock lock(mutex_);
  is_discarded_ = true;
  if (Shut()) state_.reset();
}

Result<CloseWork> LocalLog::BeginClose() {
  CancelCompaction();
  MutexLock lock(mutex_);
  if (!Shut()) return CloseWork();
  Result<CloseWork> work = state_->BeginClose();
  if (!work.ok() || !work->has_mark) state_.reset();
  return work;
}

Status LocalLog::EndClose() {
  MutexLock lock(mutex_);
  const Status status = state_->EndClose();
  state_.reset();
  return status;
}

}  // namespace odradek::storage
