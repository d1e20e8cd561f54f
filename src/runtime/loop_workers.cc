#include "runtime/loop_workers.h"

#include <utility>

namespace odradek::runtime {

LoopWorkers::LoopWorkers(LoopGroup& loops, Workers& pool) : pool_(pool) {
  for (size_t i = 0; i < loops.size(); ++i) batches_.emplace_back(loops.at(i), pool);
}

void LoopWorkers::Post(Lane lane, Task task) {
  if (lane == Lane::kUrgent) {
    for (Batch& batch : batches_) {
      if (batch.is_for_this_thread()) return batch.Add(std::move(task));
    }
  }
  pool_.Post(lane, std::move(task));
}

}  // namespace odradek::runtime
