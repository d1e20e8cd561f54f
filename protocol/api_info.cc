#include "protocol/api_info.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace odradek {
namespace {

constexpr ApiInfo kApis[] = {
#define ODRADEK_API(name, key, min, max, flexible_from, accepted_min, accepted_max, on_broker, \
                    on_controller, unstable_last, releases)                                    \
  {#name,        key,       min,           max,           flexible_from, accepted_min,         \
   accepted_max, on_broker, on_controller, unstable_last, releases},
#include "protocol/message/api_list.inc"
#undef ODRADEK_API
};

using Release = std::array<int, 3>;

std::string_view TakeWord(std::string_view* text, char separator) {
  const size_t end = std::min(text->find(separator), text->size());
  const std::string_view word = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return word;
}

std::optional<int> ParseNumber(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// "3.9" and "0.10.2"; missing parts are 0.
std::optional<Release> ParseRelease(std::string_view text) {
  Release release{};
  if (text.empty()) return std::nullopt;
  for (int& part : release) {
    if (text.empty()) return release;
    const std::optional<int> number = ParseNumber(TakeWord(&text, '.'));
    if (!number) return std::nullopt;
    part = *number;
  }
  return text.empty() ? std::optional(release) : std::nullopt;
}

}  // namespace

std::span<const ApiInfo> AllApis() { return kApis; }

const ApiInfo* FindApi(int16_t key) {
  const auto* found = std::lower_bound(std::begin(kApis), std::end(kApis), key,
                                       [](const ApiInfo& api, int16_t k) { return api.key < k; });
  return found != std::end(kApis) && found->key == key ? found : nullptr;
}

const ApiInfo* FindApi(std::string_view name) {
  const auto* found = std::find_if(std::begin(kApis), std::end(kApis),
                                   [name](const ApiInfo& api) { return api.name == name; });
  return found != std::end(kApis) ? found : nullptr;
}

std::optional<int16_t> HighestVersionIn(const ApiInfo& api, std::string_view release) {
  const std::optional<Release> wanted = ParseRelease(release);
  if (!wanted) return std::nullopt;
  std::optional<int16_t> highest;
  for (std::string_view rest = api.releases; !rest.empty();) {
    std::string_view pair = TakeWord(&rest, ' ');
    // "trunk" is no release, so it is in none.
    const std::optional<Release> since = ParseRelease(TakeWord(&pair, ':'));
    const std::optional<int> version = ParseNumber(pair);
    if (since && version && *since <= *wanted) highest = static_cast<int16_t>(*version);
  }
  return highest;
}

}  // namespace odradek
