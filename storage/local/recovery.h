// LoadLog: from the files of a partition to its LogState, after a clean stop as after a crash.
//
// Segments, or parts of them, that the checkpoint vouches for are taken as they are; the rest is
// read and checked batch by batch, and the log ends before the first batch that does not check out:
// what follows is a torn tail and is cut off. Sidecars that are missing or damaged are made again
// from the segments. Recovering twice gives what recovering once gives.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "storage/local/log_state.h"

namespace odradek::storage {

// A directory that belongs to another topic id, or holds another partition's log, is renamed and
// reported; the log is then empty, as it is without a directory. `may_have_gaps`: it is compacted.
// `synced` is the durable point where it is known better than the checkpoint tells.
Result<std::unique_ptr<LogState>> LoadLog(StoreContext& context, const std::string& directory,
                                          const Uuid& topic_id, bool may_have_gaps,
                                          const SegmentSummary* synced = nullptr);

}  // namespace odradek::storage
