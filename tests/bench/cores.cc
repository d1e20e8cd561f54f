#include "tests/bench/cores.h"

#include <sched.h>

#include <ctime>

#include "base/check.h"

namespace odradek::bench {
namespace {

double Read(clockid_t id) {
  timespec now{};
  CHECK_EQ(clock_gettime(id, &now), 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

void PinThisThread(int core, const char* name) {
  (void)pthread_setname_np(pthread_self(), name);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  // A machine with one core has nothing to choose from.
  (void)sched_setaffinity(0, sizeof(cores), &cores);
}

void GiveWay() { CHECK_EQ(sched_yield(), 0); }

double NowSeconds() { return Read(CLOCK_MONOTONIC); }

double CpuSecondsOf(pthread_t thread) {
  clockid_t id = 0;
  CHECK_EQ(pthread_getcpuclockid(thread, &id), 0);
  return Read(id);
}

}  // namespace odradek::bench
