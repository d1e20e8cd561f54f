// Where threads run and what they use: the benchmark keeps the broker and the load on a core each.
//
// Thread: any; pinning is for the calling thread.
#pragma once

#include <pthread.h>

#include <cstdint>

namespace odradek::bench {

inline constexpr int kServerCore = 0;
inline constexpr int kLoadCore = 1;

// `name` is what profilers show, of at most 15 bytes.
void PinThisThread(int core, const char* name);
// For loops that never sleep: what waits for this core has it first. The kernel finishes a sync on
// whichever core is next, and would have to wait for the tick, up to 4 ms.
void GiveWay();
// Of the machine's monotonic clock.
double NowSeconds();
// User and system time that `thread` has used.
double CpuSecondsOf(pthread_t thread);

}  // namespace odradek::bench
