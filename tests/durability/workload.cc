#include "tests/durability/workload.h"

#include <algorithm>
#include <utility>

#include "protocol/records/control_record.h"
#include "storage/compaction.h"

namespace odradek::durability {

using storage::AppendError;
using storage::AppendRequest;
using storage::AppendResult;

class Workload::Listener final : public storage::LogListener {
 public:
  Listener(Workload& workload, size_t index) : workload_(workload), index_(index) {}
  void OnAdvance(const storage::LogOffsets& now, size_t) override {
    workload_.Acknowledge(index_, now);
  }
  void OnClosed() override {}

 private:
  Workload& workload_;
  const size_t index_;
};

Workload::Workload(Files& disk, Mode mode, uint64_t seed)
    : disk_(disk), mode_(mode), seed_(seed), random_(seed) {
  for (size_t i = 0; i < kLogs; ++i) {
    listeners_.push_back(std::make_unique<Listener>(*this, i));
    LogModel log;
    constexpr const char* kTopics[kLogs] = {"alpha", "alpha", "beta", "gamma"};
    log.id = {kTopics[i], random_.NewUuid(), i == 1 ? 1 : 0};
    if (i == 1) log.id.topic_id = model_.logs[0].id.topic_id;  // of one topic
    log.number = model_.next_log_number++;
    log.compacted = i == kCompacted;
    if (log.compacted) model_.history.Sparse(log.number);
    model_.logs.push_back(log);
  }
}

Workload::~Workload() = default;

Status Workload::Start() {
  logs_.clear();
  world_.reset();
  world_ = std::make_unique<World>(disk_, mode_, boot_, seed_);
  world_->clock().Advance(now_ms_);
  std::vector<std::string> records;
  RETURN_IF_ERROR(world_->OpenJournal(&records));
  if (records.size() == model_.journal.size() + 1 && records.back() == model_.journal_waiting)
    model_.journal.push_back(records.back());  // it was not refused for good
  if (records != model_.journal) return Corrupt("the journal holds other records");
  model_.journal_waiting.reset();
  return OpenLogs();
}

Status Workload::OpenLogs() {
  logs_.resize(kLogs);
  for (size_t i = 0; i < kLogs; ++i) RETURN_IF_ERROR(OpenLog(i));
  return Status();
}

Status Workload::OpenLog(size_t index) {
  Result<std::shared_ptr<storage::PartitionLog>> opened =
      world_->store().Open(model_.logs[index].id, SmallLogConfig(model_.logs[index].compacted));
  if (!opened.ok()) {
    logs_[index] = nullptr;
    return opened.status();
  }
  logs_[index] = *opened;
  logs_[index]->SetListener(listeners_[index].get());
  return Status();
}

Status Workload::Restart() {
  for (LogModel& log : model_.logs) {
    log.waiting.clear();
    log.last_of_producer.clear();
  }
  // What became of the tail is not known: producers do not come back.
  ++producer_generation_;
  now_ms_ = world_->clock().MonotonicMs() - HeldClock().MonotonicMs();
  return Start();
}

Status Workload::RestartCleanly() {
  for (size_t i = 0; i < kLogs; ++i) Settle(i);
  now_ms_ = world_->clock().MonotonicMs() - HeldClock().MonotonicMs();
  const Status closed = world_->Close();
  if (closed.ok()) return Start();
  RETURN_IF_ERROR(Refused(closed));
  return Restart();
}

std::vector<std::string> Workload::NewValues(size_t count) {
  std::vector<std::string> values;
  for (size_t i = 0; i < count; ++i) values.push_back("v" + std::to_string(model_.next_value++));
  return values;
}

Status Workload::Refused(Status status) {
  if (!failures_allowed_) return status;
  ++refused_;
  return Status();
}

Status Workload::Step() {
  const size_t index = random_.Below(kCompacted);
  world_->clock().Advance(static_cast<Millis>(random_.Below(50)));
  for (size_t i = 0; i < kLogs; ++i) {
    if (logs_[i] != nullptr) continue;
    if (const Status opened = OpenLog(i); !opened.ok()) return Refused(opened);
  }
  const uint64_t dice = journal_only_ ? 86 + random_.Below(11) : random_.Below(132);
  Status status;
  if (dice >= 127) {
    status = Compact();
  } else if (dice >= 100) {
    status = dice == 126 ? Lead(kCompacted) : AppendPlain(kCompacted);
  } else if (dice < 22) {
    status = AppendPlain(index);
  } else if (dice < 42) {
    status = AppendIdempotent(index);
  } else if (dice < 52) {
    status = AppendTransactional(index);
  } else if (dice < 60) {
    status = EndTransaction(index);
  } else if (dice < 68) {
    status = AppendAsCoordinator(index);
  } else if (dice < 73) {
    status = Trim(index);
  } else if (dice < 78) {
    status = Retain(index);
  } else if (dice < 83) {
    status = Lead(index);
  } else if (dice < 86) {
    status = Recreate(2);
  } else if (dice < 94) {
    status = JournalAppend();
  } else if (dice < 97) {
    status = JournalSnapshot();
  } else {
    status = RestartCleanly();
  }
  if (random_.Below(3) != 0) world_->workers().RunAll();
  for (size_t i = 0; i < kLogs; ++i) Settle(i);
  return status;
}

void Workload::Finish() {
  world_->workers().RunAll();
  for (size_t i = 0; i < kLogs; ++i) Settle(i);
}

std::string Workload::CheckNow() {
  for (size_t i = 0; i < kLogs; ++i) {
    if (logs_[i] == nullptr) return "a log cannot be opened";
    const LogModel& log = model_.logs[i];
    Result<LogView> view = ReadLog(*logs_[i]);
    if (!view.ok()) return view.status().ToString();
    const storage::LogOffsets& offsets = view->offsets;
    if (offsets.end == offsets.durable_end) {
      std::string wrong = CheckDerived(*logs_[i], *view);
      if (wrong.empty()) wrong = CheckSearches(*logs_[i], *view);
      if (!wrong.empty()) return wrong;
    }
    if (std::string wrong = log.CheckNewest(view->records); !wrong.empty()) return wrong;
    model_.history.Read(log.number, std::min(offsets.start, log.may_start), offsets.durable_end,
                        /*is_end=*/true, std::move(view->records));
    const std::vector<Finding> findings = model_.history.Check();
    if (!findings.empty())
      return std::string(AnomalyName(findings.front().anomaly)) + ": " + findings.front().what;
  }
  return {};
}

Status Workload::WriteEverywhere() {
  const bool allowed = std::exchange(failures_allowed_, false);
  Status status;
  for (size_t i = 0; i < kLogs && status.ok(); ++i) {
    status = logs_[i] == nullptr ? OpenLog(i) : Status();
    if (status.ok()) status = AppendPlain(i);
    if (!status.ok()) break;
    world_->workers().RunAll();
    Settle(i);
    if (!model_.logs[i].waiting.empty()) status = Unknown("a write that never counts");
  }
  if (status.ok()) status = JournalAppend().Annotate("journal");
  failures_allowed_ = allowed;
  return status;
}

void Workload::Settle(size_t index) {
  if (!model_.logs[index].waiting.empty()) Acknowledge(index, logs_[index]->offsets());
}

void Workload::Acknowledge(size_t index, const storage::LogOffsets& now) {
  LogModel& log = model_.logs[index];
  while (!log.waiting.empty() && log.waiting.front().last_offset < now.durable_end) {
    SentBatch batch = std::move(log.waiting.front());
    log.waiting.erase(log.waiting.begin());
    model_.history.Ok(batch.op, batch.base_offset);
    ++acknowledged_;
    for (size_t i = 0; log.compacted && i < batch.values.size(); ++i)
      log.acked[batch.base_offset + static_cast<int64_t>(i)] = batch.values[i];
    if (batch.fields.producer_id >= 0 && !batch.fields.transactional)
      log.last_of_producer[batch.fields.producer_id] = std::move(batch);
  }
  // The log was cut back: those who wait are told that nobody knows.
  while (!log.waiting.empty() && log.waiting.back().last_offset >= now.end) {
    model_.history.Unknown(log.waiting.back().op);
    log.waiting.pop_back();
    ++producer_generation_;
    ++refused_;
  }
  while (!log.ends.empty() && log.ends.back().first > now.end) log.ends.pop_back();
}

Status Workload::Append(size_t index, SentBatch batch, std::string bytes,
                        AppendRequest::Origin origin) {
  LogModel& log = model_.logs[index];
  const int64_t size = static_cast<int64_t>(bytes.size());
  if (!batch.values.empty()) batch.op = model_.history.Invoke(0, log.number, batch.values);
  const AppendResult result =
      logs_[index]->Append({.owner = OwnerOf(index), .batches = bytes, .origin = origin});
  if (result.error != AppendError::kNone) {
    // By their meaning, the two codes say that nothing has happened.
    const bool is_certain =
        result.status.code() == StatusCode::kFull || result.status.code() == StatusCode::kRetriable;
    if (!batch.values.empty())
      is_certain ? model_.history.Fail(batch.op) : model_.history.Unknown(batch.op);
    if (batch.fields.producer_id >= 0) {
      log.next_sequence[batch.fields.producer_id] = batch.fields.sequence;
      // A producer does not go on behind a write that nobody knows about.
      if (!is_certain) ++producer_generation_;
    }
    return Refused(result.status);
  }
  const int64_t before = log.ends.empty() ? 0 : log.ends.back().second;
  log.ends.emplace_back(result.last_offset + 1, before + size);
  if (batch.values.empty()) return Status();
  batch.base_offset = result.base_offset;
  batch.last_offset = result.last_offset;
  log.waiting.push_back(std::move(batch));
  // With kProcess it counts by now.
  Settle(index);
  return Status();
}

Status Workload::AppendPlain(size_t index) {
  SentBatch batch;
  batch.values = NewValues(1 + random_.Below(3));
  batch.fields.timestamp_ms = world_->clock().WallMs();
  std::string bytes = MakeBatch(batch.values, batch.fields);
  return Append(index, std::move(batch), std::move(bytes), AppendRequest::Origin::kClient);
}

int64_t Workload::NewestProducer(int64_t first) {
  return 1'000 * producer_generation_ + first + static_cast<int64_t>(random_.Below(2));
}

Status Workload::AppendIdempotent(size_t index) {
  LogModel& log = model_.logs[index];
  SentBatch batch;
  batch.fields.producer_id = NewestProducer(0);
  int32_t& next = log.next_sequence[batch.fields.producer_id];
  batch.fields.sequence = next;
  batch.values = NewValues(1 + random_.Below(2));
  batch.fields.timestamp_ms = world_->clock().WallMs();
  next += static_cast<int32_t>(batch.values.size());
  std::string bytes = MakeBatch(batch.values, batch.fields);
  return Append(index, std::move(batch), std::move(bytes), AppendRequest::Origin::kClient);
}

Status Workload::AppendTransactional(size_t index) {
  LogModel& log = model_.logs[index];
  SentBatch batch;
  batch.fields.producer_id = NewestProducer(500);
  batch.fields.transactional = true;
  int32_t& next = log.next_sequence[batch.fields.producer_id];
  batch.fields.sequence = next;
  batch.values = NewValues(1 + random_.Below(2));
  batch.fields.timestamp_ms = world_->clock().WallMs();
  next += static_cast<int32_t>(batch.values.size());
  log.open_transactions[batch.fields.producer_id] = true;
  std::string bytes = MakeBatch(batch.values, batch.fields);
  return Append(index, std::move(batch), std::move(bytes), AppendRequest::Origin::kClient);
}

Status Workload::EndTransaction(size_t index) {
  LogModel& log = model_.logs[index];
  if (log.open_transactions.empty()) return AppendTransactional(index);
  const int64_t producer = log.open_transactions.begin()->first;
  log.open_transactions.erase(producer);
  return Append(index, SentBatch(),
                records::MakeEndMarkerBatch(producer, 0, {random_.Below(2) == 0, 0},
                                            world_->clock().WallMs()),
                AppendRequest::Origin::kCoordinator);
}

// Several batches in one append are all there or none is acknowledged.
Status Workload::AppendAsCoordinator(size_t index) {
  SentBatch batch;
  std::string bytes;
  const size_t count = 1 + random_.Below(3);
  for (size_t i = 0; i < count; ++i) {
    const std::vector<std::string> values = NewValues(1 + random_.Below(2));
    batch.values.insert(batch.values.end(), values.begin(), values.end());
    bytes += MakeBatch(values, {.timestamp_ms = world_->clock().WallMs()});
  }
  return Append(index, std::move(batch), std::move(bytes), AppendRequest::Origin::kCoordinator);
}

Status Workload::Trim(size_t index) {
  LogModel& log = model_.logs[index];
  const storage::LogOffsets offsets = logs_[index]->offsets();
  const int64_t range = offsets.durable_end - offsets.start + 1;
  const int64_t to =
      offsets.start +
      static_cast<int64_t>(random_.Below(static_cast<uint64_t>(std::max<int64_t>(range, 1))));
  log.may_start = std::max(log.may_start, to);
  model_.history.Trim(log.number, log.may_start);
  const Status status = logs_[index]->TrimPrefix(OwnerOf(index), to);
  if (!status.ok()) return Refused(status);
  log.must_start = std::max(log.must_start, to);
  return Status();
}

// Retention by size: what is left has at least that size.
Status Workload::Retain(size_t index) {
  LogModel& log = model_.logs[index];
  storage::LogConfig config = SmallLogConfig();
  config.retention_bytes = static_cast<int64_t>(600 + random_.Below(1500));
  const int64_t total = log.ends.empty() ? 0 : log.ends.back().second;
  for (const auto& [offset, bytes] : log.ends) {
    if (total - bytes >= config.retention_bytes) log.may_start = std::max(log.may_start, offset);
  }
  model_.history.Trim(log.number, log.may_start);
  logs_[index]->SetConfig(config);
  logs_[index]->Maintain();
  logs_[index]->SetConfig(SmallLogConfig());
  return Status();
}

Status Workload::Lead(size_t index) {
  ++model_.logs[index].leader_epoch;
  const Status status = logs_[index]->Lead(OwnerOf(index));
  return status.ok() ? status : Refused(status);
}

Status Workload::Recreate(size_t index) {
  LogModel& log = model_.logs[index];
  const storage::PartitionId old = log.id;
  LogModel fresh;
  fresh.id = {old.topic, random_.NewUuid(), old.partition};
  fresh.number = model_.next_log_number++;
  log = fresh;
  const bool deletes = random_.Below(2) == 0;  // else the broker stopped before it could
  if (deletes) {
    const Status status = world_->store().Delete(old);
    if (!status.ok()) RETURN_IF_ERROR(Refused(status));
  }
  const Status opened = OpenLog(index);
  return opened.ok() ? opened : Refused(opened);
}

// A whole pass, from what is sealed and durable; segments are joined. One that gives up has changed
// nothing.
Status Workload::Compact() {
  storage::LogConfig config = SmallLogConfig(/*compacted=*/true);
  config.segment_bytes = 1200;
  logs_[kCompacted]->SetConfig(config);
  const std::shared_ptr<storage::Compaction> pass = logs_[kCompacted]->StartCompaction({});
  logs_[kCompacted]->SetConfig(SmallLogConfig(/*compacted=*/true));
  if (pass == nullptr) return Status();
  storage::Compaction::Step step;
  do step = pass->Run();
  while (step.state == storage::Compaction::State::kMore);
  return step.status.ok() ? step.status : Refused(step.status);
}

Status Workload::JournalAppend() {
  const std::string record = "j" + std::to_string(model_.next_value++);
  // Behind a record that nobody knows about the journal takes no other.
  if (!model_.journal_waiting.has_value()) model_.journal_waiting = record;
  const Status status = world_->journal()->Append(record);
  if (!status.ok()) return Refused(status);
  model_.journal_waiting.reset();
  model_.journal.push_back(record);
  ++acknowledged_;
  return Status();
}

Status Workload::JournalSnapshot() {
  const Status status = world_->journal()->WriteSnapshot(model_.journal);
  return status.ok() ? status : Refused(status);
}

}  // namespace odradek::durability
