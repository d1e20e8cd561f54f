#include "coordinator/testing/fake_log.h"

namespace odradek::coordinator {

int32_t FakeLog::PartitionCount(InternalTopic) {
  MutexLock lock(mutex_);
  return exists_ ? partitions_ : 0;
}

int32_t FakeLog::EnsurePartitions(InternalTopic) {
  MutexLock lock(mutex_);
  exists_ = exists_ || may_create_;
  return exists_ ? partitions_ : 0;
}

int32_t FakeLog::Leader(InternalTopic, int32_t partition) {
  MutexLock lock(mutex_);
  const auto found = leaders_.find(partition);
  return found == leaders_.end() ? 0 : found->second;
}

void FakeLog::Append(InternalTopic, int32_t partition, std::span<const Record> records, Await await,
                     AppendDone done) {
  PendingAppend append{partition, records, await, std::move(done)};
  {
    MutexLock lock(mutex_);
    ++append_count_;
    if (held_) {
      waiting_.push_back(
          [this, append = std::move(append)]() mutable { Finish(std::move(append)); });
      return;
    }
  }
  Finish(std::move(append));
}

void FakeLog::Finish(PendingAppend append) {
  Status status;
  {
    MutexLock lock(mutex_);
    if (failing_appends_ > 0) {
      --failing_appends_;
      status = failure_;
    } else {
      for (const Record& record : append.records)
        entries_.push_back({append.partition, record, append.await});
    }
  }
  append.done(std::move(status));
}

void FakeLog::Load(InternalTopic, int32_t partition, Replay replay, LoadDone done) {
  {
    MutexLock lock(mutex_);
    if (held_) {
      waiting_.push_back(
          [this, partition, replay = std::move(replay), done = std::move(done)]() mutable {
            FinishLoad(partition, std::move(replay), std::move(done));
          });
      return;
    }
  }
  FinishLoad(partition, std::move(replay), std::move(done));
}

void FakeLog::FinishLoad(int32_t partition, Replay replay, LoadDone done) {
  std::vector<Entry> entries;
  Status status;
  {
    MutexLock lock(mutex_);
    if (failing_loads_ > 0) {
      --failing_loads_;
      status = failure_;
    } else {
      entries = entries_;
    }
  }
  int64_t offset = 0;
  for (const Entry& entry : entries) {
    if (entry.partition != partition) continue;
    std::optional<std::string_view> value;
    if (entry.record.value) value = *entry.record.value;
    replay({entry.record.key, value, entry.record.timestamp_ms, offset++});
  }
  done(std::move(status));
}

void FakeLog::Unmake(bool may_create) {
  MutexLock lock(mutex_);
  exists_ = false;
  may_create_ = may_create;
}

void FakeLog::SetLeader(int32_t partition, int32_t node) {
  MutexLock lock(mutex_);
  leaders_[partition] = node;
}

void FakeLog::Hold() {
  MutexLock lock(mutex_);
  held_ = true;
}

void FakeLog::Release() {
  while (true) {
    UniqueFunction<void()> next;
    {
      MutexLock lock(mutex_);
      if (waiting_.empty()) {
        held_ = false;
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next();
  }
}

void FakeLog::FailAppends(int count, Status status) {
  MutexLock lock(mutex_);
  failing_appends_ = count;
  failure_ = std::move(status);
}

void FakeLog::FailLoads(int count, Status status) {
  MutexLock lock(mutex_);
  failing_loads_ = count;
  failure_ = std::move(status);
}

std::vector<FakeLog::Entry> FakeLog::entries() const {
  MutexLock lock(mutex_);
  return entries_;
}

std::map<std::string, std::string> FakeLog::Compacted() const {
  MutexLock lock(mutex_);
  std::map<std::string, std::string> last;
  for (const Entry& entry : entries_) {
    if (entry.record.value) {
      last[entry.record.key] = *entry.record.value;
    } else {
      last.erase(entry.record.key);
    }
  }
  return last;
}

size_t FakeLog::append_count() const {
  MutexLock lock(mutex_);
  return append_count_;
}

size_t FakeLog::waiting() const {
  MutexLock lock(mutex_);
  return waiting_.size();
}

}  // namespace odradek::coordinator
