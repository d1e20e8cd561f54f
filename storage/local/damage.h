// What is known of bytes that do not check out: where they are, and what is told of them.
//
// Damaged bytes stay where they are and are not served; the rest of the log is. Every finding is
// one line of JSON in the store's reports file, and one line in the log.
// Owner: DamagedRange belongs to its segment; reports belong to nobody. Thread: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace odradek::storage {

// No topic can have this name.
inline constexpr std::string_view kDamageReportsName = "@damage-reports.jsonl";

// A stretch of a segment file. It may be empty: then its bytes are missing. Offsets in
// [from_offset, to_offset) are not readable.
struct DamagedRange {
  int64_t from_position = 0;
  int64_t to_position = 0;
  int64_t from_offset = 0;
  int64_t to_offset = 0;
  bool operator==(const DamagedRange&) const = default;
};

struct DamageReport {
  // Whether records may be gone that were acknowledged to acks=all.
  enum class AckedLoss : unsigned char { kNo, kYes, kUnknown };

  std::string file;
  int64_t from_byte = 0;
  int64_t to_byte = 0;
  int64_t from_offset = -1;  // -1: it is not about records
  int64_t to_offset = -1;
  std::string reason;
  std::string kept_aside;  // the file that holds the bytes now; empty if they stayed
  std::string effect;      // on producers and transactions, in words; empty if there is none
  AckedLoss acked_loss = AckedLoss::kUnknown;

  std::string ToJson() const;  // one line, without its end
};

}  // namespace odradek::storage
