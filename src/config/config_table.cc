#include "config/config_table.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"
#include "config/parse.h"

namespace odradek::config {
namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

constexpr Allowed Any() { return {}; }
constexpr Allowed AtLeast(double min) { return {Allowed::Kind::kRange, min, kNoLimit, {}}; }
constexpr Allowed Between(double min, double max) { return {Allowed::Kind::kRange, min, max, {}}; }
constexpr Allowed BetweenOrMinusOne(double min, double max) {
  return {Allowed::Kind::kRangeOrMinusOne, min, max, {}};
}
constexpr Allowed OneOf(std::string_view choices) { return {Allowed::Kind::kOneOf, 0, 0, choices}; }
constexpr Allowed OneOfAnyCase(std::string_view choices) {
  return {Allowed::Kind::kOneOfAnyCase, 0, 0, choices};
}
constexpr Allowed ListOf(std::string_view choices) {
  return {Allowed::Kind::kListOf, 0, 0, choices};
}
constexpr Allowed NonEmptyText() { return {Allowed::Kind::kNonEmptyText, 0, 0, {}}; }
constexpr Allowed ThrottledReplicas() { return {Allowed::Kind::kThrottledReplicas, 0, 0, {}}; }
constexpr Allowed OffsetReset() { return {Allowed::Kind::kOffsetReset, 0, 0, {}}; }

constexpr ConfigDef kTable[] = {
#define CONFIG(scope, name, type, default_value, allowed, dynamic, effect, broker_config, text)  \
  {Scope::k##scope,   name,          Type::k##type, default_value, allowed, Dynamic::k##dynamic, \
   Effect::k##effect, broker_config, text},
#include "config/configs.def"
#undef CONFIG
};

constexpr DefaultDeviation kDefaultDeviations[] = {
    {"group.initial.rebalance.delay.ms", "3000",
     "a developer who starts one consumer should not wait three seconds for its first record"},
    {"socket.receive.buffer.bytes", "102400",
     "the system's own size lets large produce requests come in half as fast again"},
    {"socket.send.buffer.bytes", "102400",
     "the system's own size is no slower, and grows where the client is far away"},
};

// The rows of a scope stand together.
constexpr std::pair<size_t, size_t> RangeOf(Scope scope) {
  size_t first = 0;
  while (first < std::size(kTable) && kTable[first].scope != scope) ++first;
  size_t last = first;
  while (last < std::size(kTable) && kTable[last].scope == scope) ++last;
  return {first, last};
}
constexpr std::array kRanges = {RangeOf(Scope::kTopic), RangeOf(Scope::kBroker),
                                RangeOf(Scope::kGroup), RangeOf(Scope::kClientMetrics)};

}  // namespace

std::span<const ConfigDef> ConfigsOf(Scope scope) {
  const auto [first, last] = kRanges[static_cast<size_t>(scope)];
  return std::span(kTable).subspan(first, last - first);
}

const ConfigDef* FindConfig(Scope scope, std::string_view name) {
  const auto rows = ConfigsOf(scope);
  const auto at =
      std::lower_bound(rows.begin(), rows.end(), name,
                       [](const ConfigDef& row, std::string_view key) { return row.name < key; });
  return at != rows.end() && at->name == name ? &*at : nullptr;
}

std::span<const DefaultDeviation> DefaultDeviations() { return kDefaultDeviations; }

std::vector<std::string_view> BrokerSynonyms(std::string_view name) {
  if (name.starts_with("log.retention.") && name != "log.retention.bytes" &&
      name != "log.retention.check.interval.ms") {
    return {"log.retention.ms", "log.retention.minutes", "log.retention.hours"};
  }
  if (name == "log.roll.ms" || name == "log.roll.hours") return {"log.roll.ms", "log.roll.hours"};
  if (name == "log.roll.jitter.ms" || name == "log.roll.jitter.hours") {
    return {"log.roll.jitter.ms", "log.roll.jitter.hours"};
  }
  if (name == "log.flush.interval.ms") {
    return {"log.flush.interval.ms", "log.flush.scheduler.interval.ms"};
  }
  // listener.name.<listener>.<config> falls back to <config>.
  constexpr std::string_view kListener = "listener.name.";
  if (name.starts_with(kListener)) {
    const size_t dot = name.find('.', kListener.size());
    if (dot != std::string_view::npos) return {name, name.substr(dot + 1)};
  }
  return {name};
}

std::string ConvertSynonym(std::string_view from, std::string_view to, std::string_view value) {
  int64_t factor = 1;
  if (to.ends_with(".ms") && from.ends_with(".hours")) factor = 3'600'000;
  if (to.ends_with(".ms") && from.ends_with(".minutes")) factor = 60'000;
  const auto number = ParseInteger(Trim(value));
  if (factor == 1 || !number || *number < 0) return std::string(value);
  return std::to_string(*number * factor);
}

std::vector<std::string_view> SplitList(std::string_view value) {
  std::vector<std::string_view> items;
  value = Trim(value);
  if (value.empty()) return items;
  for (size_t begin = 0;;) {
    const size_t comma = value.find(',', begin);
    items.push_back(Trim(value.substr(begin, comma - begin)));
    if (comma == std::string_view::npos) return items;
    begin = comma + 1;
  }
}

}  // namespace odradek::config
