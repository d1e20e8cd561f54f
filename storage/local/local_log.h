// LocalLog: a partition's log in local files, behind the PartitionLog interface. Small until it is
// used: what it knows is loaded at the first call that needs it.
//
// Owner: LocalStore, shared with callers. Thread-safe: one mutex per log, held while a batch is
// written; the checks of a batch's bytes run before it is taken. Lock order: this mutex, then those
// of FileCache and DecompressorPool. Source: UnifiedLog of Apache Kafka for the order of checks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure_log.h"
#include "base/mutex.h"
#include "storage/local/log_state.h"
#include "storage/local/store_context.h"
#include "storage/local/write_trouble.h"
#include "storage/log_store.h"

namespace odradek::storage {

class LocalCompaction;

class LocalLog final : public PartitionLog, public std::enable_shared_from_this<LocalLog> {
 public:
  LocalLog(std::shared_ptr<StoreContext> context, std::shared_ptr<const std::string> topic,
           Uuid topic_id, int32_t partition, std::shared_ptr<const LogConfig> config);
  ~LocalLog() override;

  Status Lead(const OwnerToken& owner) override EXCLUDES(mutex_);
  AppendResult Append(const AppendRequest& request) override EXCLUDES(mutex_);
  LogOffsets offsets() const override EXCLUDES(mutex_);
  Status Read(const ReadRequest& request, ReadResult* out) override EXCLUDES(mutex_);
  Result<TimestampOffset> FindByTime(Millis ts, int64_t limit) override EXCLUDES(mutex_);
  Result<TimestampOffset> FindMaxTimestamp(int64_t limit) override EXCLUDES(mutex_);
  int32_t EpochAt(int64_t offset) const override EXCLUDES(mutex_);
  int32_t LatestEpoch() const override EXCLUDES(mutex_);
  EpochEnd EndOfEpoch(int32_t epoch) const override EXCLUDES(mutex_);
  Status TrimPrefix(const OwnerToken& owner, int64_t new_start) override EXCLUDES(mutex_);
  void SetConfig(const LogConfig& config) override EXCLUDES(mutex_);
  int64_t SizeBytes() const override EXCLUDES(mutex_);
  std::vector<ProducerInfo> Producers() const override EXCLUDES(mutex_);
  void Maintain() override EXCLUDES(mutex_);
  CompactionNeed NeedOfCompaction() const override EXCLUDES(mutex_);
  std::shared_ptr<Compaction> StartCompaction(const CompactionLimits& limits) override
      EXCLUDES(mutex_);
  Status Recheck(int64_t offset) override EXCLUDES(mutex_);
  void SetListener(LogListener* listener) override EXCLUDES(mutex_);

  const Uuid& topic_id() const { return topic_id_; }
  const std::string& topic() const { return *topic_; }
  std::string Directory() const;
  Millis FileDeleteDelayMs() const EXCLUDES(mutex_);
  // Null if there is nothing to compare. Does not load the log.
  std::shared_ptr<Scrub> StartScrub() const EXCLUDES(mutex_);
  // Refuses all further calls: the files are about to be removed.
  void Discard() EXCLUDES(mutex_);
  // The same for a clean stop: see LogState. The second one requires that there is a mark.
  Result<CloseWork> BeginClose() EXCLUDES(mutex_);
  Status EndClose() EXCLUDES(mutex_);
  // Puts what was appended so far on the device and publishes it. Blocks; called by FlushQueue, one
  // call at a time.
  void Flush() EXCLUDES(mutex_);

 private:
  friend class LocalCompaction;

  // A batch, or several of a coordinator, ready to get offsets.
  struct Prepared {
    std::span<char> bytes;
    std::string rebuilt;  // holds `bytes` if they are not the caller's
    Millis now_ms = 0;
    bool stamped = false;
  };

  // Loads the state if need be.
  Status Load() const REQUIRES(mutex_);
  // Refuses all further calls. False if there is nothing loaded that could be closed.
  bool Shut() REQUIRES(mutex_);
  bool Prepare(const AppendRequest& request, const LogConfig& config, Prepared* out,
               AppendResult* result) const;
  bool PrepareProduced(const AppendRequest& request, const LogConfig& config, Prepared* out,
                       AppendResult* result) const;
  bool RefuseRebuilt(const Status& why, const LogConfig& config, AppendResult* result) const;
  bool PrepareOwn(std::span<char> bytes, const LogConfig& config, Prepared* out,
                  AppendResult* result) const;
  void Commit(const AppendRequest& request, const Prepared& prepared, AppendResult* result)
      REQUIRES(mutex_);
  // Tells of what cannot be written. What worked costs nothing.
  void NoteTrouble(const AppendResult& result) REQUIRES(mutex_);
  bool CheckProducers(const AppendRequest& request, const Prepared& prepared, AppendResult* result)
      REQUIRES(mutex_);
  Status WriteWithinReserve(const AppendRequest& request, const Prepared& prepared)
      REQUIRES(mutex_);
  Status MakeRoom(const Prepared& prepared) REQUIRES(mutex_);
  // Begins a new segment and tells of it.
  Status Seal(Millis now_ms) REQUIRES(mutex_);
  bool ShouldRoll(size_t bytes, int64_t largest_timestamp, int64_t largest_offset) REQUIRES(mutex_);
  bool Fenced(const OwnerToken& owner) REQUIRES(mutex_);

