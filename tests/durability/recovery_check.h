// Opens what a crash has left and judges it against what the clients know.
#pragma once

#include <string>

#include "tests/durability/model.h"

namespace odradek::durability {

struct RecoveryOptions {
  Mode mode = Mode::kProcess;
  int boot = 0;  // of the run to come
  uint64_t seed = 0;
  bool journal_only = false;
  bool writes_on = true;        // retries what is under way and appends more, as clients would
  bool starts_are_kept = true;  // what DeleteRecords was told is there
  bool again = false;           // ends that run without a word as well, and opens once more
};

// What this run adds to the model's history stays there. Returns what is wrong, or nothing.
std::string CheckRecovery(Files& disk, Model& model, const RecoveryOptions& options);

}  // namespace odradek::durability
