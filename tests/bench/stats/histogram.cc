#include "tests/bench/stats/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace odradek::bench {
namespace {

constexpr int kPartBits = 6;  // 64 parts for every doubling
constexpr int64_t kParts = int64_t{1} << kPartBits;
constexpr size_t kBuckets = static_cast<size_t>((64 - kPartBits) * kParts);

// Values below kParts have a bucket each; from there on `shift` low bits are dropped.
int ShiftOf(int64_t value) {
  return std::max(0,
                  static_cast<int>(std::bit_width(static_cast<uint64_t>(value))) - kPartBits - 1);
}

size_t BucketOf(int64_t value) {
  const int shift = ShiftOf(value);
  return static_cast<size_t>(shift * kParts + (value >> shift));
}

// The largest value of a bucket.
int64_t EndOf(size_t bucket) {
  const auto at = static_cast<int64_t>(bucket);
  const int64_t shift = std::max<int64_t>(0, at / kParts - 1);
  return ((at - shift * kParts + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets, 0) {}

void Histogram::Add(int64_t value_ns) {
  value_ns = std::max<int64_t>(value_ns, 0);
  ++buckets_[BucketOf(value_ns)];
  ++count_;
  max_ns_ = std::max(max_ns_, value_ns);
}

void Histogram::Add(const Histogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

int64_t Histogram::Percentile(double share) const {
  const auto wanted = static_cast<int64_t>(std::ceil(share * static_cast<double>(count_)));
  int64_t seen = 0;
  for (size_t i = 0; i < kBuckets && count_ > 0; ++i) {
    seen += buckets_[i];
    if (seen >= std::max<int64_t>(wanted, 1)) return std::min(EndOf(i), max_ns_);
  }
  return max_ns_;
}

}  // namespace odradek::bench
