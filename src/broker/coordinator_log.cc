#include "broker/coordinator_log.h"

#include <memory>
#include <string>
#include <utility>

#include "base/log.h"
#include "protocol/records/batch_builder.h"
#include "protocol/records/compression.h"
#include "protocol/records/record.h"
#include "protocol/records/record_batch.h"

namespace odradek::broker {
namespace {

// Tells a coordinator that its records are committed. Lives until then.
class CommitWaiter final : public PartitionWaiter {
 public:
  CommitWaiter(Scheduler& scheduler, PartitionRef partition, int64_t end_offset,
               coordinator::PartitionWriter::AppendDone done)
      : scheduler_(scheduler),
        partition_(std::move(partition)),
        end_offset_(end_offset),
        done_(std::move(done)) {}

  void Start() {
    if (!partition_->AddWaiter(*this)) return Settle(true);
    OnAdvance(partition_->log().offsets(), 0);
  }
  void OnAdvance(const storage::LogOffsets& now, size_t) override {
    if (now.durable_end >= end_offset_)
      Settle(false);
    else if (now.end < end_offset_)
      Settle(true);
  }
  void OnClosed() override { Settle(true); }

 private:
  void Settle(bool lost) {
    if (settled_.exchange(true)) return;
    scheduler_.Post([this, lost] {
      partition_->RemoveWaiter(*this);
      const std::unique_ptr<CommitWaiter> self(this);
      done_(lost ? Unknown("the log was closed or fell back before the records were durable")
                 : Status());
    });
  }

