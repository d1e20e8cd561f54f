// The names of a partition's files, in Kafka's own spelling; nothing else builds a path.
// Source: LogFileUtils of Apache Kafka. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace odradek::storage {

inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kOffsetIndexSuffix = ".index";
inline constexpr std::string_view kTimeIndexSuffix = ".timeindex";
inline constexpr std::string_view kTxnIndexSuffix = ".txnindex";
inline constexpr std::string_view kFooterSuffix = ".footer";  // ours, see segment_footer.h
inline constexpr std::string_view kSnapshotSuffix = ".snapshot";
// Of a segment's files those that can be made again of its log at any time.
inline constexpr std::string_view kSidecarSuffixes[] = {kOffsetIndexSuffix, kTimeIndexSuffix,
                                                        kTxnIndexSuffix, kFooterSuffix};
inline constexpr std::string_view kPartitionMetadataName = "partition.metadata";
inline constexpr std::string_view kLeaderEpochsName = "leader-epoch-checkpoint";
inline constexpr std::string_view kCheckpointName = "log.checkpoint";  // ours, see log_checkpoint.h
inline constexpr std::string_view kTemporarySuffix = ".tmp";
inline constexpr std::string_view kCleanedSuffix = ".cleaned";  // compaction writes it
inline constexpr std::string_view kSwapSuffix = ".swap";        // compaction is done with it
inline constexpr std::string_view kCutSuffix = ".cut";          // taken out of a log by recovery
// A folder that stood in another's place: its owner's NameOfDeleted() follows, or the other.
inline constexpr std::string_view kStrayMark = ".stray-";
inline constexpr std::string_view kStrayOfUnknown = "unknown";  // nothing tells whose it is
// A folder of deleted partitions and dropped segments; no topic can have this name.
inline constexpr std::string_view kDeletedFolderName = "@deleted";
inline constexpr std::string_view kReserveName = "@reserve";  // see space_reserve.h

// Kafka's legal set: 1 to 249 of [a-zA-Z0-9._-], not "." and not "..".
bool IsLegalTopicName(std::string_view name);

// "00000000000000000042.log"
std::string OffsetFileName(int64_t offset, std::string_view suffix);
// The offset of a name of that form with exactly this suffix.
std::optional<int64_t> ParseOffsetFileName(std::string_view name, std::string_view suffix);

// What stands for the segments [base, end): "<base>-<end>.swap", with 20 digits each.
struct SwapRange {
  int64_t base = 0;
  int64_t end = 0;
  bool Contains(int64_t offset) const { return offset >= base && offset < end; }
};
std::string SwapFileName(const SwapRange& range);
std::optional<SwapRange> ParseSwapFileName(std::string_view name);

// The number of a partition's directory below its topic's.
std::optional<int32_t> ParsePartitionDirectory(std::string_view name);

// Of what is not in its place any more: "<topic id>-<partition>", and "-<file>" for one of its
// files.
std::string NameOfDeleted(const Uuid& topic_id, std::string_view partition,
                          std::string_view file = {});

std::string JoinPath(std::string_view directory, std::string_view name);
// "b" for "a/b", also for "b".
std::string_view BaseName(std::string_view path);

}  // namespace odradek::storage
