#include "storage/local/file_names.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/text.h"

namespace odradek::storage {
namespace {

constexpr size_t kDigits = 20;
constexpr size_t kTopicNameSizeMax = 249;

bool IsLegalInTopicName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

bool IsLegalTopicName(std::string_view name) {
  return !name.empty() && name.size() <= kTopicNameSizeMax && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), IsLegalInTopicName);
}

std::string OffsetFileName(int64_t offset, std::string_view suffix) {
  CHECK(offset >= 0);
  const std::string digits = std::to_string(offset);
  std::string name(kDigits - digits.size(), '0');
  name += digits;
  name += suffix;
  return name;
}

std::optional<int64_t> ParseOffsetFileName(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  int64_t offset = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, offset);
  if (error != std::errc() || end != name.data() + kDigits || offset < 0) return std::nullopt;
  return offset;
}

std::string SwapFileName(const SwapRange& range) {
  return OffsetFileName(range.base, "-") + OffsetFileName(range.end, kSwapSuffix);
}

std::optional<SwapRange> ParseSwapFileName(std::string_view name) {
  const std::optional<int64_t> base = ParseOffsetFileName(name.substr(0, kDigits + 1), "-");
  if (!base.has_value()) return std::nullopt;
  const std::optional<int64_t> end = ParseOffsetFileName(name.substr(kDigits + 1), kSwapSuffix);
  if (!end.has_value() || *end <= *base) return std::nullopt;
  return SwapRange{*base, *end};
}

std::optional<int32_t> ParsePartitionDirectory(std::string_view name) {
  int32_t partition = 0;
  if (!ParseWhole(name, &partition) || partition < 0) return std::nullopt;
  return partition;
}

std::string NameOfDeleted(const Uuid& topic_id, std::string_view partition, std::string_view file) {
  std::string name = topic_id.ToString();
  name.append(1, '-').append(partition);
  if (!file.empty()) name.append(1, '-').append(file);
  return name;
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty()) path += '/';
  path += name;
  return path;
}

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace odradek::storage
