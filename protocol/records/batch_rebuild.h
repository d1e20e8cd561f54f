// The rewriting that some topics need of a batch that a client produced: another codec, or offsets
// without gaps. Pure.
//
// The records go from the decompressor straight into the compressor, so that it takes the memory of
// both and of what comes out, which ends at the topic's limit; a record may be larger than that.
// Source: LogValidator.buildRecordsAndAssignOffsets, which holds all of them.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "protocol/records/batch_validator.h"
#include "protocol/records/record.h"
#include "protocol/records/record_batch.h"

namespace odradek::records {

// A batch with the same records at consecutive offsets, in the policy's codec. `plain` gives them
// decompressed; `batch` is what `verdict` accepted at `now_ms`. kFull: it is larger than the policy
// allows.
Result<std::string> RebuildBatch(const BatchView& batch, const ValidationPolicy& policy,
                                 const BatchVerdict& verdict, int64_t now_ms, ByteSource& plain);

}  // namespace odradek::records
