// What is known of every API of the protocol, also of those that this broker does not serve: keys,
// versions, and which version came with which release of Apache Kafka.
// Source: protocol/defs. Thread: constant data.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace odradek {

struct ApiInfo {
  std::string_view name;  // "Heartbeat"
  int16_t key;
  int16_t min_version;  // every version with a known layout
  int16_t max_version;
  int16_t flexible_from;  // INT16_MAX: never
  int16_t accepted_min;   // what current Apache Kafka accepts; min > max: it was removed
  int16_t accepted_max;
  bool on_broker;  // a listener of brokers serves it
  bool on_controller;
  bool unstable_last;         // max_version is not advertised unless asked for
  std::string_view releases;  // "0.9.0:0 2.0:2": the highest stable version from a release on

  bool IsFlexible(int16_t version) const { return version >= flexible_from; }
};

// All APIs, by rising key.
std::span<const ApiInfo> AllApis();

// Null if no API has this key.
const ApiInfo* FindApi(int16_t key);
const ApiInfo* FindApi(std::string_view name);

// The highest version of `api` that Apache Kafka `release` ("2.8", "3.9.1") serves; empty if that
// release does not know the API or `release` is not a release.
std::optional<int16_t> HighestVersionIn(const ApiInfo& api, std::string_view release);

}  // namespace odradek
