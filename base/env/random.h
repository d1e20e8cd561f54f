// Randomness as an argument: ids, epochs and placement come from the cluster's source, which is
// seeded where a run must be repeatable.
#pragma once

#include <cstdint>

#include "base/mutex.h"
#include "base/uuid.h"

namespace odradek {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next() = 0;  // uniform over all 64 bits; thread-safe

  // Uniform in [0, bound); bound > 0.
  uint64_t Below(uint64_t bound);
  // A version 4 id as Kafka makes them: never zero, text form never begins with '-'.
  Uuid NewUuid();
};

// From the operating system; for ids that must not be guessed or repeat.
class SystemRandom final : public Random {
 public:
  uint64_t Next() override;
};

// SplitMix64 from a seed; the same seed gives the same sequence.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next() override;

 private:
  Mutex mutex_;
  uint64_t state_ GUARDED_BY(mutex_);
};

}  // namespace odradek
