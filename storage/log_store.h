// LogStore and PartitionLog: the public face of the storage engine. One implementation keeps
// segments in files (local/); a distributed one can replace it without a change above.
//
// What callers may rely on, and what not:
//  - Append reserves offsets at once, but they count only when durable_end has passed them. A
//    reserved offset may still fail; then the log's end falls back and listeners are told.
//  - durable_end is the source of the high watermark and may trail end at any time.
//  - Every mutating call carries the caller's OwnerToken; an older one than the log has seen is
//    refused with kInvalid and message "fenced".
//  - Reads return slices of whole batches, never descriptors or paths.
// Errors: kNotFound (offset out of range), kFull, kCorrupt, kFatal, kRetriable, kUnknown. Thread:
// all calls are thread-safe; a log has its own mutex, under which listeners run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/clock.h"
#include "base/result.h"
#include "base/slice.h"
#include "base/uuid.h"
#include "storage/compaction.h"
#include "storage/log_config.h"
#include "storage/scrub.h"

namespace odradek::storage {

struct OwnerToken {
  int64_t broker_epoch = 0;
  int32_t leader_epoch = 0;
};

// Why a produced batch was refused; src/api maps it to Kafka's error code and record errors.
// Source: LogValidator, ProducerAppendInfo of Apache Kafka.
enum class AppendError : unsigned char {
  kNone,
  kCorruptMessage,
  kNotOneBatch,  // a produced set holds none, several, or one of an older magic
  kInvalidRecord,
  kMessageTooLarge,
  kRecordListTooLarge,
  kInvalidTimestamp,
  kUndecodable,  // codec bits that mean nothing, or bytes that the codec cannot read
  kOutOfOrderSequence,
  kInvalidProducerEpoch,
  kInvalidTxnState,
  kStorage,  // see AppendResult::status
  kFenced,
  kTakesLong,  // AppendRequest::quick_bytes_max; nothing has changed
};

struct RecordError {
  int32_t batch_index = 0;
  std::string message;
};

struct AppendRequest {
  OwnerToken owner;
  // One or more whole batches of magic 2. The bytes are patched in place (base offset, leader
  // epoch, and timestamp fields with the checksum redone where the topic asks for it).
  std::span<char> batches;
  // Of kClient: at most one batch, checked by the validator; kCoordinator batches are ours.
  enum class Origin : unsigned char { kClient, kCoordinator } origin = Origin::kClient;
  // What may be decompressed of a client's batch: for more, or rewriting, it answers kTakesLong.
  std::optional<size_t> quick_bytes_max = std::nullopt;
  bool awaited = true;  // false: the device gets them with the next one that is, or some time later
};

struct AppendResult {
  AppendError error = AppendError::kNone;
  Status status;  // reason in words; empty on success
  int64_t base_offset = -1;
  int64_t last_offset = -1;
  Millis log_append_time_ms = -1;  // -1 unless the topic stamps
  int64_t log_start_offset = -1;
  bool duplicate = false;  // a retry of a batch that is in the log; offsets are the original's
  std::vector<RecordError> record_errors;
  int64_t load = 0;               // LogOffsets::load
  size_t decompressed_bytes = 0;  // to check the batch, also where it was refused
};

struct LogOffsets {
  int64_t start = 0;        // log start offset
  int64_t stable = 0;       // first offset of the oldest open transaction, or durable_end
  int64_t durable_end = 0;  // source of the high watermark
  int64_t end = 0;          // next offset to be assigned
  // Rises when the log falls back, or is taken from its files anew: what was appended before and
  // was not durable may be gone, and its offsets others'.
  int64_t load = 0;
};

struct ReadRequest {
  int64_t offset = 0;
  int64_t offset_limit = 0;  // no batch that begins at or behind it
  size_t max_bytes = 0;
  bool at_least_one = false;  // the first batch comes whole, even if larger than max_bytes
  bool want_aborted = false;  // fill aborted transactions for read_committed
};

struct AbortedTransaction {
  int64_t producer_id;
  int64_t first_offset;
};

struct ReadResult {
  ByteChain data;           // whole batches
  int64_t next_offset = 0;  // behind the last batch of data, or the request's offset if empty
  std::vector<AbortedTransaction> aborted;

