#include "tests/bench/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace odradek::bench {
namespace {

constexpr std::string_view kOurs = "odradek";
// Where no disk has a say in it.
constexpr std::string_view kInMemory = "odradek memory";
// Where a restart has something to find.
constexpr std::string_view kOnDisk = "odradek power";

struct Limit {
  std::string_view case_name;
  std::string_view figure;
  bool at_least;  // otherwise at most
  double gate;    // 0 with at_least: none
  double goal;
  // Judged as well unless strict: what this figure says does not depend on other work.
  std::string_view or_figure = {};
  std::string_view who = kOurs;
};

constexpr Limit kLimits[] = {
    {"produce-1m", "ratio", true, 0.60, 0.80, "CPU ratio"},
    {"produce-16k", "ratio", true, 0.60, 0.75, "CPU ratio"},
    {"produce-one", "requests/s", true, 0, 100'000},
    {"produce-one", "CPU us/request", false, 10, 10},
    {"fetch-64k", "ratio", true, 0.60, 0.75, "CPU ratio"},
    {"fetch-1m", "ratio", true, 0.60, 0.90, "CPU ratio"},
    {"fetch-50m", "ratio", true, 0.60, 0.90, "CPU ratio"},
    {"produce-1m", "CPU s/GiB of Apache Kafka", false, 1, 0.25},
    {"produce-16k", "CPU s/GiB of Apache Kafka", false, 1, 0.25},
    {"librdkafka-consume", "CPU s/GiB of Apache Kafka", false, 1, 0.50},
    {"librdkafka", "M records/s of librdkafka mock", true, 0, 0.90},
    {"ack-1k", "p50 us of librdkafka mock", false, 10, 1.15},
    {"durable-1", "ratio", true, 0, 0.80, {}, kOnDisk},
    {"durable-16", "ratio", true, 0, 0.80, {}, kOnDisk},
    {"durable-256", "ratio", true, 0, 0.80, {}, kOnDisk},
    {"start", "listening ms", false, 20, 2, {}, kInMemory},
    {"start", "versions ms", false, 20, 2.5, {}, kInMemory},
    {"start", "first record ms", false, 200, 6, {}, kInMemory},
    {"idle", "resident MiB", false, 8, 4},
    {"idle", "CPU ms/min", false, 10, 1},
    {"idle", "wake-ups/min", false, 12, 0},
    {"partitions-100k", "MiB", false, 64, 32},
    {"partitions-100k", "clean: versions ms", false, 3000, 300, {}, kOnDisk},
    {"restart-10g", "killed: first record ms", false, 2000, 200, {}, kOnDisk},
};

struct Seen {
  double value = 0;
  bool held = false;
};

Seen Judge(const Limit& limit, const Row& row, bool strict) {
  const Figure* figure = row.Find(limit.figure);
  if (figure == nullptr) return {};
  const double bound = strict ? limit.goal : limit.gate;
  Seen seen{Median(figure->values), false};
  if (!strict) {
    const auto [least, most] = std::minmax_element(figure->values.begin(), figure->values.end());
    seen.value = limit.at_least ? *most : *least;
    const Figure* other = row.Find(limit.or_figure);
    if (other != nullptr) seen.value = std::max(seen.value, Median(other->values));
  }
  seen.held = limit.at_least ? seen.value >= bound : seen.value <= bound;
  return seen;
}

}  // namespace

std::string JudgementOf(const CaseResult& result, bool strict, int* missed) {
  std::string text;
  for (const Row& row : result.rows) {
    if (!row.who.starts_with(kOurs)) continue;
    if (!row.failure.empty() && !row.failure.starts_with("keeps nothing")) ++*missed;
    for (const Limit& limit : kLimits) {
      if (limit.case_name != result.name || !row.failure.empty()) continue;
      if (!row.who.starts_with(limit.who)) continue;
      // A share of what a peer needs is there only if the peer was.
      if (limit.figure.find(" of ") != limit.figure.npos && row.Find(limit.figure) == nullptr)
        continue;
      if (!strict && limit.at_least && limit.gate == 0) continue;
      const Seen seen = Judge(limit, row, strict);
      if (!seen.held) ++*missed;
      text += fmt::format("  {} {}: {} {:.4g}, wanted at {} {:g}\n",
                          seen.held ? "held  " : "MISSED", row.who, limit.figure, seen.value,
                          limit.at_least ? "least" : "most", strict ? limit.goal : limit.gate);
    }
  }
  return text;
}

}  // namespace odradek::bench
