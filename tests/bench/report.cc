#include "tests/bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "base/check.h"

namespace odradek::bench {
namespace {

template <class Value>
std::vector<double> Each(const std::vector<Pair>& rounds, Value value) {
  std::vector<double> values;
  for (const Pair& round : rounds) values.push_back(value(round));
  return values;
}

}  // namespace

double Median(std::vector<double> values) {
  CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void Report::AddRatio(std::string_view name, double bytes, const std::vector<Pair>& rounds,
                      double ratio_min) {
  const auto ratios =
      Each(rounds, [](const Pair& at) { return at.bare_seconds / at.broker_seconds; });
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  const double ratio = Median(ratios);
  const double cpu_ratio = Median(
      Each(rounds, [](const Pair& at) { return at.bare_cpu_seconds / at.broker_cpu_seconds; }));
  const auto gb = [&](double seconds) { return bytes / seconds / 1e9; };
  const double gib = bytes / (1 << 30);
  const std::string text = fmt::format(
      "{:5.2f} GB/s of {:5.2f}, ratio {:.2f} [{:.2f}..{:.2f}], at least {:.2f}; CPU {:.2f} s/GiB "
      "of {:.2f}, ratio {:.2f}",
      gb(Median(Each(rounds, [](const Pair& at) { return at.broker_seconds; }))),
      gb(Median(Each(rounds, [](const Pair& at) { return at.bare_seconds; }))), ratio, *least,
      *most, ratio_min,
      Median(Each(rounds, [](const Pair& at) { return at.broker_cpu_seconds; })) / gib,
      Median(Each(rounds, [](const Pair& at) { return at.bare_cpu_seconds; })) / gib, cpu_ratio);
  Print(name, text, (strict_ ? ratio : std::max(ratio, cpu_ratio)) >= ratio_min);
}

void Report::AddRate(std::string_view name, double requests, const std::vector<Pair>& rounds,
                     double rate_min) {
  const auto rates = Each(rounds, [&](const Pair& at) { return requests / at.broker_seconds; });
  const auto [least, most] = std::minmax_element(rates.begin(), rates.end());
  const double rate = Median(rates);
  const double cpu = Median(Each(rounds, [](const Pair& at) { return at.broker_cpu_seconds; }));
  std::string text = fmt::format("{:7.0f} requests/s [{:.0f}..{:.0f}], CPU {:.2f} us each", rate,
                                 *least, *most, cpu * 1e6 / requests);
  if (rate_min > 0) text += fmt::format(", at least {:.0f}", rate_min);
  Print(name, text, (strict_ ? rate : std::max(rate, requests / cpu)) >= rate_min);
}

void Report::AddAllocations(std::string_view name, uint64_t allocations, int64_t requests) {
  Print(name, fmt::format("{} heap allocations in {} requests", allocations, requests),
        allocations == 0);
}

void Report::Print(std::string_view name, const std::string& text, bool ok) {
  std::printf("%-34.*s %-6s %s\n", static_cast<int>(name.size()), name.data(), ok ? "ok" : "FAILED",
              text.c_str());
  std::fflush(stdout);
  if (!ok) ++failures_;
}

}  // namespace odradek::bench
