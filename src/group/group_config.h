// Limits and time-outs of groups, resolved from the broker's configs. Defaults are Kafka's, but for
// the initial rebalance delay (docs/DEVIATIONS.md: nobody waits 3 s for a first join in a test).
#pragma once

#include <cstdint>

#include "base/env/clock.h"

namespace odradek::group {

struct GroupConfig {
  Millis min_session_timeout_ms = 6'000;         // group.min.session.timeout.ms
  Millis max_session_timeout_ms = 1'800'000;     // group.max.session.timeout.ms
  Millis initial_rebalance_delay_ms = 0;         // group.initial.rebalance.delay.ms
  int32_t max_size = INT32_MAX;                  // group.max.size: members of one group
  int32_t offset_metadata_max_bytes = 4096;      // offset.metadata.max.bytes
  Millis offsets_retention_ms = 7 * 86'400'000;  // offsets.retention.minutes
  Millis offsets_retention_check_interval_ms = 600'000;
};

}  // namespace odradek::group
