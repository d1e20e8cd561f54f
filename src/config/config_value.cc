// Parsing, checking and printing of single values; the rest of the table is in config_table.cc.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "config/config_table.h"
#include "config/parse.h"

namespace odradek::config {
namespace {

Status Refuse(const ConfigDef& def, std::string_view value, std::string_view why) {
  std::string text = "Invalid value ";
  text.append(def.is_sensitive() ? "[hidden]" : value)
      .append(" for configuration ")
      .append(def.name);
  return Invalid(text.append(": ").append(why));
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kBoolean:
      return "BOOLEAN";
    case Type::kString:
      return "STRING";
    case Type::kInt:
      return "INT";
    case Type::kShort:
      return "SHORT";
    case Type::kLong:
      return "LONG";
    case Type::kDouble:
      return "DOUBLE";
    case Type::kList:
      return "LIST";
    case Type::kClass:
      return "CLASS";
    case Type::kPassword:
      return "PASSWORD";
  }
  UNREACHABLE();
}

std::string WithSpaces(std::string_view choices) {
  std::string text;
  for (std::string_view choice : SplitList(choices)) {
    if (!text.empty()) text.append(", ");
    text.append(choice);
  }
  return text;
}

bool Contains(std::string_view choices, std::string_view value, bool any_case) {
  const auto items = SplitList(choices);
  return std::any_of(items.begin(), items.end(), [&](std::string_view item) {
    return any_case ? EqualsIgnoringCase(item, value) : item == value;
  });
}

// Doubles and whole numbers as Java prints them: 0.5, 1.0, 1.7976931348623157E308.
std::string JavaDouble(double value) {
  char text[40];
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-3 || size >= 1e7)) {
    const auto end =
        std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
    const std::string plain(text, end);
    const size_t e = plain.find('e');
    std::string digits = plain.substr(0, e);
    if (digits.find('.') == std::string::npos) digits.append(".0");
    return digits + "E" + std::to_string(ParseInteger(plain.substr(e + 1)).value_or(0));
  }
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed).ptr;
  std::string digits(text, end);
  if (digits.find('.') == std::string::npos) digits.append(".0");
  return digits;
}

std::string Number(const ConfigDef& def, double value) {
  return def.type == Type::kDouble && value != std::floor(value)
             ? JavaDouble(value)
             : std::to_string(static_cast<int64_t>(value));
}

Status CheckRange(const ConfigDef& def, std::string_view text, double value) {
  const Allowed& allowed = def.allowed;
  if (allowed.kind == Allowed::Kind::kRangeOrMinusOne) {
    if (value == -1 || (value >= allowed.min && value <= allowed.max)) return {};
    return Refuse(def, text,
                  "Value must be between " + Number(def, allowed.min) + " and " +
                      Number(def, allowed.max) + " or equal to -1");
  }
  if (allowed.kind != Allowed::Kind::kRange) return {};
  if (value < allowed.min)
    return Refuse(def, text, "Value must be at least " + Number(def, allowed.min));
  if (value > allowed.max) {
    return Refuse(def, text, "Value must be no more than " + Number(def, allowed.max));
  }
  return {};
}

Result<ConfigValue> ParseNumber(const ConfigDef& def, std::string_view text) {
  const std::string not_a_number = "Not a number of type " + std::string(TypeName(def.type));
  if (def.type == Type::kDouble) {
    const std::string_view digits = text.substr(text.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return Refuse(def, text, not_a_number);
    }
    RETURN_IF_ERROR(CheckRange(def, text, value));
    return ConfigValue(value);
  }
  const auto value = ParseInteger(text);
  const int64_t max = def.type == Type::kShort ? INT16_MAX
                      : def.type == Type::kInt ? INT32_MAX
                                               : INT64_MAX;
  if (!value || *value > max || *value < -max - 1) return Refuse(def, text, not_a_number);
  RETURN_IF_ERROR(CheckRange(def, text, static_cast<double>(*value)));
  return ConfigValue(*value);
}

