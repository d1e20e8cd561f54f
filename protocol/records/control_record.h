// Transaction markers: the control batch that ends a producer's transaction in a partition.
// Source: EndTransactionMarker, ControlRecordType of Apache Kafka (KIP-98).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/records/record_batch.h"

namespace odradek::records {

struct EndMarker {
  bool commit = false;
  int32_t coordinator_epoch = 0;
};

// A whole control batch of one record, to be appended by the transaction coordinator.
std::string MakeEndMarkerBatch(int64_t producer_id, int16_t producer_epoch, const EndMarker& marker,
                               int64_t timestamp_ms);

// The marker in a control batch; nothing if it is of another kind or malformed. Requires: the
// batch is not compressed.
std::optional<EndMarker> ReadEndMarker(const BatchView& batch);

}  // namespace odradek::records
