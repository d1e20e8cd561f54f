// ConfigDef: one row of configs.def, and what can be asked of the table.
//
// A value travels as text, as on the wire and in files; ParseConfig turns it into its type and is
// the only judge of what is allowed. Thread: constant data and pure functions.
// Source: ConfigDef, LogConfig, GroupConfig, ClientMetricsConfigs, DynamicBrokerConfig of Apache
// Kafka; the sentences of errors are Kafka's, tools show them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace odradek::config {

enum class Scope : uint8_t { kTopic, kBroker, kGroup, kClientMetrics };

// The numbers that DescribeConfigs sends.
enum class Type : int8_t {
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kShort = 4,
  kLong = 5,
  kDouble = 6,
  kList = 7,
  kClass = 8,
  kPassword = 9,
};

enum class Dynamic : uint8_t {
  kReadOnly,     // at start only
  kPerBroker,    // of one broker while it runs
  kClusterWide,  // of one broker or of all
};

// What a config changes here.
enum class Effect : uint8_t {
  kActs,
  kStored,    // accepted, stored and reported, but nothing reads it
  kUnlisted,  // stored, and reported only where it was set: newer than the Kafka that we are
};

// What values are allowed beyond their type.
struct Allowed {
  enum class Kind : uint8_t {
    kAny,
    kRange,
    kRangeOrMinusOne,
    kOneOf,
    kOneOfAnyCase,
    kListOf,
    kNonEmptyText,
    kThrottledReplicas,
    kOffsetReset,
  };
  Kind kind = Kind::kAny;
  double min = 0;
  double max = 0;
  std::string_view choices;  // separated by commas
};

struct ConfigDef {
  Scope scope;
  std::string_view name;
  Type type;
  const char* default_value;  // null: unset
  Allowed allowed;
  Dynamic dynamic;
  Effect effect;
  std::string_view broker_config;  // of topics and groups: what supplies the default, or ""
  std::string_view documentation;  // may be empty

  bool is_sensitive() const { return type == Type::kPassword; }
};

// All rows of a scope, by name.
std::span<const ConfigDef> ConfigsOf(Scope scope);
// Null if there is none.
const ConfigDef* FindConfig(Scope scope, std::string_view name);

// Where our default is not Kafka's, and why; collected into docs/DEVIATIONS.md.
struct DefaultDeviation {
  std::string_view name;
  std::string_view kafka_default;
  std::string_view reason;
};
std::span<const DefaultDeviation> DefaultDeviations();

// The broker configs that can supply the value of `name`, strongest first, beginning with `name`:
// log.retention.hours -> {log.retention.ms, log.retention.minutes, log.retention.hours}.
std::vector<std::string_view> BrokerSynonyms(std::string_view name);
// What a value of `from` means for the first of its synonyms: hours and minutes become
// milliseconds.
std::string ConvertSynonym(std::string_view from, std::string_view to, std::string_view value);

// A parsed value. kShort, kInt and kLong are int64_t; kString, kClass and kPassword std::string.
using ConfigValue = std::variant<bool, int64_t, double, std::string, std::vector<std::string>>;

// kInvalid with Kafka's sentence, which names the config, the value and what is allowed.
Result<ConfigValue> ParseConfig(const ConfigDef& def, std::string_view value);
// Kafka's text form of a parsed value: "true", "-1", "a,b", "[hidden]" for passwords.
std::string FormatConfig(const ConfigDef& def, const ConfigValue& value);
// A value in Kafka's text form, or as it stands if it does not parse.
std::string CanonicalConfig(const ConfigDef& def, std::string_view value);
// "a whole number of at least 1": for messages and docs.
std::string DescribeAllowed(const ConfigDef& def);

// "a, b,,c" -> {a, b, c}, the way Kafka reads lists.
std::vector<std::string_view> SplitList(std::string_view value);

}  // namespace odradek::config
