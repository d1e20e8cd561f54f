// CoordinatorLog: the internal topics as coordinators see them: records in, records out.
//
// Owner: Cluster. Thread: any; see coordinator/partition_writer.h for what callers hold.
#pragma once

#include <cstdint>
#include <span>

#include "base/env/env.h"
#include "broker/partition_manager.h"
#include "coordinator/partition_writer.h"
#include "metadata/metadata_store.h"

namespace odradek::broker {

class CoordinatorLog final : public coordinator::PartitionWriter {
 public:
  CoordinatorLog(Env env, metadata::MetadataStore& metadata, PartitionManager& partitions)
      : env_(env), metadata_(metadata), partitions_(partitions) {}

  int32_t PartitionCount(coordinator::InternalTopic topic) override;
  int32_t EnsurePartitions(coordinator::InternalTopic topic) override;
  int32_t Leader(coordinator::InternalTopic topic, int32_t partition) override;
  void Append(coordinator::InternalTopic topic, int32_t partition,
              std::span<const coordinator::Record> records, coordinator::Await await,
              AppendDone done) override;
  void Load(coordinator::InternalTopic topic, int32_t partition, Replay replay,
            LoadDone done) override;

 private:
  static constexpr size_t kLoadChunkBytes = 1 << 20;

  struct Opened {
    PartitionRef partition;
    int32_t leader_epoch = 0;
  };
  Result<Opened> Find(coordinator::InternalTopic topic, int32_t partition);
  Status ReplayAll(Partition& partition, Replay& replay);

  const Env env_;
  metadata::MetadataStore& metadata_;
  PartitionManager& partitions_;
};

}  // namespace odradek::broker
