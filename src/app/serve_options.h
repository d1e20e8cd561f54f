// What `odradek serve` was asked for, before configs are resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"

namespace odradek::app {

struct ServeOptions {
  std::optional<std::string> data_dir{};  // none: everything in memory
  std::optional<uint16_t> port{};         // of the first node; 0: free ports
  int32_t brokers = 1;
  std::vector<std::string> settings{};  // "name=value", or "ID:name=value" for one node
  std::optional<std::string> config_file{};
  std::optional<std::string> ready_file{};
  int threads = 0;  // 0: by the number of cores
  log::Level log_level = log::Level::kInfo;
  // The process environment: KAFKA_* are read.
  std::vector<std::pair<std::string, std::string>> environment{};
};

// Nodes of one process: more would need more ports than a development machine has to spare.
inline constexpr int32_t kBrokersMax = 64;

}  // namespace odradek::app
