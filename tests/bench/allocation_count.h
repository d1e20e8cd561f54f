// Counts the heap allocations of one thread: malloc and its kin are wrapped by the linker, and
// operator new goes through them.
//
// Thread: CountThisThread on the thread to be counted; allocation_count on any.
#pragma once

#include <cstdint>

namespace odradek::bench {

// From now on every allocation of the calling thread counts.
void CountThisThread();
// By all counted threads since the start of the process.
uint64_t AllocationCount();

}  // namespace odradek::bench
