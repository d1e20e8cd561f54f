#include "metadata/topic_name.h"

#include <algorithm>

namespace odradek::metadata {
namespace {

bool IsLegalCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

unsigned char Fold(char c) { return static_cast<unsigned char>(c == '.' ? '_' : c); }

}  // namespace

std::string WhyIllegalTopicName(std::string_view name) {
  constexpr const char* kPrefix = "Topic name is invalid: ";
  if (name.empty()) return std::string(kPrefix) + "the empty string is not allowed";
  if (name == "." || name == "..") return kPrefix + ("'" + std::string(name) + "' is not allowed");
  if (name.size() > kTopicNameLengthMax) {
    return kPrefix + ("the length of '" + std::string(name)) +
           "' is longer than the max allowed length " + std::to_string(kTopicNameLengthMax);
  }
  if (!std::all_of(name.begin(), name.end(), IsLegalCharacter)) {
    return kPrefix + ("'" + std::string(name)) +
           "' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
  }
  return {};
}

int CompareFoldingDots(std::string_view a, std::string_view b) {
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    const int difference = Fold(a[i]) - Fold(b[i]);
    if (difference != 0) return difference;
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

}  // namespace odradek::metadata