// "*", or pairs partition:broker.
bool AreThrottledReplicas(const std::vector<std::string>& items) {
  if (items.size() == 1 && items[0] == "*") return true;
  return std::all_of(items.begin(), items.end(), [](const std::string& item) {
    const size_t colon = item.find(':');
    if (colon == std::string::npos) return false;
    const auto digits = [](std::string_view part) {
      return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return digits(std::string_view(item).substr(0, colon)) &&
           digits(std::string_view(item).substr(colon + 1));
  });
}

Result<ConfigValue> ParseList(const ConfigDef& def, std::string_view text) {
  std::vector<std::string> items;
  for (std::string_view item : SplitList(text)) items.emplace_back(item);
  const std::string name = "Configuration '" + std::string(def.name) + "'";
  const Allowed& allowed = def.allowed;
  if (allowed.kind == Allowed::Kind::kThrottledReplicas) {
    if (AreThrottledReplicas(items)) return ConfigValue(std::move(items));
    return Refuse(def, text,
                  std::string(def.name) +
                      " must be the literal '*' or a list of replicas in the "
                      "following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...");
  }
  if (std::set<std::string_view>(items.begin(), items.end()).size() != items.size()) {
    return Invalid(name + " values must not be duplicated.");
  }
  for (const std::string& item : items) {
    if (item.empty()) return Invalid(name + " values must not be empty.");
    if (allowed.kind == Allowed::Kind::kListOf && !Contains(allowed.choices, item, false)) {
      return Refuse(def, item, "String must be one of: " + WithSpaces(allowed.choices));
    }
  }
  return ConfigValue(std::move(items));
}

// An ISO 8601 duration of days and smaller units, not negative: P1D, PT12H, P1DT2H3M4.5S.
bool IsDuration(std::string_view text) {
  if (!text.starts_with('P') || text.size() < 3) return false;
  text.remove_prefix(1);
  std::string_view units = "D";
  bool any = false;
  while (!text.empty()) {
    if (text.front() == 'T') {
      if (units.find('H') != std::string_view::npos || text.size() == 1) return false;
      units = "HMS";
      text.remove_prefix(1);
    }
    const size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return false;
    const size_t unit = units.find(text[digits]);
    const bool fraction = text.substr(0, digits).find('.') != std::string_view::npos;
    if (unit == std::string_view::npos || (fraction && text[digits] != 'S')) return false;
    units = units == "D"                     ? std::string_view(" ")
            : units.substr(unit + 1).empty() ? " "
                                             : units.substr(unit + 1);
    text.remove_prefix(digits + 1);
    any = true;
  }
  return any;
}

Result<ConfigValue> ParseText(const ConfigDef& def, std::string_view text) {
  const Allowed& allowed = def.allowed;
  switch (allowed.kind) {
    case Allowed::Kind::kOneOf:
      if (!Contains(allowed.choices, text, false)) {
        return Refuse(def, text, "String must be one of: " + WithSpaces(allowed.choices));
      }
      break;
    case Allowed::Kind::kOneOfAnyCase:
      if (!Contains(allowed.choices, text, true)) {
        return Refuse(def, text,
                      "String must be one of (case insensitive): " + WithSpaces(allowed.choices));
      }
      break;
    case Allowed::Kind::kNonEmptyText:
      if (text.empty()) return Refuse(def, text, "String must be non-empty");
      break;
    case Allowed::Kind::kOffsetReset: {
      constexpr std::string_view kBy = "by_duration:";
      if (EqualsIgnoringCase(text, "latest") || EqualsIgnoringCase(text, "earliest")) break;
      if (text.starts_with(kBy) && IsDuration(text.substr(kBy.size()))) break;
      return Refuse(def, text,
                    "The string must be `earliest`, `latest` or of the format "
                    "`by_duration:<duration>`.");
    }
    default:
      break;
  }
  return ConfigValue(std::string(text));
}

}  // namespace

Result<ConfigValue> ParseConfig(const ConfigDef& def, std::string_view value) {
  const std::string_view text = Trim(value);
  switch (def.type) {
    case Type::kBoolean:
      if (EqualsIgnoringCase(text, "true")) return ConfigValue(true);
      if (EqualsIgnoringCase(text, "false")) return ConfigValue(false);
      return Refuse(def, value, "Expected value to be either true or false");
    case Type::kInt:
    case Type::kShort:
    case Type::kLong:
    case Type::kDouble:
      return ParseNumber(def, text);
    case Type::kList:
      return ParseList(def, text);
    case Type::kString:
    case Type::kClass:
    case Type::kPassword:
      return ParseText(def, text);
  }
  UNREACHABLE();
}

std::string FormatConfig(const ConfigDef& def, const ConfigValue& value) {
  if (def.is_sensitive()) return "[hidden]";
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const int64_t* number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  if (const double* number = std::get_if<double>(&value)) return JavaDouble(*number);
  if (const std::string* text = std::get_if<std::string>(&value)) return *text;
  std::string joined;
  for (const std::string& item : std::get<std::vector<std::string>>(value)) {
    if (!joined.empty()) joined.push_back(',');
    joined.append(item);
  }
  return joined;
}

std::string CanonicalConfig(const ConfigDef& def, std::string_view value) {
  const Result<ConfigValue> parsed = ParseConfig(def, value);
  return parsed.ok() ? FormatConfig(def, *parsed) : std::string(value);
}

std::string DescribeAllowed(const ConfigDef& def) {
  const Allowed& allowed = def.allowed;
  std::string text;
  switch (def.type) {
    case Type::kBoolean:
      return "true or false";
    case Type::kInt:
    case Type::kShort:
    case Type::kLong:
      text = "a whole number";
      break;
    case Type::kDouble:
      text = "a number";
      break;
    case Type::kList:
      text = "a list separated by commas";
      break;
    case Type::kString:
    case Type::kPassword:
      text = "text";
      break;
    case Type::kClass:
      text = "a class name";
      break;
  }
  switch (allowed.kind) {
    case Allowed::Kind::kAny:
      return text;
    case Allowed::Kind::kRange:
      if (std::isinf(allowed.max)) return text + " of at least " + Number(def, allowed.min);
      return text + " from " + Number(def, allowed.min) + " to " + Number(def, allowed.max);
    case Allowed::Kind::kRangeOrMinusOne:
      return text + " from " + Number(def, allowed.min) + " to " + Number(def, allowed.max) +
             ", or -1";
    case Allowed::Kind::kOneOf:
    case Allowed::Kind::kOneOfAnyCase:
      return "one of " + WithSpaces(allowed.choices);
    case Allowed::Kind::kListOf:
      return text + ", of " + WithSpaces(allowed.choices);
    case Allowed::Kind::kNonEmptyText:
      return text + ", not empty";
    case Allowed::Kind::kThrottledReplicas:
      return "* or partition:broker pairs";
    case Allowed::Kind::kOffsetReset:
      return "latest, earliest or by_duration:<ISO 8601 duration>";
  }
  UNREACHABLE();
}

}  // namespace odradek::config
