// Takes topics of Apache Kafka into a data directory: partition folders of stopped brokers are
// copied with their topic ids, leader epochs, producer states and, where the log of Kafka's
// metadata lies beside them, configs. The sources are only read.
//
// Everything is checked before anything becomes visible, and becomes visible in one step: the
// copies grow under a name that no topic can have, are opened and checked by the store, moved to
// their places, and then the metadata learns of all topics at once. An import that was broken off
// can be started again. Thread: one at a time, no broker runs over the directory. Errors: kInvalid
// (names the folder and the way out), kExists (the directory is in use), kCorrupt.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/serve_options.h"
#include "base/result.h"

namespace odradek::app {

struct ImportOptions {
  std::vector<std::string> directories;  // Kafka's log.dirs, or folders that partitions were put in
  std::vector<std::string> topics;       // empty: all
};

struct ImportedPartitionInfo {
  std::string topic;
  int32_t partition = 0;
  int64_t start_offset = 0;
  int64_t end_offset = 0;
  int64_t size_bytes = 0;
};

// `options` are those of the broker that is to serve the directory.
Result<std::vector<ImportedPartitionInfo>> Import(const ServeOptions& options,
                                                  const ImportOptions& what);

}  // namespace odradek::app
