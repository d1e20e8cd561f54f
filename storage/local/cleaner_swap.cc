#include "storage/local/cleaner_swap.h"

#include <algorithm>

#include "base/log.h"

namespace odradek::storage {
namespace {

Status RemoveIfThere(Files& files, const std::string& path) {
  const Status status = files.Remove(path);
  return status.code() == StatusCode::kNotFound ? Status() : status;
}

}  // namespace

Status CommitSwap(Files& files, const std::string& directory, const CleanedSegment& cleaned) {
  RETURN_IF_ERROR(files.Rename(JoinPath(directory, cleaned.written_name),
                               JoinPath(directory, SwapFileName(cleaned.range))));
  // From here on a crash, or loading, may end the swap.
  const Status synced = files.SyncDir(directory);
  return synced.ok() ? Status() : Unknown(synced.ToString());
}

Status EndSwap(Files& files, const std::string& directory, const SwapRange& range,
               const std::vector<int64_t>& bases) {
  for (const int64_t base : bases) {
    if (!range.Contains(base)) continue;
    for (const std::string_view suffix : kSidecarSuffixes)
      RETURN_IF_ERROR(RemoveIfThere(files, JoinPath(directory, OffsetFileName(base, suffix))));
    if (base == range.base) continue;
    for (const std::string_view suffix : {kSnapshotSuffix, kLogSuffix})
      RETURN_IF_ERROR(RemoveIfThere(files, JoinPath(directory, OffsetFileName(base, suffix))));
  }
  // None of them may come back once the swap file has lost its name.
  RETURN_IF_ERROR(files.SyncDir(directory));
  RETURN_IF_ERROR(files.Rename(JoinPath(directory, SwapFileName(range)),
                               JoinPath(directory, OffsetFileName(range.base, kLogSuffix))));
  return files.SyncDir(directory);
}

Status RemoveUnfinished(Files& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, files.List(directory));
  bool removed = false;
  for (const DirEntry& entry : entries) {
    if (!entry.name.ends_with(kCleanedSuffix) && !entry.name.ends_with(kSwapSuffix)) continue;
    RETURN_IF_ERROR(RemoveIfThere(files, JoinPath(directory, entry.name)));
    removed = true;
  }
  return removed ? files.SyncDir(directory) : Status();
}

Status EndSwaps(Files& files, const std::string& directory, std::vector<DirEntry>* entries) {
  std::vector<int64_t> bases;
  std::vector<SwapRange> swaps;
  for (const DirEntry& entry : *entries) {
    if (const std::optional<int64_t> base = ParseOffsetFileName(entry.name, kLogSuffix))
      bases.push_back(*base);
    if (const std::optional<SwapRange> swap = ParseSwapFileName(entry.name)) swaps.push_back(*swap);
    if (entry.name.ends_with(kCleanedSuffix))
      RETURN_IF_ERROR(RemoveIfThere(files, JoinPath(directory, entry.name)));
  }
  for (const SwapRange& swap : swaps) {
    LOG_INFO("{}: a crash has interrupted compaction; {} goes into its place", directory,
             SwapFileName(swap));
    RETURN_IF_ERROR(EndSwap(files, directory, swap, bases));
  }
  if (swaps.empty()) return Status();
  ASSIGN_OR_RETURN(*entries, files.List(directory));
  return Status();
}

}  // namespace odradek::storage
