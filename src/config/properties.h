// Java's property file syntax: comments, "=", ":" or blanks between name and value, lines continued
// by a backslash, escapes. Source: java.util.Properties.load.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace odradek::config {

struct Property {
  std::string name;
  std::string value;
  int line = 0;  // where it begins, from 1
};

// In the order of the text. kInvalid for an escape that is cut short or a line without a name.
Result<std::vector<Property>> ParseProperties(std::string_view text, std::string_view origin);

}  // namespace odradek::config
