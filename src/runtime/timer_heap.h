// Timers ordered by deadline: the data structure behind Loop's timers, driven by a given `now`.
//
// Add and Remove cost O(log n); equal deadlines keep the order of their making. Owner and thread:
// whoever holds it, no locking. Time: milliseconds of the owner's clock.
#pragma once

#include <cstdint>
#include <vector>

#include "base/env/clock.h"
#include "base/env/scheduler.h"

namespace odradek::runtime {

class TimerHeap {
 public:
  using TimerId = Scheduler::TimerId;

  // The id is never used again.
  TimerId Add(Millis deadline_ms, Task task);
  // The task of the timer, so that the caller chooses where it is destroyed; empty if it is gone.
  Task Remove(TimerId id);
  // The task of the earliest timer that is due, removed; empty if none is.
  Task PopDue(Millis now_ms);

  bool empty() const { return heap_.empty(); }
  size_t size() const { return heap_.size(); }
  // Requires: not empty.
  Millis NextDeadline() const;

 private:
  static constexpr uint32_t kNotInHeap = UINT32_MAX;
  struct Slot {
    Task task;
    uint32_t generation = 0;
    uint32_t heap_index = kNotInHeap;
  };
  struct Entry {
    Millis deadline_ms;
    uint64_t sequence;
    uint32_t slot;
    bool operator<(const Entry& other) const {
      return deadline_ms != other.deadline_ms ? deadline_ms < other.deadline_ms
                                              : sequence < other.sequence;
    }
  };

  Task TakeAt(uint32_t heap_index);
  void SiftUp(uint32_t index);
  void SiftDown(uint32_t index);
  void Place(uint32_t index, const Entry& entry);

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  std::vector<Entry> heap_;
  uint64_t last_sequence_ = 0;
};

}  // namespace odradek::runtime