  // Keeps the memory for the next use.
  void Clear() {
    data.Clear();
    aborted.clear();
    next_offset = 0;
  }
};

struct TimestampOffset {
  int64_t offset = -1;
  Millis timestamp_ms = -1;
  int32_t leader_epoch = -1;
};

struct EpochEnd {
  int32_t epoch = -1;
  int64_t end_offset = -1;
};

// Told when a log's offsets move. Called under the log's mutex: store, wake others, do not call
// back.
class LogListener {
 public:
  virtual ~LogListener() = default;
  // durable_end, stable or start changed. `appended_bytes` became visible by this change.
  virtual void OnAdvance(const LogOffsets& now, size_t appended_bytes) = 0;
  virtual void OnClosed() = 0;  // deleted or failed; no further calls follow
  virtual void OnSealed() {}    // a segment was sealed: there may be something to compact
};

struct ProducerInfo {
  int64_t producer_id;
  int16_t epoch;
  int32_t last_sequence;
  Millis last_timestamp_ms;
  int32_t coordinator_epoch;
  int64_t current_txn_start_offset;
};

class PartitionLog {
 public:
  virtual ~PartitionLog() = default;
  // `owner` leads from here on: its epoch begins at the log's end, and older owners are fenced.
  virtual Status Lead(const OwnerToken& owner) = 0;
  // Validates, checks producer state, assigns offsets, writes. On refusal nothing has changed.
  virtual AppendResult Append(const AppendRequest& request) = 0;
  virtual LogOffsets offsets() const = 0;
  // Adds to data and aborted what it finds, so that one result gathers several partitions; sets
  // next_offset. kNotFound if offset < start or > end; adds nothing if nothing lies below the
  // limit. kCorrupt if the record at the offset is damaged: then next_offset is where reading can
  // go on, if it has moved.
  virtual Status Read(const ReadRequest& request, ReadResult* out) = 0;
  // First record with timestamp >= ts below `limit`; offset -1 if none.
  virtual Result<TimestampOffset> FindByTime(Millis ts, int64_t limit) = 0;
  // The record with the largest timestamp below `limit` (the first of equals); -1 if empty.
  virtual Result<TimestampOffset> FindMaxTimestamp(int64_t limit) = 0;
  virtual int32_t EpochAt(int64_t offset) const = 0;  // -1 if unknown
  virtual int32_t LatestEpoch() const = 0;            // -1 if the log never saw one
  // The largest known epoch <= `epoch` and where it ends; {-1, -1} if none, or `epoch` is newer.
  virtual EpochEnd EndOfEpoch(int32_t epoch) const = 0;
  // DeleteRecords: moves the start up; lower values do nothing. OK: a restart keeps it. Else the
  // start is as before: kInvalid above durable_end, or what the device or a failed log answers.
  virtual Status TrimPrefix(const OwnerToken& owner, int64_t new_start) = 0;
  virtual void SetConfig(const LogConfig& config) = 0;
  virtual int64_t SizeBytes() const = 0;
  virtual std::vector<ProducerInfo> Producers() const = 0;
  // Housekeeping that depends on time: roll by age, retention, producer expiry.
  virtual void Maintain() = 0;
  // What compaction there is to do. Nothing for a log that is not loaded.
  virtual CompactionNeed NeedOfCompaction() const = 0;
  // A new pass, which the log must outlive; null: nothing to clean, one under way, or closed.
  virtual std::shared_ptr<Compaction> StartCompaction(const CompactionLimits& limits) = 0;
  // Compares the segment that holds `offset` with its checksums, whatever is known of it; damage is
  // marked and reported as if a read had found it. Makes its index files again if need be.
  virtual Status Recheck(int64_t offset) = 0;
  // At most one; null removes it. The listener must outlive its registration.
  virtual void SetListener(LogListener* listener) = 0;
};

struct PartitionId {
  std::string topic;
  Uuid topic_id;
  int32_t partition = 0;
};

class LogStore {
 public:
  virtual ~LogStore() = default;
  // Opens or makes the log. A directory of the same name with another topic id is never read: it is
  // moved aside and reported. Cheap: files are made at the first append and opened on demand.
  virtual Result<std::shared_ptr<PartitionLog>> Open(const PartitionId& id,
                                                     const LogConfig& config) = 0;
  // The partitions of the topic that have files, in any order.
  virtual std::vector<int32_t> StoredPartitions(const std::string& topic) = 0;
  // The folders, below the store's, of partitions whose topics `is_known` does not know.
  virtual std::vector<std::string> StrayPartitions(
      const std::function<bool(const std::string& topic)>& is_known) = 0;
  // A pass over the partition's files; null if there is nothing that can be compared.
  virtual std::shared_ptr<Scrub> StartScrub(const PartitionId& id) = 0;
  // Removes the partition's data, if there is any; open readers keep what they hold.
  virtual Status Delete(const PartitionId& id) = 0;
  // Who frees room has found none: gives up the reserve, and removes at once what was deleted and
  // waits for its end. True if a write may succeed now.
  virtual bool ReleaseReserve() = 0;
  // Before Close(): loading ends at the next segment of a log, and none begins; kRetriable.
  virtual void BeginClose() = 0;
  // Writes what a clean restart needs. No call of the store may follow; appends to its logs, which
  // workers may hold, are refused then, kRetriable.
  virtual Status Close() = 0;
};

}  // namespace odradek::storage
