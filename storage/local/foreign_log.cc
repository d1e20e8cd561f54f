#include "storage/local/foreign_log.h"

#include <algorithm>
#include <vector>

#include "storage/local/content_crc.h"
#include "storage/local/file_names.h"
#include "storage/local/producer_state.h"

namespace odradek::storage {
namespace {

constexpr int64_t kReadAtOnceSizeBytes = 16 << 20;

// Two partitions may hold the same bytes; then the checkpoint alone was swapped.
Result<bool> HasOwnSnapshot(Files& files, const std::string& directory, uint32_t owner_crc) {
  ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, files.List(directory));
  for (const DirEntry& entry : entries) {
    const std::optional<int64_t> offset = ParseOffsetFileName(entry.name, kSnapshotSuffix);
    if (!offset.has_value()) continue;
    const Result<std::string> content = files.ReadAll(JoinPath(directory, entry.name));
    if (!content.ok()) continue;
    const Result<ProducerSnapshot> snapshot = ProducerState::DecodeSnapshot(*content);
    if (snapshot.ok() && snapshot->owner_crc == OwnerCrcAt(owner_crc, *offset)) return true;
  }
  return false;
}

}  // namespace

bool IsOfFolder(const LogCheckpoint& told, const std::string& directory, const Uuid& topic_id) {
  return told.topic_id == topic_id && told.partition == BaseName(directory);
}

Result<bool> HoldsLogOf(Files& files, const std::string& directory, const Uuid& topic_id,
                        const LogCheckpoint& told, const std::atomic<bool>* stop) {
  ASSIGN_OR_RETURN(const bool has_own,
                   HasOwnSnapshot(files, directory, OwnerCrc(topic_id, BaseName(directory))));
  if (has_own) return false;
  const uint32_t told_crc = OwnerCrc(told.topic_id, told.partition);
  std::string buffer;
  for (const SegmentSummary& segment : told.segments) {
    if (segment.size_bytes == 0) continue;
    const Result<Ref<File>> file = files.Open(
        JoinPath(directory, OffsetFileName(segment.base_offset, kLogSuffix)), OpenMode::kRead);
    if (file.status().code() == StatusCode::kNotFound) continue;
    if (!file.ok()) return file.status();
    Result<uint32_t> crc = OwnerCrcAt(told_crc, segment.base_offset);
    for (int64_t at = 0; crc.ok() && at < segment.size_bytes; at += kReadAtOnceSizeBytes) {
      if (stop != nullptr && *stop) return Retriable("stopped");
      const int64_t end = std::min(at + kReadAtOnceSizeBytes, segment.size_bytes);
      crc = ContentCrc(**file, at, end, *crc, &buffer);
    }
    if (crc.ok() && *crc == static_cast<uint32_t>(segment.content_crc)) return true;
  }
  return false;
}

Result<bool> HoldsBytes(Files& files, const std::string& directory,
                        const std::vector<DirEntry>& entries) {
  for (const DirEntry& entry : entries) {
    if (!ParseOffsetFileName(entry.name, kLogSuffix).has_value()) continue;
    ASSIGN_OR_RETURN(const Ref<File> file,
                     files.Open(JoinPath(directory, entry.name), OpenMode::kRead));
    ASSIGN_OR_RETURN(const int64_t size, file->Size());
    if (size > 0) return true;
  }
  return false;
}

}  // namespace odradek::storage
