// The files beside a segment that tell where in it things are: .index, .timeindex, .txnindex and
// .footer. All of them can be made again of the segment.
//
// Thread: any. Errors: what cannot be read is not sound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/env/file.h"
#include "storage/local/log_checkpoint.h"

namespace odradek::storage {

// The checksum of .index and .timeindex together; nothing if one cannot be read. Adds to `*read`
// the bytes that were.
std::optional<uint32_t> IndexCrc(Files& files, const std::string& directory, int64_t base_offset,
                                 size_t* read);

// Whether they are as they were written with the segment that `segment` tells of: false if nothing
// is known of its index. A footer and a transaction index there need not be. Adds to `*read` the
// bytes that were.
bool AreIndexesSound(Files& files, const std::string& directory, const SegmentSummary& segment,
                     size_t* read);

}  // namespace odradek::storage
