// What a case must give for Odradek's rows, the rows whose name begins with "odradek".
//
// Thread: any.
#pragma once

#include <string>

#include "tests/bench/stats/results.h"

namespace odradek::bench {

// A line for each limit of the case: held or missed, by what. `*missed` counts. Strict: the goal,
// by the median of the clock's figure. Otherwise the gate, which holds beside other work: by the
// clock or by processor time, and of times the lowest.
std::string JudgementOf(const CaseResult& result, bool strict, int* missed);

}  // namespace odradek::bench
