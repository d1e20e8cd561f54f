// Finding: something in a data directory that is not as it should be; Findings: where they go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inspect/row.h"

namespace odradek::inspect {

enum class Severity : unsigned char {
  kHarmless,  // nothing that had to be kept: torn tails, stale sidecars, leftovers
  kDamage,    // bytes that count cannot be read as they were written, or were set aside
};

// Whether records that were acknowledged can be missing because of it.
enum class AckedLoss : unsigned char { kNo, kYes, kUnknown };

struct Finding {
  std::string file;
  Severity severity = Severity::kHarmless;
  AckedLoss acked_loss = AckedLoss::kNo;
  std::string reason;
  // The range in the file and the offsets that it held; -1: not known, or the whole file.
  int64_t from_byte = -1;
  int64_t to_byte = -1;
  int64_t from_offset = -1;
  int64_t to_offset = -1;
  std::vector<int64_t> producers{};  // whose batches are in the range, as far as can be told
};

class Findings {
 public:
  explicit Findings(Report& report) : report_(report) {}

  void Add(const Finding& finding);
  // A sidecar that the store will make again.
  void AddHarmless(const std::string& file, std::string reason) {
    Add({.file = file, .reason = std::move(reason)});
  }
  // Nobody knows what is in it.
  void AddUnreadable(const std::string& file, const Status& status) {
    Add({.file = file,
         .severity = Severity::kDamage,
         .acked_loss = AckedLoss::kUnknown,
         .reason = "cannot be read: " + std::string(status.message())});
  }
  int64_t damage() const { return damage_; }
  int64_t harmless() const { return harmless_; }

 private:
  Report& report_;
  int64_t damage_ = 0;
  int64_t harmless_ = 0;
};

}  // namespace odradek::inspect
