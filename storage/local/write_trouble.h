// WriteTrouble: tells the operator that a partition cannot be written, and when it can again. The
// first failure is told at once, later ones are counted and told with one line in kPeriodMs at
// most. Owner: LocalLog. Not thread-safe.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "base/env/clock.h"
#include "base/result.h"

namespace odradek::storage {

class WriteTrouble {
 public:
  static constexpr Millis kPeriodMs = 30'000;

  // The last append that was tried failed.
  bool lasts() const { return lasts_; }
  // `needs_restart`: all appends fail until the log is opened anew. Times: monotonic.
  void OnFailure(const std::string& topic, int32_t partition, const Status& why, bool needs_restart,
                 Millis now_ms);
  void OnSuccess(const std::string& topic, int32_t partition);

 private:
  bool lasts_ = false;
  bool told_ = false;  // what lasts
  int64_t untold_ = 0;
  Millis next_line_ms_ = std::numeric_limits<Millis>::min();
};

}  // namespace odradek::storage
