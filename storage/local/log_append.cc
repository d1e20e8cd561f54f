// Appending: first the checks that need only the bytes, then under the mutex those that need the
// log, in Kafka's order.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "protocol/records/batch_rebuild.h"
#include "protocol/records/batch_validator.h"
#include "storage/local/local_log.h"

namespace odradek::storage {
namespace {

using records::BatchView;

AppendError ErrorOf(records::BatchError error) {
  switch (error) {
    case records::BatchError::kNone:
      return AppendError::kNone;
    case records::BatchError::kCorrupt:
      return AppendError::kCorruptMessage;
    case records::BatchError::kNotOneBatch:
      return AppendError::kNotOneBatch;
    case records::BatchError::kInvalidRecord:
      return AppendError::kInvalidRecord;
    case records::BatchError::kTooLarge:
      return AppendError::kMessageTooLarge;
    case records::BatchError::kInvalidTimestamp:
      return AppendError::kInvalidTimestamp;
    case records::BatchError::kUndecodable:
      return AppendError::kUndecodable;
    case records::BatchError::kTakesLong:
      return AppendError::kTakesLong;
  }
  UNREACHABLE();
}

constexpr Millis kRecoverEveryMs = 1000;

bool Refuse(AppendResult* result, AppendError error, std::string message) {
  result->error = error;
  result->status = Invalid(std::move(message));
  return false;
}

bool FailStorage(AppendResult* result, Status status) {
  result->error = AppendError::kStorage;
  result->status = std::move(status);
  return false;
}

// Calls `use` for every batch of `bytes`, which holds whole ones only.
template <class Use>
void ForBatches(std::span<char> bytes, Use use) {
  for (char* at = bytes.data(); at != bytes.data() + bytes.size(); at += BatchView(at).size())
    use(at);
}

void StampMaxTimestamp(char* batch, bool log_append_time, int64_t max_timestamp_ms) {
  const BatchView view(batch);
  if (view.is_log_append_time() == log_append_time && view.max_timestamp() == max_timestamp_ms)
    return;
  records::SetMaxTimestamp(batch, log_append_time, max_timestamp_ms);
}

// Failures of the device that end by themselves: the log is taken from its files again then.
bool MayPass(const Status& failed) {
  return failed.code() == StatusCode::kFull || failed.code() == StatusCode::kRetriable;
}

}  // namespace

AppendResult LocalLog::Append(const AppendRequest& request) {
  AppendResult result;
  std::shared_ptr<const LogConfig> config;
  {
    MutexLock lock(mutex_);
    config = config_;
    if (closed_) {  // nobody waits at a stop for batches that take long to prepare
      FailStorage(&result, Load());
      return result;
    }
  }
  Prepared prepared;
  const bool sound = Prepare(request, *config, &prepared, &result);
  if (result.error == AppendError::kTakesLong) return result;
  MutexLock lock(mutex_);
  Status loaded = Load();
  if (loaded.ok() && MayPass(state_->failed)) loaded = TryToRecover();
  if (loaded.ok()) {
    result.load = load_number_;
    result.log_start_offset = state_->start;
    if (sound) Commit(request, prepared, &result);
  } else if (sound) {
    FailStorage(&result, loaded);
  }
  NoteTrouble(result);
  return result;
}

// A full device would have the log read again at every request.
Status LocalLog::TryToRecover() {
  const Millis now_ms = context_.env.clock->MonotonicMs();
  if (now_ms < state_->recover_from_ms) return Status();
  state_->recover_from_ms = now_ms + kRecoverEveryMs;
  return LoadAnew(nullptr);
}

// A log that was closed belongs to a topic, or a broker, that goes: no trouble.
void LocalLog::NoteTrouble(const AppendResult& result) {
  if (result.error == AppendError::kStorage) {
    if (closed_) return;
    const bool needs_restart =
        state_ != nullptr && !state_->failed.ok() && !MayPass(state_->failed);
    if (result.status.code() == StatusCode::kFull) context_.removals->Hurry();
    trouble_.OnFailure(*topic_, partition_, result.status, needs_restart,
                       context_.env.clock->MonotonicMs());
  } else if (trouble_.lasts() && result.error == AppendError::kNone && !result.duplicate) {
    trouble_.OnSuccess(*topic_, partition_);
  }
}

bool LocalLog::Prepare(const AppendRequest& request, const LogConfig& config, Prepared* out,
                       AppendResult* result) const {
  out->now_ms = context_.env.clock->WallMs();
  out->stamped = config.log_append_time;
  return request.origin == AppendRequest::Origin::kClient
             ? PrepareProduced(request, config, out, result)
             : PrepareOwn(request.batches, config, out, result);
}

bool LocalLog::PrepareProduced(const AppendRequest& request, const LogConfig& config, Prepared* out,
                               AppendResult* result) const {
  const std::span<char> bytes = request.batches;
  records::ValidationPolicy policy;
  policy.topic = *topic_;
  policy.partition = partition_;
  policy.max_batch_size_bytes = config.max_message_bytes;
  policy.compacted = config.compact;
  policy.log_append_time = config.log_append_time;
  policy.timestamp_before_max_ms = config.timestamp_before_max_ms;
  policy.timestamp_after_max_ms = config.timestamp_after_max_ms;
  if (config.compression_type >= 0)
    policy.target_codec = static_cast<records::Codec>(config.compression_type);
  policy.target_level = config.compression_level;
  policy.quick_bytes_max = request.quick_bytes_max;

  const std::string_view view(bytes.data(), bytes.size());
  const DecompressorPool::Lease decompressor = context_.decompressors.Borrow();
  records::BatchVerdict verdict =
      records::ValidateProduced(view, policy, out->now_ms, *decompressor);
  result->decompressed_bytes = verdict.decompressed_bytes;
  if (verdict.error != records::BatchError::kNone) {
    for (records::RecordIssue& issue : verdict.issues) {
      result->record_errors.push_back({issue.index, std::move(issue.message)});
    }
    return Refuse(result, ErrorOf(verdict.error), std::move(verdict.message));
  }
  if (!verdict.rebuild) {
    out->bytes = bytes.first(verdict.size_bytes);
    StampMaxTimestamp(out->bytes.data(), config.log_append_time, verdict.max_timestamp_ms);
    return true;
  }
  const BatchView batch(bytes.data());
  (*decompressor).Start(batch.codec(), batch.records());
  Result<std::string> rebuilt =
      records::RebuildBatch(batch, policy, verdict, out->now_ms, *decompressor);
  if (!rebuilt.ok()) return RefuseRebuilt(rebuilt.status(), config, result);
  out->rebuilt = std::move(*rebuilt);
  out->bytes = out->rebuilt;
  return true;
}

bool LocalLog::RefuseRebuilt(const Status& why, const LogConfig& config,
                             AppendResult* result) const {
  if (why.code() == StatusCode::kCorrupt)
    return Refuse(result, AppendError::kInvalidRecord, std::string(why.message()));
  if (why.code() != StatusCode::kFull) return FailStorage(result, why);
  return Refuse(result, AppendError::kMessageTooLarge,
                fmt::format("Message batch size, once compressed for the topic, in append to "
                            "partition {}-{} exceeds the maximum configured size of {}.",
                            *topic_, partition_, config.max_message_bytes));
}

// Our coordinators' batches: intact and within limits, the rest is taken on trust.
bool LocalLog::PrepareOwn(std::span<char> bytes, const LogConfig& config, Prepared* out,
                          AppendResult* result) const {
  std::string_view rest(bytes.data(), bytes.size());
  while (!rest.empty()) {
    if (records::LookAtFront(rest) != records::Front::kBatch) {
      return Refuse(result, AppendError::kCorruptMessage, "not a sequence of whole record batches");
    }
    const BatchView batch(rest.data());
    if (batch.size() > config.max_message_bytes) {
      return Refuse(
          result, AppendError::kMessageTooLarge,
          fmt::format(
              "The record batch size in the append to {}-{} is {} bytes which exceeds the maximum "
              "configured value of {}).",
              *topic_, partition_, batch.size(), config.max_message_bytes));
    }
    if (!batch.IsIntact()) return Refuse(result, AppendError::kCorruptMessage, "Record is corrupt");
    rest.remove_prefix(static_cast<size_t>(batch.size()));
  }
  if (bytes.empty()) return Refuse(result, AppendError::kInvalidRecord, "no record batch");
  out->bytes = bytes;
  if (config.log_append_time) {
    ForBatches(bytes, [&](char* batch) { StampMaxTimestamp(batch, true, out->now_ms); });
  }
  return true;
}

bool LocalLog::Fenced(const OwnerToken& owner) {
  OwnerToken& seen = state_->owner;
  if (owner.leader_epoch < seen.leader_epoch || owner.broker_epoch < seen.broker_epoch) return true;
  seen = owner;
  return false;
}

void LocalLog::Commit(const AppendRequest& request, const Prepared& prepared,
                      AppendResult* result) {
  LogState& state = *state_;
  if (!state.failed.ok()) {
    FailStorage(result, state.failed);
    return;
  }
  if (Fenced(request.owner)) {
    Refuse(result, AppendError::kFenced, "fenced");
    return;
  }
  if (static_cast<int64_t>(prepared.bytes.size()) > config_->segment_bytes) {
    Refuse(result, AppendError::kRecordListTooLarge,
           fmt::format("Message batch size is {} bytes in append to partition {}-{}, which exceeds "
                       "the maximum "
                       "configured segment size of {}.",
                       prepared.bytes.size(), *topic_, partition_, config_->segment_bytes));
    return;
  }
  int64_t next = state.end();
  ForBatches(prepared.bytes, [&](char* batch) {
    records::SetBaseOffset(batch, next);
    records::SetLeaderEpoch(batch, request.owner.leader_epoch);
    next = BatchView(batch).last_offset() + 1;
  });
  if (!CheckProducers(request, prepared, result)) return;
  if (Status status = WriteWithinReserve(request, prepared); !status.ok()) {
    FailStorage(result, std::move(status));
    return;
  }
  result->base_offset = state.end();
  ForBatches(prepared.bytes, [&](char* batch) { state.Add(BatchView(batch)); });
  result->last_offset = state.end() - 1;
  if (prepared.stamped) result->log_append_time_ms = prepared.now_ms;
  PublishAppend(prepared.bytes.size(), request.awaited);
}

// When the device is full coordinators go on for a while, with what is kept for them.
Status LocalLog::WriteWithinReserve(const AppendRequest& request, const Prepared& prepared) {
  const auto write = [&]() -> Status {
    mutex_.AssertHeld();
    RETURN_IF_ERROR(state_->failed);
    RETURN_IF_ERROR(MakeRoom(prepared));
    return state_->Write({prepared.bytes.data(), prepared.bytes.size()});
  };
  // Files take long to make: where a flush follows, that makes it.
  if (!context_.is_power_safe()) context_.reserve.Take();
  if (request.origin == AppendRequest::Origin::kClient) {
    return context_.reserve.AllowsClients()
               ? write()
               : Full(
                     "the device is full; what is left of it is for committed offsets and for "
                     "what frees it");
  }
  return context_.reserve.Serve(write);
}

bool LocalLog::CheckProducers(const AppendRequest& request, const Prepared& prepared,
                              AppendResult* result) {
  bool append = true;
  const ProducerState& producers = state_->producers;
  ForBatches(prepared.bytes, [&](char* at) {
    const BatchView batch(at);
    if (!append || !batch.has_producer_id()) return;
    ProducerState::Verdict verdict =
        producers.Check(batch, request.origin, batch.base_offset(), *topic_, partition_);
    if (verdict.error != AppendError::kNone) {
      append = Refuse(result, verdict.error, std::move(verdict.message));
    } else if (verdict.duplicate.has_value()) {
      append = false;
      result->duplicate = true;
      result->base_offset = verdict.duplicate->first_offset();
      result->last_offset = verdict.duplicate->last_offset;
      result->log_append_time_ms = verdict.duplicate->timestamp_ms;
    }
  });
  return append;
}

Status LocalLog::MakeRoom(const Prepared& prepared) {
  if (!state_->has_files()) return state_->MakeFiles(prepared.now_ms);
  if (state_->clean_on_device) {
    // The index that was written holds until the append; later it is made again, from all headers.
    (void)state_->LoadIndex(state_->active());
    RETURN_IF_ERROR(state_->WriteCheckpointNow());
  }
  int64_t largest_timestamp = records::kNoTimestamp;
  int64_t largest_offset = state_->end();
  ForBatches(prepared.bytes, [&](char* at) {
    largest_timestamp = std::max(largest_timestamp, BatchView(at).max_timestamp());
    largest_offset = BatchView(at).last_offset();
  });
  if (!state_->must_roll && !ShouldRoll(prepared.bytes.size(), largest_timestamp, largest_offset))
    return Status();
  return Seal(prepared.now_ms);
}

Status LocalLog::Seal(Millis now_ms) {
  RETURN_IF_ERROR(state_->Roll(now_ms));
  if (listener_ != nullptr) listener_->OnSealed();
  return Status();
}

// The age of a segment is told by the timestamps of its records where they have any.
bool LocalLog::ShouldRoll(size_t bytes, int64_t largest_timestamp, int64_t largest_offset) {
  const Segment& active = state_->active();
  if (active.size_bytes() == 0) return false;
  const int64_t size_max = std::min(config_->segment_bytes, Segment::kSizeBytesMax);
  const Millis age = active.first_timestamp_ms() >= 0
                         ? largest_timestamp - active.first_timestamp_ms()
                         : state_->ActiveAgeMs();
  constexpr size_t kTimeEntrySizeBytes = 12;
  const bool index_full = (active.index().size() + 1) * kTimeEntrySizeBytes >
                          static_cast<size_t>(std::max(config_->segment_index_bytes, 0));
  return active.size_bytes() + static_cast<int64_t>(bytes) > size_max ||
         age > config_->SegmentAgeMax() - state_->roll_jitter_ms || index_full ||
         largest_offset - active.base_offset() > std::numeric_limits<int32_t>::max();
}

}  // namespace odradek::storage
