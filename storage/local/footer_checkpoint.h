// What footers tell where a log has lost its checkpoint: a sealed segment whose footer is there is
// the log up to its end, so that damage in it is told and costs no record behind it.
// Thread: one at a time. Errors: those of the files, but for what cannot be read any more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/env/file.h"
#include "base/result.h"
#include "base/uuid.h"
#include "storage/local/log_checkpoint.h"

namespace odradek::storage {

// `bases`: of the partition's segment files, rising; the last one is not sealed. The footers of
// another partition, and those that a segment has outgrown, tell nothing. Nothing if none does. Of
// its segments it has offsets, size, records, first timestamp, content checksum and known damage;
// of the log it tells no start, epochs, transactions or durability.
Result<std::optional<LogCheckpoint>> CheckpointByFooters(Files& files, const std::string& directory,
                                                         const Uuid& topic_id,
                                                         const std::vector<int64_t>& bases);

}  // namespace odradek::storage
