// ProduceWait: holds the answer of a Produce with acks=all until every partition's high watermark
// has passed what was appended, or timeout_ms is over (REQUEST_TIMED_OUT; the data stays).
//
// Where the log is durable at once there is nothing to wait for, and nothing is allocated.
// Thread: Add, done and Start on the connection's loop, where the answer is given as well.
// Source: DelayedProduce.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/env/scheduler.h"
#include "broker/partition.h"
#include "protocol/errors.h"

namespace odradek::api {

class ProduceWait {
 public:
  using Done = UniqueFunction<void()>;

  ProduceWait(Scheduler& scheduler, Millis timeout_ms)
      : scheduler_(scheduler), timeout_ms_(timeout_ms) {}

  // The answer needs what was appended to `partition` to be durable. `error` is set if that fails;
  // it must live until the answer is given.
  void Add(const broker::PartitionRef& partition, const storage::AppendResult& appended,
           ErrorCode* error);
  // Nothing is left to wait for.
  bool done() const { return pending_ == nullptr; }
  // Runs `done` once everything is durable or the time is over. Requires: !done().
  void Start(Done done) &&;

 private:
  class Pending;
  struct PendingDeleter {
    void operator()(Pending* pending) const;
  };

  Scheduler& scheduler_;
  Millis timeout_ms_;
  std::unique_ptr<Pending, PendingDeleter> pending_;
};

}  // namespace odradek::api
