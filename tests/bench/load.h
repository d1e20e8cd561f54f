// The load: replays ready-made request frames over plain sockets and counts answers, doing as
// little as it can besides, so that the server is what is measured. It never sleeps: waking a
// sleeping client is work that the server's core would have to do.
//
// Thread: the caller's, which should be pinned to a core of its own. Errors: kRetriable when a
// connection breaks, an answer comes out of order, or nothing moves for 20 seconds.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "tests/bench/stats/histogram.h"

namespace odradek::bench {

struct LoadPlan {
  std::span<const std::string> frames;  // whole requests, sent in turn and over again
  int64_t requests = 0;                 // of all connections
  int connections = 1;                  // each begins with the first frame
  int window = 1;                       // requests in flight per connection
  Histogram* latency = nullptr;         // from send to answer; only with a window of 1
};

struct LoadResult {
  double seconds = 0;        // first send to last answer
  int64_t answer_bytes = 0;  // with length prefixes
};

// Correlation ids are the numbers of the requests of a connection, from 0 on.
Result<LoadResult> RunLoad(uint16_t port, const LoadPlan& plan);

}  // namespace odradek::bench
