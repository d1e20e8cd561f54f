// A listener that remembers what it is told of a log. For tests.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/log_store.h"

namespace odradek::storage {

class RecordingListener final : public LogListener {
 public:
  void OnAdvance(const LogOffsets& now, size_t appended_bytes) override {
    last = now;
    ends.push_back(now.end);
    durable_ends.push_back(now.durable_end);
    bytes += appended_bytes;
  }
  void OnClosed() override { closed = true; }

  LogOffsets last;
  std::vector<int64_t> ends;  // one for each call
  std::vector<int64_t> durable_ends;
  size_t bytes = 0;
  bool closed = false;
};

}  // namespace odradek::storage
