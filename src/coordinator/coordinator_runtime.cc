#include "coordinator/coordinator_runtime.h"

#include <algorithm>

#include "base/check.h"
#include "base/log.h"

namespace odradek::coordinator {
namespace {

size_t SizeOf(const Record& record) {
  return record.key.size() + (record.value ? record.value->size() : 0);
}

}  // namespace

CoordinatorRuntime::CoordinatorRuntime(const Env& env, PartitionWriter& writer, InternalTopic topic,
                                       int32_t partition, std::unique_ptr<CoordinatorShard> shard)
    : env_(env), writer_(writer), topic_(topic), partition_(partition), shard_(std::move(shard)) {}

CoordinatorRuntime::~CoordinatorRuntime() = default;

Readiness CoordinatorRuntime::ReadinessNow() const {
  switch (state_) {
    case State::kReady:
      return Readiness::kReady;
    case State::kLoading:
      return Readiness::kLoading;
    case State::kStopped:
      return Readiness::kStopped;
    case State::kUnloaded:
      return Readiness::kUnavailable;
  }
  UNREACHABLE();
}

Readiness CoordinatorRuntime::Prepare() {
  {
    MutexLock lock(mutex_);
    if (state_ != State::kUnloaded || env_.clock->MonotonicMs() < reload_after_ms_) {
      return ReadinessNow();
    }
    state_ = State::kLoading;
  }
  auto self = shared_from_this();
  writer_.Load(
      topic_, partition_,
      [self](const RecordView& record) {
        MutexLock lock(self->mutex_);
        if (self->state_ == State::kLoading) self->shard_->Replay(record, ReplayMode::kLoad);
      },
      [self](Status status) { self->OnLoaded(status); });
  MutexLock lock(mutex_);
  return ReadinessNow();
}

void CoordinatorRuntime::OnLoaded(const Status& status) {
  RunTurn([&](Turn& turn) {
    mutex_.AssertHeld();
    if (state_ != State::kLoading) return;
    if (status.ok()) {
      state_ = State::kReady;
      if (load_failures_.OnSuccess())
        LOG_INFO("{}-{} could be loaded now", InternalTopicName(topic_), partition_);
      shard_->OnLoaded(turn);
      return;
    }
    if (const auto line = load_failures_.OnFailure(turn.now_ms())) {
      LOG_ERROR("{}-{} cannot be loaded: {}{}", InternalTopicName(topic_), partition_,
                status.ToString(), *line);
    }
    state_ = State::kUnloaded;
    reload_after_ms_ = turn.now_ms() + kReloadPauseMs;
  });
}

void CoordinatorRuntime::Stop() {
  RunTurn([&](Turn& turn) {
    mutex_.AssertHeld();
    if (state_ == State::kStopped) return;
    state_ = State::kStopped;
    shard_->OnUnload(turn);
    // What waits for the log gets its answer now; nothing is replayed any more.
    const Status stopped = Fatal("the coordinator stops");
    for (Batch& batch : in_flight_) {
      if (batch.done) batch.done(stopped, turn);
      batch.done = {};
    }
    turn.writes().clear();
    if (timer_ != Scheduler::kNoTimer) env_.scheduler->Cancel(timer_);
    timer_ = Scheduler::kNoTimer;
  });
}

void CoordinatorRuntime::OnTimer() {
  RunTurn([&](Turn& turn) {
    mutex_.AssertHeld();
    timer_ = Scheduler::kNoTimer;
    timer_at_ms_ = kNever;
    if (state_ == State::kReady) RunDue(turn);
  });
}

void CoordinatorRuntime::RunDue(Turn& turn) {
  if (shard_->NextDeadline() <= turn.now_ms()) shard_->OnTimer(turn);
}

Turn CoordinatorRuntime::BeginTurn() {
  MutexLock lock(completions_mutex_);
  turn_running_ = true;
  return Turn(env_.clock->MonotonicMs(), env_.clock->WallMs());
}

void CoordinatorRuntime::FinishTurn(Turn& turn) {
  do {
    std::vector<Write> writes = std::move(turn.writes());
    turn.writes().clear();
    for (Write& write : writes) Submit(std::move(write));
  } while (TakeCompletions(turn) || !turn.writes().empty());
  Arm(turn.now_ms());
}

void CoordinatorRuntime::Submit(Write write) {
  if (write.records.empty()) {  // waits for what is before it
    in_flight_.push_back({++last_batch_id_, {}, std::move(write.done), true, true, {}});
    return;
  }
  size_t begin = 0;
  while (begin < write.records.size()) {
    size_t end = begin;
    size_t bytes = 0;
    while (end < write.records.size() && end - begin < kBatchRecordsMax) {
      const size_t next = SizeOf(write.records[end]);
      if (end > begin && bytes + next > kBatchBytesMax) break;
      bytes += next;
      ++end;
    }
    const bool ends_write = end == write.records.size();
    const auto from = write.records.begin();
    std::vector<Record> part(std::make_move_iterator(from + static_cast<ptrdiff_t>(begin)),
                             std::make_move_iterator(from + static_cast<ptrdiff_t>(end)));
    Append(std::move(part), write.await, ends_write ? std::move(write.done) : nullptr, ends_write);
    begin = end;
  }
}

void CoordinatorRuntime::Append(std::vector<Record> records, Await await,
                                UniqueFunction<void(const Status&, Turn&)> done, bool ends_write) {
  for (const Record& record : records) shard_->NoteInFlight(record);
  in_flight_.push_back(
      {++last_batch_id_, std::move(records), std::move(done), ends_write, false, {}});
  const Batch& batch = in_flight_.back();
  writer_.Append(topic_, partition_, batch.records, await,
                 [self = shared_from_this(), id = batch.id](Status status) {
                   self->OnAppended(id, std::move(status));
                 });
}

void CoordinatorRuntime::OnAppended(uint64_t id, Status status) {
  {
    MutexLock lock(completions_mutex_);
    completions_.emplace_back(id, std::move(status));
    if (turn_running_) return;  // R3
    turn_running_ = true;       // the next completion joins the turn that starts here
  }
  RunTurn([](Turn&) {});
}

// True if anything was completed. The turn ends only when this found nothing.
bool CoordinatorRuntime::TakeCompletions(Turn& turn) {
  std::vector<std::pair<uint64_t, Status>> completions;
  {
    const bool idle = turn.writes().empty() && !HasFinished();
    MutexLock lock(completions_mutex_);
    completions.swap(completions_);
    if (completions.empty() && idle) {
      turn_running_ = false;
      return false;
    }
  }
  for (auto& [id, status] : completions) {
    CHECK_GE(id, in_flight_.front().id);
    Batch& batch = in_flight_[id - in_flight_.front().id];
    CHECK(!batch.finished);
    batch.finished = true;
    batch.status = std::move(status);
  }
  while (HasFinished()) {
    Batch batch = std::move(in_flight_.front());
    in_flight_.pop_front();
    Complete(batch, turn);
  }
  return true;
}

void CoordinatorRuntime::Complete(Batch& batch, Turn& turn) {
  for (const Record& record : batch.records) shard_->ForgetInFlight(record);
  if (state_ == State::kStopped) return;
  if (batch.status.ok()) {
    for (const Record& record : batch.records) {
      std::optional<std::string_view> value;
      if (record.value) value = *record.value;
      shard_->Replay({record.key, value, record.timestamp_ms, -1}, ReplayMode::kCommit);
    }
  } else if (write_failure_.ok()) {
    write_failure_ = batch.status;
  }
  if (!batch.ends_write) return;
  const Status outcome = std::exchange(write_failure_, Status());
  if (outcome.ok()) {
    (void)write_failures_.OnSuccess();  // the log tells that it can be written again
  } else if (const auto line = write_failures_.OnFailure(turn.now_ms())) {
    LOG_WARN("{}-{} was not written: {}{}", InternalTopicName(topic_), partition_,
             outcome.ToString(), *line);
  }
  if (batch.done) batch.done(outcome, turn);
}

void CoordinatorRuntime::Arm(Millis now_ms) {
  if (state_ != State::kReady) return;
  const Millis next = shard_->NextDeadline();
  // A timer that fires too early finds nothing due and arms the right one.
  if (next == kNever || next >= timer_at_ms_) return;
  if (timer_ != Scheduler::kNoTimer) env_.scheduler->Cancel(timer_);
  timer_at_ms_ = next;
  timer_ = env_.scheduler->After(std::max<Millis>(0, next - now_ms), [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->OnTimer();
  });
}

}  // namespace odradek::coordinator
