// Latency at a fixed rate: every send has its time in advance, and what is measured starts there,
// also if the send itself was late. A server that stalls is charged for all that waited meanwhile.
//
// Thread: the caller's; it never sleeps. Errors: as RunLoad.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "tests/bench/request_frames.h"
#include "tests/bench/stats/histogram.h"

namespace odradek::bench {

struct Pace {
  int64_t per_second = 1000;
  int64_t requests = 1000;
};

// From the time a request should have been sent to its answer, over one connection.
Status RunOpenLoop(uint16_t port, const std::string& frame, const Pace& pace, Histogram* to_answer);

// The same to a consumer of the topic, which always has a Fetch waiting on a connection of its own.
// Requires: each request appends one record, the first at `first_offset`.
Status RunEndToEnd(uint16_t port, const Topic& topic, const std::string& frame,
                   int64_t first_offset, const Pace& pace, Histogram* to_answer,
                   Histogram* to_consumer);

}  // namespace odradek::bench
