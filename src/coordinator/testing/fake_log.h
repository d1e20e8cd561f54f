// FakeLog: the internal topics as lists in memory, whose completions and failures tests decide.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "coordinator/partition_writer.h"

namespace odradek::coordinator {

// Thread-safe. By default the topics exist and an append completes inside the call.
class FakeLog final : public PartitionWriter {
 public:
  explicit FakeLog(int32_t partitions = 3) : partitions_(partitions) {}

  int32_t PartitionCount(InternalTopic) override;
  int32_t EnsurePartitions(InternalTopic) override;
  int32_t Leader(InternalTopic, int32_t partition) override;
  void Append(InternalTopic topic, int32_t partition, std::span<const Record> records, Await await,
              AppendDone done) override;
  void Load(InternalTopic topic, int32_t partition, Replay replay, LoadDone done) override;

  // The topics are missing until somebody ensures them; `may_create` false: never.
  void Unmake(bool may_create);
  void SetLeader(int32_t partition, int32_t node);
  // Appends and loads wait for Release() from now on.
  void Hold();
  // Completes what waits, in order, and stops holding.
  void Release();
  // The next `count` appends fail and leave nothing in the log.
  void FailAppends(int count, Status status);
  void FailLoads(int count, Status status);

  struct Entry {
    int32_t partition;
    Record record;
    Await await;
  };
  std::vector<Entry> entries() const;
  // What compaction would leave: the last value of each key, in key order.
  std::map<std::string, std::string> Compacted() const;
  size_t append_count() const;
  size_t waiting() const;

 private:
  struct PendingAppend {
    int32_t partition;
    std::span<const Record> records;
    Await await;
    AppendDone done;
  };

  void Finish(PendingAppend append);
  void FinishLoad(int32_t partition, Replay replay, LoadDone done);

  mutable Mutex mutex_;
  int32_t partitions_ GUARDED_BY(mutex_);
  bool exists_ GUARDED_BY(mutex_) = true;
  bool may_create_ GUARDED_BY(mutex_) = true;
  bool held_ GUARDED_BY(mutex_) = false;
  std::map<int32_t, int32_t> leaders_ GUARDED_BY(mutex_);
  std::deque<UniqueFunction<void()>> waiting_ GUARDED_BY(mutex_);
  std::vector<Entry> entries_ GUARDED_BY(mutex_);
  size_t append_count_ GUARDED_BY(mutex_) = 0;
  int failing_appends_ GUARDED_BY(mutex_) = 0;
  int failing_loads_ GUARDED_BY(mutex_) = 0;
  Status failure_ GUARDED_BY(mutex_);
};

}  // namespace odradek::coordinator
