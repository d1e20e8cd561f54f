// Counts what the broker takes from the heap while it serves requests in the steady state.
//
// Thread: the load's.
#pragma once

#include "tests/bench/broker_under_test.h"
#include "tests/bench/report.h"

namespace odradek::bench {

void MeasureAllocations(BrokerUnderTest& broker, Report* report);

}  // namespace odradek::bench
