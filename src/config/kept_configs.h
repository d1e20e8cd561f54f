// The configs of topics and logs that are accepted, stored and reported here without an effect, and
// why; collected into docs/DEVIATIONS.md. Constant data.
#pragma once

#include <span>
#include <string_view>

namespace odradek::config {

struct KeptConfig {
  std::string_view name;  // of a topic or of a broker
  std::string_view reason;
};
std::span<const KeptConfig> KeptConfigs();

}  // namespace odradek::config
