// How often a warm broker asks the heap for memory while it serves: never, is the goal.
//
// Thread: the load's.
#pragma once

#include "tests/bench/broker_under_test.h"
#include "tests/bench/stats/results.h"

namespace odradek::bench {

// A row for each kind of request. Returns how many of them took memory.
int MeasureAllocations(BrokerUnderTest& broker, CaseResult* result);

}  // namespace odradek::bench