  Scheduler& scheduler_;
  const PartitionRef partition_;
  const int64_t end_offset_;
  coordinator::PartitionWriter::AppendDone done_;
  std::atomic<bool> settled_{false};
};

Status StatusOf(const storage::AppendResult& result) {
  if (result.error == storage::AppendError::kMessageTooLarge ||
      result.error == storage::AppendError::kRecordListTooLarge) {
    return Full("the records are too large for one batch of the internal topic");
  }
  return result.status.ok() ? Fatal("the log refused the records") : result.status;
}

// Replays the records of one batch.
Status ReplayBatch(const records::BatchView& batch, coordinator::PartitionWriter::Replay& replay) {
  if (batch.is_control()) return {};
  std::string content;
  ASSIGN_OR_RETURN(const std::string_view plain, records::PlainRecords(batch, &content));
  records::RecordCursor cursor(plain);
  records::Record record;
  while (cursor.Next(&record)) {
    if (!record.key.has_value()) continue;
    replay({.key = *record.key,
            .value = record.value,
            .timestamp_ms = batch.base_timestamp() + record.timestamp_delta,
            .offset = batch.base_offset() + record.offset_delta});
  }
  if (!cursor.ok())
    return Corrupt("a record of the batch at offset " + std::to_string(batch.base_offset()) +
                   " is malformed");
  return {};
}

Status Gather(const ByteChain& chain, std::string* out) {
  out->clear();
  for (const Slice& slice : chain.slices()) {
    if (!slice.is_file()) {
      out->append(slice.view());
      continue;
    }
    const size_t at = out->size();
    out->resize(at + slice.size);
    ASSIGN_OR_RETURN(const size_t got,
                     ReadDescriptorAt(slice.fd, slice.offset, {out->data() + at, slice.size}));
    if (got != slice.size) return Corrupt("a segment ends before its batches do");
  }
  return {};
}

}  // namespace

int32_t CoordinatorLog::PartitionCount(coordinator::InternalTopic topic) {
  const metadata::TopicRef found =
      metadata_.image()->FindTopic(coordinator::InternalTopicName(topic));
  return found == nullptr ? 0 : static_cast<int32_t>(found->partitions.size());
}

int32_t CoordinatorLog::EnsurePartitions(coordinator::InternalTopic topic) {
  const int32_t count = PartitionCount(topic);
  if (count > 0) return count;
  metadata_.AutoCreateTopic(coordinator::InternalTopicName(topic));
  return PartitionCount(topic);
}

int32_t CoordinatorLog::Leader(coordinator::InternalTopic topic, int32_t partition) {
  const metadata::TopicRef found =
      metadata_.image()->FindTopic(coordinator::InternalTopicName(topic));
  if (found == nullptr || static_cast<size_t>(partition) >= found->partitions.size())
    return kNoNode;
  return found->partitions[static_cast<size_t>(partition)].leader;
}

Result<CoordinatorLog::Opened> CoordinatorLog::Find(coordinator::InternalTopic topic,
                                                    int32_t partition) {
  const metadata::TopicRef found =
      metadata_.image()->FindTopic(coordinator::InternalTopicName(topic));
  if (found == nullptr || static_cast<size_t>(partition) >= found->partitions.size()) {
    return NotFound(std::string(coordinator::InternalTopicName(topic)) + " does not exist");
  }
  ASSIGN_OR_RETURN(PartitionRef opened, partitions_.Find(*found, partition));
  return Opened{std::move(opened), found->partitions[static_cast<size_t>(partition)].leader_epoch};
}

void CoordinatorLog::Append(coordinator::InternalTopic topic, int32_t partition,
                            std::span<const coordinator::Record> records, coordinator::Await await,
                            AppendDone done) {
  Result<Opened> opened = Find(topic, partition);
  if (!opened.ok()) return done(opened.status());
  records::BatchBuilder builder;
  for (const coordinator::Record& record : records) {
    builder.Add(
        record.timestamp_ms, std::string_view(record.key),
        record.value.has_value() ? std::optional<std::string_view>(*record.value) : std::nullopt);
  }
  Result<std::string> batch = builder.Finish();
  if (!batch.ok()) return done(batch.status());
  const storage::AppendResult result =
      opened->partition->log().Append({.owner = {.leader_epoch = opened->leader_epoch},
                                       .batches = {batch->data(), batch->size()},
                                       .origin = storage::AppendRequest::Origin::kCoordinator,
                                       .awaited = await == coordinator::Await::kDurable});
  if (result.error != storage::AppendError::kNone) return done(StatusOf(result));
  if (await == coordinator::Await::kAppended) return done(Status());
  const int64_t end_offset = result.last_offset + 1;
  if (opened->partition->log().offsets().durable_end >= end_offset) return done(Status());
  (new CommitWaiter(*env_.scheduler, opened->partition, end_offset, std::move(done)))->Start();
}

void CoordinatorLog::Load(coordinator::InternalTopic topic, int32_t partition, Replay replay,
                          LoadDone done) {
  Result<Opened> opened = Find(topic, partition);
  if (!opened.ok()) return done(opened.status());
  done(ReplayAll(*opened->partition, replay));
}

Status CoordinatorLog::ReplayAll(Partition& partition, Replay& replay) {
  storage::PartitionLog& log = partition.log();
  const storage::LogOffsets offsets = log.offsets();
  storage::ReadRequest request{.offset = offsets.start,
                               .offset_limit = offsets.durable_end,
                               .max_bytes = kLoadChunkBytes,
                               .at_least_one = true};
  std::string bytes;
  while (request.offset < offsets.durable_end) {
    storage::ReadResult read;
    const Status status = log.Read(request, &read);
    if (status.code() == StatusCode::kCorrupt && read.next_offset > request.offset) {
      LOG_ERROR("{}-{}: {}; what stood there is taken for never written", partition.id().topic,
                partition.id().partition, status.ToString());
      request.offset = read.next_offset;
      continue;
    }
    RETURN_IF_ERROR(status);
    if (read.data.empty()) break;
    RETURN_IF_ERROR(Gather(read.data, &bytes));
    for (size_t at = 0; at < bytes.size();) {
      const records::BatchView batch(bytes.data() + at);
      RETURN_IF_ERROR(ReplayBatch(batch, replay));
      request.offset = batch.last_offset() + 1;
      at += static_cast<size_t>(batch.size());
    }
  }
  return {};
}

}  // namespace odradek::broker
