#include "runtime/timer_heap.h"

#include <utility>

#include "base/check.h"

namespace odradek::runtime {
namespace {

// An id is the slot plus one in the low half and the slot's generation in the high half.
constexpr int kGenerationShift = 32;

}  // namespace

TimerHeap::TimerId TimerHeap::Add(Millis deadline_ms, Task task) {
  uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[slot].task = std::move(task);
  heap_.push_back({deadline_ms, ++last_sequence_, slot});
  SiftUp(static_cast<uint32_t>(heap_.size() - 1));
  return static_cast<uint64_t>(slots_[slot].generation) << kGenerationShift | (slot + 1);
}

Task TimerHeap::Remove(TimerId id) {
  const uint64_t slot = (id & UINT32_MAX) - 1;
  if (id == Scheduler::kNoTimer || slot >= slots_.size()) return {};
  const Slot& found = slots_[slot];
  if (found.generation != id >> kGenerationShift || found.heap_index == kNotInHeap) return {};
  return TakeAt(found.heap_index);
}

Task TimerHeap::PopDue(Millis now_ms) {
  if (heap_.empty() || heap_[0].deadline_ms > now_ms) return {};
  return TakeAt(0);
}

Millis TimerHeap::NextDeadline() const {
  CHECK(!heap_.empty());
  return heap_[0].deadline_ms;
}

Task TimerHeap::TakeAt(uint32_t heap_index) {
  const uint32_t slot = heap_[heap_index].slot;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (heap_index < heap_.size()) {
    Place(heap_index, last);
    SiftUp(heap_index);
    SiftDown(slots_[last.slot].heap_index);
  }
  Slot& taken = slots_[slot];
  taken.heap_index = kNotInHeap;
  // A slot whose generations are used up is retired, so that no id comes back.
  if (++taken.generation != UINT32_MAX) free_slots_.push_back(slot);
  return std::exchange(taken.task, Task());
}

void TimerHeap::Place(uint32_t index, const Entry& entry) {
  heap_[index] = entry;
  slots_[entry.slot].heap_index = index;
}

void TimerHeap::SiftUp(uint32_t index) {
  const Entry entry = heap_[index];
  while (index > 0) {
    const uint32_t parent = (index - 1) / 2;
    if (!(entry < heap_[parent])) break;
    Place(index, heap_[parent]);
    index = parent;
  }
  Place(index, entry);
}

void TimerHeap::SiftDown(uint32_t index) {
  const Entry entry = heap_[index];
  for (;;) {
    uint32_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
    if (!(heap_[child] < entry)) break;
    Place(index, heap_[child]);
    index = child;
  }
  Place(index, entry);
}

}  // namespace odradek::runtime
