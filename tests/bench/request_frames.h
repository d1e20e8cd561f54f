// Ready-made Produce and Fetch requests of one topic's partition 0.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "protocol/records/batch_builder.h"

namespace odradek::bench {

// A topic, and the versions its broker is asked with.
struct Topic {
  std::string name;
  Uuid id = {};
  int16_t produce_version = 0;
  int16_t fetch_version = 0;
};

// A batch of `count` records with values of `value_bytes`.
std::string MakeBatch(int count, size_t value_bytes, const records::BatchOptions& options = {});
// Of records of about 1 KiB, as large as can be within `size_bytes`; `*count` is set.
std::string BatchWithin(size_t size_bytes, int* count);

// With length prefix.
std::string ProduceFrame(const Topic& topic, std::string_view batch, int16_t acks);

struct FetchPlan {
  int64_t offset = 0;
  int32_t max_bytes = 1;  // at least one batch is answered
  int32_t max_wait_ms = 0;
  int32_t session_id = 0;
  int32_t session_epoch = -1;
  bool names_partition = true;  // false: the session knows it
};
std::string FetchFrame(const Topic& topic, const FetchPlan& plan);

// Where correlation ids lie in frames, behind the length prefix of answers and behind prefix, API
// key and version of requests.
inline constexpr size_t kRequestCorrelationAt = 8;
inline constexpr size_t kAnswerCorrelationAt = 4;

}  // namespace odradek::bench
