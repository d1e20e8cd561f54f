// The cases: what is done to every broker, and to the bare loop that it is measured by.
//
// Thread: the load's.
#pragma once

#include <span>
#include <string_view>

#include "tests/bench/contender.h"

namespace odradek::bench {

struct Case {
  std::string_view name;
  std::string_view what;
  void (*run)(Setup& setup, CaseResult* result);
};

std::span<const Case> ThroughputCases();
std::span<const Case> LatencyCases();
std::span<const Case> ClientCases();
std::span<const Case> LifeCases();

}  // namespace odradek::bench
