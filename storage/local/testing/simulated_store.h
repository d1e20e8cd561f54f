// A store on a simulated disk with a held clock, and logs in it: t0/0, t0/1, ... For tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/env/random.h"
#include "base/testing/held_clock.h"
#include "base/testing/held_workers.h"
#include "base/testing/simulated_disk.h"
#include "storage/local/local_store.h"
#include "storage/local/testing/store_harness.h"

namespace odradek::storage {

class SimulatedStore : public testing::TestWithParam<Durability> {
 protected:
  SimulatedStore(int topics, int partitions) : partitions_(partitions) {
    for (int i = 0; i < topics; ++i) ids_.push_back(random_.NewUuid());
    Start(disk_);
  }
  ~SimulatedStore() override {
    disk_.set_observer(nullptr);
    Stop();
  }

  void Start() { Start(disk_); }
  // Ends the store without a word and opens another one, and its logs, over `disk`.
  void Start(SimulatedDisk& disk) {
    Stop();
    StoreOptions options;
    options.durability = GetParam();
    store_ = MakeLocalStore(
        {.clock = &clock_, .random = &random_, .files = &disk, .workers = &workers_}, options);
    for (size_t topic = 0; topic < ids_.size(); ++topic) {
      for (int32_t i = 0; i < partitions_; ++i)
        logs_.push_back(*store_->Open({"t" + std::to_string(topic), ids_[topic], i}, {}));
    }
  }
  void Stop() {
    workers_.DropAll();
    logs_.clear();
    store_.reset();
  }
  // And what waits for a worker.
  void Append(size_t log, const std::string& value) {
    std::string batch = BatchOf(clock_, {value});
    ASSERT_EQ(logs_[log]->Append({.owner = {}, .batches = batch}).error, AppendError::kNone);
    workers_.RunAll();
  }

  HeldClock clock_;
  HeldWorkers workers_;
  SeededRandom random_{11};
  SimulatedDisk disk_;
  std::vector<Uuid> ids_;  // of the topics
  std::unique_ptr<LogStore> store_;
  std::vector<std::shared_ptr<PartitionLog>> logs_;

 private:
  const int partitions_;  // of each
};

}  // namespace odradek::storage