  // `base`: how much of out->data lay there before this read.
  Status ReadSegment(Segment& segment, const ReadRequest& request, int64_t limit, size_t base,
                     ReadResult* out) REQUIRES(mutex_);
  Result<TimestampOffset> FindInBatch(Segment& segment, const Boundary& at, Millis ts,
                                      int64_t from_offset) REQUIRES(mutex_);
  Result<TimestampOffset> FindInSegment(Segment& segment, Millis ts, int64_t limit)
      REQUIRES(mutex_);
  Result<Millis> LargestTimestampBelow(Segment& segment, int64_t limit) REQUIRES(mutex_);
  size_t CountExpired(Millis now_ms) const REQUIRES(mutex_);
  size_t CountOversize() const REQUIRES(mutex_);
  Status DropFirst(size_t count) REQUIRES(mutex_);
  Status RollToDrop() REQUIRES(mutex_);
  void Notify(size_t appended_bytes) REQUIRES(mutex_);
  // What was appended becomes visible, now or when it is on the device.
  void PublishAppend(size_t appended_bytes, bool awaited) REQUIRES(mutex_);
  // Where appends do not wait for the device: flush.messages and flush.ms.
  void FlushByConfig() REQUIRES(mutex_);
  void FlushWithin(Millis delay_ms) REQUIRES(mutex_);
  void RequestFlush() REQUIRES(mutex_);
  void OnFlushTimer() EXCLUDES(mutex_);
  void TakeIn(const FlushPlan& plan) REQUIRES(mutex_);
  void FlushTheRest() REQUIRES(mutex_);
  // The state follows the configs.
  void ApplyConfig() const REQUIRES(mutex_);
  // A sync failed: the log ends where the device is known to have it.
  void FallBack(const Status& why) REQUIRES(mutex_);
  // Takes the state from the files again; see LoadLog for `synced`. The old one stays if it fails.
  Status LoadAnew(const SegmentSummary* synced) REQUIRES(mutex_);
  // The same after a failure that may have passed, from time to time; ok if it is not time yet.
  Status TryToRecover() REQUIRES(mutex_);
  void TakeNoMoreAppends(const Status& why) REQUIRES(mutex_);
  // Puts the checkpoint on the device if enough has happened since it last was.
  void SaveCheckpoint() EXCLUDES(mutex_);

  // For compaction. What can be cleaned now: the sealed segments before `end`.
  struct Cleanable {
    int64_t dirty_from = 0;
    size_t end = 0;  // of the segments
    int64_t clean_bytes = 0;
    int64_t dirty_bytes = 0;
    bool due = false;  // by its age
  };
  // No pass of compaction runs when it returns, or will begin.
  void CancelCompaction() EXCLUDES(mutex_);
  Cleanable FindCleanable(Millis now_ms) const REQUIRES(mutex_);
  std::unique_ptr<Segment> MakeSegment(int64_t load_number, int64_t base_offset) EXCLUDES(mutex_);
  Status SwapIn(int64_t load_number, CleanedSegment& cleaned) EXCLUDES(mutex_);
  void EndCompaction(int64_t load_number, int64_t cleaned_to, const Status& status)
      EXCLUDES(mutex_);
  void NoteCompaction(int64_t load_number, int64_t cleaned_to, const Status& status)
      EXCLUDES(mutex_);
  // Loads the state anew, after files and memory fell apart.
  void Reload(const Status& why) REQUIRES(mutex_);

  const std::shared_ptr<StoreContext> shared_context_;
  StoreContext& context_;
  const std::shared_ptr<const std::string> topic_;
  const Uuid topic_id_;
  const int32_t partition_;
  mutable Mutex mutex_;
  bool closed_ GUARDED_BY(mutex_) = false;
  bool is_discarded_ GUARDED_BY(mutex_) = false;  // another log may have the directory's name
  std::shared_ptr<const LogConfig> config_ GUARDED_BY(mutex_);
  LogListener* listener_ GUARDED_BY(mutex_) = nullptr;
  mutable std::unique_ptr<LogState> state_ GUARDED_BY(mutex_);
  mutable int64_t load_number_ GUARDED_BY(mutex_) = 0;  // of state_
  WriteTrouble trouble_ GUARDED_BY(mutex_);
  mutable FailureLog load_failures_;
  FailureLog checkpoint_failures_;
  bool flush_pending_ GUARDED_BY(mutex_) = false;  // queued or in its turn
  bool saving_checkpoint_ GUARDED_BY(mutex_) = false;
  bool has_flush_timer_ GUARDED_BY(mutex_) = false;
  std::weak_ptr<LocalCompaction> compaction_ GUARDED_BY(mutex_);
  Status uncleanable_ GUARDED_BY(mutex_);  // why there will be no further compaction
  bool closing_ GUARDED_BY(mutex_) = false;
};

}  // namespace odradek::storage
