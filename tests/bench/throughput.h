// The measurements of bytes and requests per second.
//
// Thread: the load's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/env/file.h"
#include "tests/bench/broker_under_test.h"
#include "tests/bench/report.h"

namespace odradek::bench {

inline constexpr size_t kLargeBytes = 1024 * 1024;  // about: whole records
inline constexpr int64_t kLargeRequests = 256;
inline constexpr int64_t kFetchRequests = 2 * kLargeRequests;
inline constexpr int64_t kSmallRequests = 160'000;

// What the rounds share.
struct Throughput {
  BrokerUnderTest& broker;
  Files& files;  // of the bare loops; the same kind as the broker's
  int rounds = 7;
};

// Each makes one round that does not count, then `rounds` that do; broker and bare loop in turn.
std::vector<Pair> MeasureLargeProduce(const Throughput& setup);
std::vector<Pair> MeasureLargeFetch(const Throughput& setup);
// The broker alone.
std::vector<Pair> MeasureSmallProduce(const Throughput& setup, int connections, int window);
std::vector<Pair> MeasureSmallFetch(const Throughput& setup, int connections, int window);

// Of one large request, without what surrounds the batch.
double LargeBatchBytes();

}  // namespace odradek::bench
