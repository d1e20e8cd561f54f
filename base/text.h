// Taking short texts apart: the files of settings and sidecars that are lines of words.
#pragma once

#include <algorithm>
#include <charconv>
#include <string_view>

namespace odradek {

// Takes what stands before the first `end` off the front, and `end` itself.
inline std::string_view TakeUntil(char end, std::string_view* text) {
  const std::string_view taken = text->substr(0, text->find(end));
  text->remove_prefix(std::min(taken.size() + 1, text->size()));
  return taken;
}
inline std::string_view NextLine(std::string_view* text) { return TakeUntil('\n', text); }
inline std::string_view NextWord(std::string_view* line) { return TakeUntil(' ', line); }

// False, with `out` undefined, unless all of `text` is one decimal number.
template <class T>
bool ParseWhole(std::string_view text, T* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace odradek
