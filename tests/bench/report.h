// What the benchmark prints: one line a figure, with the limit it has to hold.
//
// Owner: main. Thread: one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace odradek::bench {

// Broker and bare loop, measured in turn.
struct Pair {
  double broker_seconds = 0;
  double bare_seconds = 0;
  double broker_cpu_seconds = 0;
  double bare_cpu_seconds = 0;
};

double Median(std::vector<double> values);

class Report {
 public:
  // `only`: lines whose name does not hold it are not wanted.
  Report(bool strict, std::string_view only) : strict_(strict), only_(only) {}

  bool Wants(std::string_view name) const { return name.find(only_) != std::string_view::npos; }

  // Bytes per second against those of the bare loop; the median of the rounds' ratios counts.
  // Unless strict, bytes per second of processor time will do: beside other work the clock says
  // little.
  void AddRatio(std::string_view name, double bytes, const std::vector<Pair>& rounds,
                double ratio_min);
  // Requests per second; unless strict, per second of processor time. A limit of 0 means none.
  void AddRate(std::string_view name, double requests, const std::vector<Pair>& rounds,
               double rate_min);
  // None may be left.
  void AddAllocations(std::string_view name, uint64_t allocations, int64_t requests);

  int failures() const { return failures_; }

 private:
  void Print(std::string_view name, const std::string& text, bool ok);

  const bool strict_;
  const std::string_view only_;
  int failures_ = 0;
};

}  // namespace odradek::bench
