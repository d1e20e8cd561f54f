// Histogram of durations: a few kilobytes whatever is counted, each value kept to within 1/64 of
// itself (logarithmic buckets with linear parts, as HdrHistogram has them).
//
// Owner: the caller. Thread: one at a time. Unit: nanoseconds; negative ones count as 0.
#pragma once

#include <cstdint>
#include <vector>

namespace odradek::bench {

class Histogram {
 public:
  Histogram();

  void Add(int64_t value_ns);
  void Add(const Histogram& other);

  int64_t count() const { return count_; }
  // Exact.
  int64_t max_ns() const { return max_ns_; }
  // The smallest value that at least `share` (0..1) of all values do not exceed, rounded up to the
  // end of its bucket. 0 if nothing was added.
  int64_t Percentile(double share) const;

 private:
  std::vector<int64_t> buckets_;
  int64_t count_ = 0;
  int64_t max_ns_ = 0;
};

}  // namespace odradek::bench
