// Ready-made Produce and Fetch requests of one topic's partition 0, in the newest versions.
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

// A batch of `count` records with values of `value_bytes`.
std::string MakeBatch(int count, size_t value_bytes, const records::BatchOptions& options = {});

// With length prefix.
std::string ProduceFrame(const Uuid& topic_id, std::string_view batch, int16_t acks);

struct FetchPlan {
  int64_t offset = 0;
  int32_t max_bytes = 1;  // at least one batch is answered
  int32_t max_wait_ms = 0;
  int32_t session_id = 0;
  int32_t session_epoch = -1;
  bool names_partition = true;  // false: the session knows it
};
std::string FetchFrame(const Uuid& topic_id, const FetchPlan& plan);

}  // namespace odradek::bench
