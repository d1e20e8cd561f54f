#include "runtime/loop_workers.h"

#include <utility>

namespace odradek::runtime {

LoopWorkers::LoopWorkers(LoopGroup& loops, Workers& pool) : pool_(pool) {
  for (size_t i = 0; i < loops.size(); ++i) batches_.emplace_back(loops.at(i), pool);
}

void LoopWorkers::Post(Lane lane, Task task) {
  if (lane != Lane::kUrgent) return pool_.Post(lane, std::move(task));
  for (Batch& batch : batches_) {
    if (batch.is_for_this_thread()) return batch.Add(std::move(task));
  }
  for (Batch& batch : batches_) {
    if (batch.is_for_busy_loop()) return batch.Send(std::move(task));
  }
  pool_.Post(lane, std::move(task));
}

void LoopWorkers::Share() {
  for (Batch& batch : batches_) {
    if (batch.is_for_this_thread()) return batch.Share();
  }
}

}  // namespace odradek::runtime
