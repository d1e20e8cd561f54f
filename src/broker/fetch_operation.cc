#include "broker/fetch_operation.h"

#include <algorithm>
#include <utility>

#include "broker/cluster.h"

namespace odradek::broker {

void FetchOperation::Start(Node& node, Scheduler& scheduler, Deliver deliver) {
  node_ = &node;
  scheduler_ = &scheduler;
  deliver_ = std::move(deliver);
  deadline_ms_ = cluster_.env().clock->MonotonicMs() + parameters.max_wait_ms;
  ReadAll();
  if (MustAnswerNow()) {
    Finish();
  } else {
    Park();
  }
}

void FetchOperation::ReadAll() {
  partitions_.clear();
  topics_.clear();
  read_.Clear();
  collected_bytes_ = 0;
  outcomes_.resize(targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    if (outcomes_[i].failed_before_read) {
      partitions_.push_back(nullptr);  // was not there when the request came: stays so
    } else {
      outcomes_[i] = FetchOutcome();
      ReadOne(targets[i], &outcomes_[i]);
    }
  }
}

int64_t FetchOperation::BoundOf(const storage::LogOffsets& offsets) const {
  if (!parameters.is_consumer) return offsets.end;
  return parameters.read_committed ? offsets.stable : offsets.durable_end;
}

void FetchOperation::ReadOne(const FetchTarget& target, FetchOutcome* outcome) {
  outcome->target = target;
  outcome->topic_name = target.topic;
  outcome->topic_id = target.topic_id;
  outcome->first_slice = read_.data.slices().size();
  outcome->first_aborted = read_.aborted.size();
  partitions_.push_back(Resolve(target, outcome));
  if (partitions_.back() == nullptr) return;

  Partition& partition = *partitions_.back();
  const storage::LogOffsets offsets = partition.log().offsets();
  if (target.last_fetched_epoch >= 0 && Diverges(partition, offsets, outcome)) return;
  if (target.fetch_offset < offsets.start || target.fetch_offset > offsets.end) {
    outcome->error = ErrorCode::kOffsetOutOfRange;
    return;
  }
  outcome->high_watermark = offsets.durable_end;
  outcome->last_stable_offset = offsets.stable;
  outcome->log_start_offset = offsets.start;
  if (outcome->preferred_read_replica >= 0) return;

  const int64_t bound = BoundOf(offsets);
  const int64_t room = std::max<int64_t>(parameters.max_bytes - collected_bytes_, 0);
  if (target.fetch_offset >= bound || (room == 0 && collected_bytes_ > 0)) return;
  const size_t before = read_.data.size();
  const storage::ReadRequest request{
      .offset = target.fetch_offset,
      .offset_limit = bound,
      .max_bytes = static_cast<size_t>(std::clamp<int64_t>(target.max_bytes, 0, room)),
      .at_least_one = collected_bytes_ == 0,
      .want_aborted = parameters.read_committed};
  const Status status = partition.log().Read(request, &read_);
  if (status.code() != StatusCode::kNotFound) {
    partition.NoteRead(*cluster_.env().clock,
                       {target.fetch_offset, read_.next_offset, offsets.start}, status);
  }
  if (!status.ok()) {
    outcome->error = status.code() == StatusCode::kNotFound  ? ErrorCode::kOffsetOutOfRange
                     : status.code() == StatusCode::kCorrupt ? ErrorCode::kCorruptMessage
                                                             : ErrorCode::kKafkaStorageError;
    outcome->high_watermark = outcome->last_stable_offset = outcome->log_start_offset = -1;
    return;
  }
  outcome->slice_count = read_.data.slices().size() - outcome->first_slice;
  outcome->aborted_count = read_.aborted.size() - outcome->first_aborted;
  outcome->bytes = static_cast<int64_t>(read_.data.size() - before);
  collected_bytes_ += outcome->bytes;
}

PartitionRef FetchOperation::Resolve(const FetchTarget& target, FetchOutcome* outcome) {
  if (target.is_refused) {
    outcome->error = ErrorCode::kTopicAuthorizationFailed;
    outcome->failed_before_read = true;
    return nullptr;
  }
  const metadata::ImageRef image = cluster_.metadata().image();
  metadata::TopicRef topic =
      parameters.by_topic_id ? image->FindTopic(target.topic_id) : image->FindTopic(target.topic);
  if (topic == nullptr || target.partition < 0 ||
      static_cast<size_t>(target.partition) >= topic->partitions.size()) {
    outcome->error = WhyUnknown(topic != nullptr, outcome);
    return nullptr;
  }
  outcome->topic_name = topic->name;
  outcome->topic_id = topic->id;
  const metadata::PartitionInfo& info = topic->partitions[static_cast<size_t>(target.partition)];
  const bool leads = node_->Leads(info);
  if (target.current_leader_epoch >= 0 && target.current_leader_epoch != info.leader_epoch) {
    outcome->error = target.current_leader_epoch < info.leader_epoch
                         ? ErrorCode::kFencedLeaderEpoch
                         : ErrorCode::kUnknownLeaderEpoch;
  } else if (!leads && !(parameters.may_read_follower && node_->Follows(info))) {
    outcome->error = ErrorCode::kNotLeaderOrFollower;
  }
  if (outcome->error != ErrorCode::kNone) {
    outcome->leader_id = info.leader;
    outcome->leader_epoch = info.leader_epoch;
    return nullptr;
  }
  if (leads && parameters.may_read_follower)
    outcome->preferred_read_replica = PreferredReplica(info);
  Result<PartitionRef> partition = cluster_.partitions().Find(*topic, target.partition);
  topics_.push_back(std::move(topic));
  if (!partition.ok()) {
    outcome->error = partition.status().code() == StatusCode::kNotFound
                         ? ErrorCode::kUnknownTopicOrPartition
                         : ErrorCode::kKafkaStorageError;
    return nullptr;
  }
  return std::move(partition).value();
}

ErrorCode FetchOperation::WhyUnknown(bool topic_is_known, FetchOutcome* outcome) const {
  // What was there when the request came and is gone now was deleted; its id was known.
  outcome->failed_before_read = !resumed_;
  const bool unknown_id = parameters.by_topic_id && !topic_is_known && !resumed_;
  return unknown_id ? ErrorCode::kUnknownTopicId : ErrorCode::kUnknownTopicOrPartition;
}

bool FetchOperation::Diverges(Partition& partition, const storage::LogOffsets& offsets,
                              FetchOutcome* outcome) {
  const FetchTarget& target = outcome->target;
  const storage::EpochEnd end = partition.log().EndOfEpoch(target.last_fetched_epoch);
  if (end.epoch < 0 || end.end_offset < 0) {
    outcome->error = ErrorCode::kOffsetOutOfRange;
    return true;
  }
  if (end.epoch >= target.last_fetched_epoch && end.end_offset >= target.fetch_offset) return false;
  outcome->diverging = end;
  outcome->high_watermark = offsets.durable_end;
  outcome->last_stable_offset = offsets.stable;
  outcome->log_start_offset = offsets.start;
  return true;
}

int32_t FetchOperation::PreferredReplica(const metadata::PartitionInfo& info) const {
  if (parameters.rack.empty() || !cluster_.rack_aware_reads() || node_->rack() == parameters.rack)
    return -1;
  for (const int32_t id : info.isr) {
    const Node* node = cluster_.FindNode(id);
    if (node != nullptr && id != node_->id() && node->rack() == parameters.rack) return id;
  }
  return -1;
}

bool FetchOperation::MustAnswerNow() const {
  if (timed_out_ || parameters.max_wait_ms <= 0 || collected_bytes_ >= parameters.min_bytes)
    return true;
  bool any_readable = false;
  for (const FetchOutcome& outcome : outcomes_) {
    if (outcome.failed_before_read) continue;
    any_readable = true;
    const bool cuts_wait = outcome.error != ErrorCode::kNone || outcome.diverging.epoch >= 0 ||
                           outcome.preferred_read_replica >= 0;
    if (cuts_wait) return true;
  }
  return !any_readable;
}

void FetchOperation::Waiter::OnAdvance(const storage::LogOffsets& now, size_t appended_bytes) {
  if (now.start > fetch_offset) return operation->Wake();
  const int64_t bound = operation->BoundOf(now);
  if (bound <= fetch_offset) return;
  // Bytes that became readable without an append (the stable offset moved) cannot be counted here.
  if (appended_bytes == 0) return operation->Wake();
  const auto appended = static_cast<int64_t>(appended_bytes);
  if (operation->missing_bytes_.fetch_sub(appended, std::memory_order_acq_rel) <= appended)
    operation->Wake();
}

void FetchOperation::Park() {
  woken_.store(false, std::memory_order_release);
  missing_bytes_.store(parameters.min_bytes - collected_bytes_, std::memory_order_release);
  bool changed = false;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (partitions_[i] == nullptr) continue;
    if (waiter_count_ == waiters_.size()) waiters_.push_back(std::make_unique<Waiter>());
    Waiter& waiter = *waiters_[waiter_count_++];
    waiter.operation = this;
    waiter.partition = partitions_[i];
    waiter.fetch_offset = targets[i].fetch_offset;
    const bool open = waiter.partition->AddWaiter(waiter);
    // What was appended between the read and the registration is seen here.
    const storage::LogOffsets now = waiter.partition->log().offsets();
    changed |= !open || now.start > waiter.fetch_offset ||
               now.durable_end != outcomes_[i].high_watermark ||
               now.stable != outcomes_[i].last_stable_offset;
  }
  const Millis left_ms = deadline_ms_ - cluster_.env().clock->MonotonicMs();
  timer_ = scheduler_->After(std::max<Millis>(left_ms, 0), [this] {
    timer_ = Scheduler::kNoTimer;
    timed_out_ = true;
    Wake();
  });
  if (changed || cluster_.is_closing()) Wake();
}

