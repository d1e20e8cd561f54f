// PartitionWriter: how coordinators reach the partitions of their internal topics.
//
// The broker implements it over storage and metadata; tests over a list (testing/fake_log.h).
// Owner: the cluster, which keeps it alive longer than every coordinator. Thread: any, concurrently
// for different partitions; the coordinator makes one call at a time for one partition.
// Source: CoordinatorRuntime's PartitionWriter and CoordinatorLoader of Apache Kafka.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/env/clock.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "coordinator/internal_topics.h"

namespace odradek::coordinator {

// One record to write: key and value in Kafka's form, version prefix included.
struct Record {
  std::string key;
  std::optional<std::string> value;  // none: a tombstone
  Millis timestamp_ms = 0;           // wall clock

  bool operator==(const Record&) const = default;
};

// One record as read back. The views are valid during the call only.
struct RecordView {
  std::string_view key;
  std::optional<std::string_view> value;
  Millis timestamp_ms = 0;
  int64_t offset = 0;
};

// When records count as committed.
enum class Await {
  kDurable,   // as far as acks=all goes
  kAppended,  // a failure of the machine may take them: for what clients win back by themselves
};

class PartitionWriter {
 public:
  static constexpr int32_t kNoNode = -1;

  using AppendDone = UniqueFunction<void(Status)>;
  using Replay = UniqueFunction<void(const RecordView&)>;
  using LoadDone = UniqueFunction<void(Status)>;

  virtual ~PartitionWriter() = default;

  // 0: the topic does not exist (yet).
  virtual int32_t PartitionCount(InternalTopic topic) = 0;
  // Creates the topic if it is missing. 0: cannot be done now, ask again.
  virtual int32_t EnsurePartitions(InternalTopic topic) = 0;
  // The node that leads the partition and so is the coordinator of its keys; kNoNode: nobody.
  virtual int32_t Leader(InternalTopic topic, int32_t partition) = 0;

  // Appends the records as one batch that is committed as a whole or not at all. `records` is valid
  // until `done` has run. `done` runs exactly once, on any thread, inside this call or later, and
  // unless it runs inside this call, with no lock of the implementation held (it may append again);
  // ok means committed as `await` says. Fails with kInvalid if the batch is too large for the
  // topic, kRetriable if the partition is not available, kUnknown if it may have been written, and
  // with the store's code otherwise. Completions of one partition with the same `await` run in the
  // order of the appends. The caller holds its shard's mutex: the implementation may take the locks
  // of storage and metadata, and must not call into a coordinator except through `done`.
  virtual void Append(InternalTopic topic, int32_t partition, std::span<const Record> records,
                      Await await, AppendDone done) = 0;

  // Hands every record that is durable from the log's start to its end to `replay`, in order, then
  // runs `done` once. Both run on one thread, inside this call or later; a long log is read on a
  // worker. Called without locks. One that counts as committed by kAppended alone may be missing:
  // harmless, as a shard is loaded only when a broker starts.
  virtual void Load(InternalTopic topic, int32_t partition, Replay replay, LoadDone done) = 0;
};

}  // namespace odradek::coordinator
