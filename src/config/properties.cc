#include "config/properties.h"

#include <charconv>
#include <utility>

namespace odradek::config {
namespace {

constexpr std::string_view kBlank = " \t\f";

// Takes one line off `text`, without its end.
std::string_view TakeLine(std::string_view* text) {
  const size_t end = text->find_first_of("\r\n");
  const std::string_view line = text->substr(0, end);
  if (end == std::string_view::npos) {
    *text = {};
    return line;
  }
  const bool is_pair = text->substr(end).starts_with("\r\n");
  text->remove_prefix(end + (is_pair ? 2 : 1));
  return line;
}

std::string_view SkipBlank(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

// An odd number of backslashes at the end continues the line.
bool IsContinued(std::string_view line) {
  const size_t last = line.find_last_not_of('\\');
  const size_t backslashes = last == std::string_view::npos ? line.size() : line.size() - last - 1;
  return backslashes % 2 == 1;
}

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0 | code >> 6));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xE0 | code >> 12));
    out->push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// Resolves escapes. False if one is cut short.
bool Unescape(std::string_view text, std::string* out) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      out->push_back(c);
      continue;
    }
    if (text.empty()) return true;  // a lone backslash at the end of the file
    const char escaped = text.front();
    text.remove_prefix(1);
    switch (escaped) {
      case 't':
        out->push_back('\t');
        break;
      case 'n':
        out->push_back('\n');
        break;
      case 'r':
        out->push_back('\r');
        break;
      case 'f':
        out->push_back('\f');
        break;
      case 'u': {
        uint32_t code = 0;
        const char* end = text.data() + (text.size() < 4 ? 0 : 4);
        if (text.size() < 4 || std::from_chars(text.data(), end, code, 16).ptr != end) return false;
        AppendUtf8(code, out);
        text.remove_prefix(4);
        break;
      }
      default:
        out->push_back(escaped);
    }
  }
  return true;
}

// Where the name of a logical line ends: the first separator that is not escaped.
size_t NameEnd(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || kBlank.find(line[i]) != std::string_view::npos) {
      return i;
    }
  }
  return line.size();
}

std::string_view ValueOf(std::string_view rest) {
  rest = SkipBlank(rest);
  if (rest.starts_with('=') || rest.starts_with(':')) rest = SkipBlank(rest.substr(1));
  return rest;
}

}  // namespace

Result<std::vector<Property>> ParseProperties(std::string_view text, std::string_view origin) {
  std::vector<Property> properties;
  for (int line = 1; !text.empty(); ++line) {
    const int begin = line;
    std::string logical(SkipBlank(TakeLine(&text)));
    if (logical.empty() || logical[0] == '#' || logical[0] == '!') continue;
    while (IsContinued(logical) && !text.empty()) {
      logical.pop_back();
      logical.append(SkipBlank(TakeLine(&text)));
      ++line;
    }
    const std::string where = std::string(origin) + " line " + std::to_string(begin);
    const size_t end = NameEnd(logical);
    Property property{.name = {}, .value = {}, .line = begin};
    if (!Unescape(std::string_view(logical).substr(0, end), &property.name) ||
        !Unescape(ValueOf(std::string_view(logical).substr(end)), &property.value)) {
      return Invalid(where + ": \\u needs four hexadecimal digits");
    }
    if (property.name.empty()) return Invalid(where + ": a value without a name");
    properties.push_back(std::move(property));
  }
  return properties;
}

}  // namespace odradek::config