void FetchOperation::Wake() {
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  scheduler_->Post([this] { Resume(); });
}

void FetchOperation::Unpark() {
  for (size_t i = 0; i < waiter_count_; ++i) {
    waiters_[i]->partition->RemoveWaiter(*waiters_[i]);
    waiters_[i]->partition.reset();
  }
  waiter_count_ = 0;
  if (timer_ != Scheduler::kNoTimer) scheduler_->Cancel(std::exchange(timer_, Scheduler::kNoTimer));
}

void FetchOperation::Resume() {
  Unpark();
  resumed_ = true;
  if (cluster_.is_closing()) timed_out_ = true;
  ReadAll();
  if (MustAnswerNow() || cluster_.env().clock->MonotonicMs() >= deadline_ms_) {
    Finish();
  } else {
    Park();
  }
}

void FetchOperation::Finish() {
  Deliver deliver = std::move(deliver_);
  deliver(*this);
  cluster_.fetch_operations().Return(this);
}

void FetchOperation::Clear() {
  targets.clear();
  session.reset();
  is_incremental = false;
  outcomes_.clear();
  partitions_.clear();
  topics_.clear();
  read_.Clear();
  resumed_ = false;
  timed_out_ = false;
  // Nothing may wake an idle operation.
  woken_.store(true, std::memory_order_release);
}

FetchOperationPool::~FetchOperationPool() {
  MutexLock lock(mutex_);
  CHECK(busy_.empty());
  for (FetchOperation* operation : idle_) delete operation;
}

FetchOperation* FetchOperationPool::Take() {
  MutexLock lock(mutex_);
  FetchOperation* operation = nullptr;
  if (idle_.empty()) {
    operation = new FetchOperation(cluster_);
    operation->Clear();
  } else {
    operation = idle_.back();
    idle_.pop_back();
  }
  operation->busy_index_ = busy_.size();
  busy_.push_back(operation);
  return operation;
}

void FetchOperationPool::Return(FetchOperation* operation) {
  const bool keep = operation->targets.size() <= kTargetsKeptMax;
  operation->Clear();
  MutexLock lock(mutex_);
  busy_.back()->busy_index_ = operation->busy_index_;
  std::swap(busy_[operation->busy_index_], busy_.back());
  busy_.pop_back();
  if (keep && idle_.size() < kIdleMax) {
    idle_.push_back(operation);
  } else {
    delete operation;
  }
}

void FetchOperationPool::WakeAll() {
  MutexLock lock(mutex_);
  for (FetchOperation* operation : busy_) operation->Wake();
}

}  // namespace odradek::broker
