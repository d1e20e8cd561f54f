// DamageSweep: a small store after a clean stop, every file of which is damaged in every way: each
// bit flipped, each length cut, gone, swapped with its like of another partition, zeros, its own
// old bytes or another partition's batches behind its end. Last, whole folders that have changed
// places.
//
// Right is: what is served is what was written, and what is not served is answered with an error or
// told in a report. Damage of anything but segments and the metadata journal changes nothing that
// is served.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/durability/world.h"

namespace odradek::durability {

enum class Damage : unsigned char { kBit, kLength, kGone, kSwap, kTail, kFolder };
constexpr size_t kDamageCount = 6;
std::string_view DamageName(Damage damage);

enum class Verdict : unsigned char {
  kSame,      // everything is served as before
  kDetected,  // what is missing is answered with an error, or was reported
  kSilent,    // something is missing, and nobody was told
  kWrong,     // something else is served
  kChanged,   // damage of a sidecar changed what is served
};
constexpr size_t kVerdictCount = 5;
std::string_view VerdictName(Verdict verdict);

struct DamageResult {
  int64_t cases = 0;
  int64_t by_verdict[kVerdictCount] = {};
  std::map<std::string, int64_t> bad_by_file;  // kind of file and verdict
  std::vector<std::string> examples;           // a few of the bad ones

  int64_t bad() const {
    return by_verdict[static_cast<size_t>(Verdict::kSilent)] +
           by_verdict[static_cast<size_t>(Verdict::kWrong)] +
           by_verdict[static_cast<size_t>(Verdict::kChanged)];
  }
};

struct DamageOptions {
  Mode mode = Mode::kPower;
  uint64_t seed = 1;
  int64_t stride = 1;     // every case, or every n-th
  std::string file_part;  // files whose path holds this only
  int64_t first_case = 0;
  int64_t last_case = INT64_MAX;
  int64_t* current_case = nullptr;  // kept up to date, for whoever finds the process dead
};

DamageResult SweepDamage(Damage damage, const DamageOptions& options);

}  // namespace odradek::durability
