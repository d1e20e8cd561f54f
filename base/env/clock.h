// Time as an argument. Every timer and timestamp of a cluster comes from its clock, so that tests
// can hold it; only SystemClock reads the machine's.
#pragma once

#include <cstdint>

namespace odradek {

using Millis = int64_t;  // milliseconds: a duration, or a point since an epoch named by its maker

class Clock {
 public:
  virtual ~Clock() = default;
  // Since the Unix epoch: timestamps that clients see.
  virtual Millis WallMs() const = 0;
  // Since an arbitrary start, never falls: deadlines and time-outs.
  virtual Millis MonotonicMs() const = 0;
};

// The machine's clock. Thread-safe, no state.
class SystemClock final : public Clock {
 public:
  Millis WallMs() const override;
  Millis MonotonicMs() const override;
};

}  // namespace odradek
