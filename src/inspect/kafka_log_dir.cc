#include "inspect/kafka_log_dir.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "inspect/file_kind.h"
#include "metadata/meta_properties.h"
#include "storage/local/file_names.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/partition_metadata.h"

namespace odradek::inspect {
namespace {

constexpr std::string_view kStartOffsetsName = "log-start-offset-checkpoint";
constexpr std::string_view kCleanStopName = ".kafka_cleanshutdown";
constexpr std::string_view kMetadataTopic = "__cluster_metadata";

Result<std::vector<PartitionOffset>> ReadStartOffsets(Files& files) {
  const std::string name(kStartOffsetsName);
  if (!files.Exists(name)) return std::vector<PartitionOffset>();
  ASSIGN_OR_RETURN(const std::string text, files.ReadAll(name));
  auto offsets = ParseOffsetCheckpoint(text);
  if (!offsets.has_value()) return Corrupt(name + " cannot be read");
  return *std::move(offsets);
}

}  // namespace

std::optional<std::vector<PartitionOffset>> ParseOffsetCheckpoint(std::string_view text) {
  size_t count = 0;
  if (NextLine(&text) != "0" || !ParseWhole(NextLine(&text), &count)) return std::nullopt;
  std::vector<PartitionOffset> offsets;
  while (!text.empty()) {
    const std::string_view line = NextLine(&text);
    const size_t second = line.rfind(' ');
    if (second == std::string_view::npos || second == 0) return std::nullopt;
    const size_t first = line.rfind(' ', second - 1);
    PartitionOffset entry;
    if (first == std::string_view::npos ||
        !ParseWhole(line.substr(first + 1, second - first - 1), &entry.partition) ||
        !ParseWhole(line.substr(second + 1), &entry.offset)) {
      return std::nullopt;
    }
    entry.topic = line.substr(0, first);
    offsets.push_back(std::move(entry));
  }
  return offsets.size() == count ? std::optional(offsets) : std::nullopt;
}

bool IsKafkaFormatted(Files& files) {
  return files.Exists(std::string(metadata::kMetaPropertiesName));
}

bool WasStoppedCleanly(Files& files) { return files.Exists(std::string(kCleanStopName)); }

Result<std::vector<KafkaPartition>> ListKafkaPartitions(Files& files) {
  ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, files.List(""));
  ASSIGN_OR_RETURN(const std::vector<PartitionOffset> starts, ReadStartOffsets(files));
  std::vector<KafkaPartition> partitions;
  for (const DirEntry& entry : entries) {
    std::string_view topic;
    KafkaPartition found;
    if (!entry.is_directory || !ParsePartitionFolder(entry.name, &topic, &found.partition) ||
        topic == kMetadataTopic) {
      continue;
    }
    const std::string path =
        storage::JoinPath(entry.name, std::string(storage::kPartitionMetadataName));
    const Result<std::string> text = files.ReadAll(path);
    if (!text.ok()) {
      return Corrupt(path + " is missing: the folder has no topic id, or is none of Kafka's; " +
                     std::string(text.status().message()));
    }
    const std::optional<Uuid> id = storage::ParsePartitionMetadata(*text);
    if (!id.has_value()) return Corrupt(path + " holds no topic id");
    found.topic = topic;
    found.topic_id = *id;
    found.folder = entry.name;
    for (const PartitionOffset& start : starts)
      if (start.topic == found.topic && start.partition == found.partition)
        found.start_offset = start.offset;
    const Result<std::string> ours =
        files.ReadAll(storage::JoinPath(entry.name, storage::kCheckpointName));
    found.is_ours = ours.ok();
    const auto checkpoint = ours.ok() ? storage::LogCheckpoint::Decode(*ours) : std::nullopt;
    if (checkpoint.has_value() && checkpoint->topic_id == found.topic_id &&
        checkpoint->partition == std::to_string(found.partition))
      found.start_offset = checkpoint->start_offset;
    partitions.push_back(std::move(found));
  }
  std::sort(partitions.begin(), partitions.end(), [](const auto& a, const auto& b) {
    return std::tie(a.topic, a.partition) < std::tie(b.topic, b.partition);
  });
  return partitions;
}

}  // namespace odradek::inspect
