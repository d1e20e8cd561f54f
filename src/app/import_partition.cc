#include "app/import_partition.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/header_scan.h"

namespace odradek::app {
namespace {

using storage::JoinPath;

constexpr int64_t kCopySizeBytes = 1 << 20;

class PartitionCopy {
 public:
  PartitionCopy(Files& from, const std::string& folder, Files& to, const std::string& folder_to)
      : from_(from), folder_(folder), to_(to), folder_to_(folder_to) {}

  Result<CopiedPartition> Run() {
    ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, from_.List(folder_));
    RETURN_IF_ERROR(Sort(entries));
    RETURN_IF_ERROR(to_.MakeDirs(folder_to_));
    for (const std::string& name : sidecars_) {
      ASSIGN_OR_RETURN(const std::string content, from_.ReadAll(JoinPath(folder_, name)));
      RETURN_IF_ERROR(to_.WriteAtomically(JoinPath(folder_to_, name), content));
    }
    for (size_t i = 0; i < bases_.size(); ++i) {
      const bool is_last = i + 1 == bases_.size();
      RETURN_IF_ERROR(CopySegment(bases_[i], is_last));
    }
    if (has_gap_in_last_) RETURN_IF_ERROR(AddEmptySegment());
    RETURN_IF_ERROR(to_.SyncDir(folder_to_));
    return done_;
  }

 private:
  Status Sort(const std::vector<DirEntry>& entries) {
    for (const DirEntry& entry : entries) {
      if (entry.name.ends_with(storage::kSwapSuffix)) {
        return Fatal(JoinPath(folder_, entry.name) +
                     ": Kafka was stopped while it replaced segments; start and stop it once");
      }
      if (const auto base = storage::ParseOffsetFileName(entry.name, storage::kLogSuffix)) {
        bases_.push_back(*base);
      } else if (storage::ParseOffsetFileName(entry.name, storage::kSnapshotSuffix) ||
                 entry.name == storage::kLeaderEpochsName ||
                 entry.name == storage::kPartitionMetadataName) {
        sidecars_.push_back(entry.name);
      }
    }
    std::sort(bases_.begin(), bases_.end());
    return {};
  }

  Status CopySegment(int64_t base, bool is_last) {
    const std::string name = storage::OffsetFileName(base, storage::kLogSuffix);
    const std::string path = JoinPath(folder_, name);
    ASSIGN_OR_RETURN(const Ref<File> source, from_.Open(path, OpenMode::kRead));
    ASSIGN_OR_RETURN(const int64_t size, source->Size());
    if (base < done_.end_offset)
      return Corrupt(path + " begins before the end of the segment before it");
    done_.end_offset = base;
    ASSIGN_OR_RETURN(const int64_t sound, Scan(path, *source, size, is_last));
    ASSIGN_OR_RETURN(const Ref<File> target,
                     to_.Open(JoinPath(folder_to_, name), OpenMode::kCreateNew));
    std::string bytes;
    for (int64_t at = 0; at < sound;) {
      bytes.resize(static_cast<size_t>(std::min(kCopySizeBytes, sound - at)));
      ASSIGN_OR_RETURN(const size_t read, source->ReadAt(at, bytes));
      if (read == 0) return Corrupt(path + " became shorter while it was copied");
      RETURN_IF_ERROR(target->WriteAt(at, std::string_view(bytes).substr(0, read)));
      at += static_cast<int64_t>(read);
    }
    RETURN_IF_ERROR(target->Sync());
    done_.size_bytes += sound;
    ++done_.segments;
    return {};
  }

  // Walks the headers and returns where the last sound one ends.
  Result<int64_t> Scan(const std::string& path, const File& source, int64_t size, bool is_last) {
    storage::HeaderScan scan(source, 0, size);
    int64_t sound = 0;
    while (scan.Next()) {
      const records::BatchView batch = scan.batch();
      if (batch.base_offset() < done_.end_offset)
        return Corrupt(path + ": offsets go back at byte " + std::to_string(scan.position()));
      has_gap_in_last_ = (sound > 0 && has_gap_in_last_) || batch.base_offset() > done_.end_offset;
      done_.end_offset = batch.last_offset() + 1;
      done_.producer_id_max = std::max(done_.producer_id_max, batch.producer_id());
      sound = scan.end_position();
    }
    if (sound == 0) has_gap_in_last_ = false;
    if (scan.status().ok()) return sound;
    if (scan.status().code() != StatusCode::kCorrupt) return scan.status();
    RETURN_IF_ERROR(CheckFormat(path, source, sound));
    if (!is_last) return scan.status().Annotate(path);
    LOG_WARN("{}: {} bytes behind the last whole batch are left out", path, size - sound);
    return sound;
  }

  static Status CheckFormat(const std::string& path, const File& source, int64_t position) {
    std::string bytes(records::kHeaderSizeBytes, '\0');
    ASSIGN_OR_RETURN(const size_t read, source.ReadAt(position, bytes));
    bytes.resize(read);
    if (records::LookAtFront(bytes) != records::Front::kLegacy) return {};
    return Fatal(path + " holds messages of a format before Kafka 0.11; copy them with a client");
  }

  // A log may have gaps in all segments but the one that grows. Where Kafka's does, because it was
  // fetched from a leader that had been compacted, an empty one goes on.
  Status AddEmptySegment() {
    const std::string name = storage::OffsetFileName(done_.end_offset, storage::kLogSuffix);
    ASSIGN_OR_RETURN(const Ref<File> file,
                     to_.Open(JoinPath(folder_to_, name), OpenMode::kCreateNew));
    ++done_.segments;
    return file->Sync();
  }

  Files& from_;
  const std::string& folder_;
  Files& to_;
  const std::string& folder_to_;
  std::vector<int64_t> bases_;
  std::vector<std::string> sidecars_;
  bool has_gap_in_last_ = false;
  CopiedPartition done_;
};

}  // namespace

Result<CopiedPartition> CopyPartition(Files& from, const std::string& folder, Files& to,
                                      const std::string& folder_to) {
  return PartitionCopy(from, folder, to, folder_to).Run();
}

}  // namespace odradek::app
