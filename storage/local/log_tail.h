// What stands in a segment file where no good batch does, at its end: a start and the commands that
// look at files tell the tail of a crash from damage by the same questions.
// Thread: any. Errors: those of reading the file.
#pragma once

#include <cstdint>

#include "base/env/file.h"
#include "base/result.h"

namespace odradek::storage {

// All of [from, to), up to the end of the file: blocks that were never written.
Result<bool> IsZero(const odradek::File& file, int64_t from, int64_t to);
// [from, to) is the front of one batch, or less than the header of one.
Result<bool> IsCutShort(const odradek::File& file, int64_t from, int64_t to);
// At `from` stands the whole, sound batch of `next_offset`: the log went on there.
Result<bool> GoesOn(const odradek::File& file, int64_t from, int64_t to, int64_t next_offset);

}  // namespace odradek::storage
