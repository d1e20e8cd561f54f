// Runs work that may block, or takes the processor long, away from the event loops: syncs,
// compaction, deletion of files, batches that are compressed anew.
#pragma once

#include "base/env/scheduler.h"

namespace odradek {

class Workers {
 public:
  enum class Lane : unsigned char {
    kHeavy,       // a request wants it, and it takes the processor longer than a loop may be away
    kUrgent,      // somebody waits for it: the sync behind an acknowledgement
    kBackground,  // nobody does: compaction, deletion, scrubbing; never holds up urgent work
  };

  virtual ~Workers() = default;
  // Runs `task` once, on a thread of its own or the implementation's; tasks may run side by side
  // and in any order. Thread-safe.
  virtual void Post(Lane lane, Task task) = 0;
  // An urgent task that this thread has posted, and that did not begin, serves somebody more by
  // now. Whoever holds such tasks back for others to share them may look for still more.
  virtual void Share() {}
};

}  // namespace odradek
