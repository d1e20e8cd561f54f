// Compaction of a log as its scheduler sees it: how much there is to do, and a pass that does it in
// steps. What a pass does to the records is in local/cleaner.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace odradek::storage {

struct CompactionNeed {
  bool may_grow = false;     // it may come to be wanted without anything being sealed
  bool wanted = false;       // the log is compacted, and has enough to clean, or old enough
  double dirty_ratio = 0.0;  // bytes that were never cleaned, of those that can be
};

struct CompactionLimits {
  size_t map_size_bytes = 128 << 20;     // for the map of keys; less is taken where less will do
  double map_load_factor = 0.9;          // how full the map may get
  size_t buffer_size_bytes = 256 << 10;  // read at once; a larger batch is read whole all the same
};

// One pass over one log. Owner: who started it, together with the log. Run() blocks on the disk and
// is called by one thread at a time; the log may be used, closed and deleted meanwhile. Dropping a
// pass that is not done leaves the log as it is.
class Compaction {
 public:
  enum class State : unsigned char {
    kMore,     // call Run() again
    kDone,     // all is cleaned that could be
    kGivenUp,  // the log is closed or was changed under the pass, or the disk failed
  };
  struct Step {
    State state = State::kMore;
    size_t io_size_bytes = 0;  // read and written
    Status status;             // why a disk or a batch made it give up
  };

  virtual ~Compaction() = default;
  virtual Step Run() = 0;
};

}  // namespace odradek::storage
