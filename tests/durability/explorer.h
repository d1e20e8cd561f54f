// Explorer: runs a workload and crashes it behind every disk call, in several ways; checks what is
// left, and crashes that recovery again behind its disk calls, three deep.
//
// A seed decides everything. Thread: one at a time; explorers do not share anything.
#pragma once

#include <cstdint>
#include <string>

#include "tests/durability/model.h"
#include "tests/durability/world.h"

namespace odradek::durability {

struct ExplorerOptions {
  Mode mode = Mode::kProcess;
  bool journal_only = false;
  bool cuts_power = false;  // also where nothing is promised then
  int steps = 40;
  int variants = 4;        // crashes behind each call, besides the plain one
  int deeper_percent = 2;  // of the calls of a recovery; of one within another half of it
  int depth_max = 3;
  int64_t crash_points_max = INT64_MAX;
};

struct ExplorerResult {
  int64_t crash_points = 0;
  int64_t by_depth[4] = {};
  int64_t acknowledged = 0;
  std::string finding;  // the first one, with its place; empty if all is well
};

ExplorerResult Explore(uint64_t seed, const ExplorerOptions& options);

}  // namespace odradek::durability
