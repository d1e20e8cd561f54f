#include "tests/durability/model.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace odradek::durability {

std::string LogModel::CheckNewest(const std::vector<SeenRecord>& records) const {
  std::map<std::string_view, std::pair<int64_t, std::string_view>> newest;
  for (const auto& [offset, value] : acked) newest[KeyOf(value)] = {offset, value};
  for (const SeenRecord& record : records) {
    const auto wanted = newest.find(KeyOf(record.value));
    if (wanted != newest.end() && record.offset >= wanted->second.first) newest.erase(wanted);
  }
  if (newest.empty()) return {};
  const auto& [key, missing] = *newest.begin();
  return fmt::format("lost: '{}' at {} is the newest of {} that was acknowledged", missing.second,
                     missing.first, key);
}

}  // namespace odradek::durability
