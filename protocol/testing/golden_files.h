// Reads the recorded instances below tests/goldens (see tools/goldens/record). Paths are relative
// to the root of the tree, where tests run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace odradek {

constexpr std::string_view kGoldenFolder = "tests/goldens/";

struct GoldenInstance {
  int16_t version = 0;
  std::string shape;  // filled, minimal or nulls
  std::string bytes;
  std::string json;  // of kafka-clients alone
};

// All instances of a message ("HeartbeatRequest") by one codec; none if there is no file.
std::vector<GoldenInstance> LoadGoldens(std::string_view codec, std::string_view message);

}  // namespace odradek
