// WriteTrouble: tells the operator that a partition cannot be written, and when it can again, as
// often as FailureLog lets it. Owner: LocalLog. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "base/env/clock.h"
#include "base/failure_log.h"
#include "base/result.h"

namespace odradek::storage {

class WriteTrouble {
 public:
  // The last append that was tried failed.
  bool lasts() const { return failures_.lasts(); }
  // `needs_restart`: all appends fail until the log is opened anew. Times: monotonic.
  void OnFailure(const std::string& topic, int32_t partition, const Status& why, bool needs_restart,
                 Millis now_ms);
  void OnSuccess(const std::string& topic, int32_t partition);

 private:
  FailureLog failures_;
};

}  // namespace odradek::storage
