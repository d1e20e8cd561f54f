// Scrub: one pass over what a partition has on the device, which compares it with the checksums
// that were kept, so that damage is found before somebody wants to read the bytes. What finds a
// difference is not the judge of it: the log may have changed meanwhile; PartitionLog::Recheck()
// is.
//
// Loads no log and keeps no file open between two steps. Owner: who started it. Run() blocks on the
// device and is called by one thread at a time; the log may be used and deleted meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>

namespace odradek::storage {

class Scrub {
 public:
  enum class State : unsigned char {
    kMore,     // call Run() again
    kSuspect,  // the segment that holds `offset`, or its index files, are to be rechecked; then
               // call Run() again
    kDone,
  };
  struct Step {
    State state = State::kDone;
    int64_t offset = -1;
    size_t io_size_bytes = 0;       // that were read
    size_t recheck_size_bytes = 0;  // that a recheck of what is suspect is going to read
  };

  virtual ~Scrub() = default;
  // Reads at most so much, but the small files beside a segment in one piece: io_size_bytes tells.
  virtual Step Run(size_t size_bytes_max) = 0;
};

}  // namespace odradek::storage
