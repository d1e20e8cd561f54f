#include "storage/local/partition_metadata.h"

namespace odradek::storage {
namespace {

constexpr std::string_view kIdKey = "topic_id: ";

}  // namespace

std::string EncodePartitionMetadata(const Uuid& topic_id) {
  return "version: 0\n" + std::string(kIdKey) + topic_id.ToString();
}

std::optional<Uuid> ParsePartitionMetadata(std::string_view text) {
  const size_t at = text.find(kIdKey);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kIdKey.size());
  return Uuid::Parse(text.substr(0, text.find_first_of("\r\n")));
}

}  // namespace odradek::storage
