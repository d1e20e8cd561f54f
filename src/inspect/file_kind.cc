#include "inspect/file_kind.h"

#include <utility>

#include "base/env/file.h"
#include "base/text.h"
#include "metadata/meta_properties.h"
#include "storage/journal/frame.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"

namespace odradek::inspect {
namespace {

constexpr size_t kDigits = 20;
constexpr std::string_view kMarks[] = {".deleted", ".cut", ".swap", ".cleaned"};

constexpr std::pair<std::string_view, FileKind> kSuffixes[] = {
    {storage::kLogSuffix, FileKind::kLog},
    {storage::kOffsetIndexSuffix, FileKind::kOffsetIndex},
    {storage::kTimeIndexSuffix, FileKind::kTimeIndex},
    {storage::kTxnIndexSuffix, FileKind::kTxnIndex},
    {storage::kFooterSuffix, FileKind::kFooter},
    {storage::kSnapshotSuffix, FileKind::kSnapshot},
    {".journal", FileKind::kJournal},
};

constexpr std::pair<std::string_view, FileKind> kNames[] = {
    {storage::kLeaderEpochsName, FileKind::kEpochs},
    {storage::kCheckpointName, FileKind::kLogCheckpoint},
    {storage::kPartitionMetadataName, FileKind::kProperties},
    {metadata::kMetaPropertiesName, FileKind::kProperties},
    {storage::kMarkName, FileKind::kJournalMark},
    {storage::kDamageReportsName, FileKind::kReports},
    {"recovery-point-offset-checkpoint", FileKind::kOffsets},
    {"replication-offset-checkpoint", FileKind::kOffsets},
    {"log-start-offset-checkpoint", FileKind::kOffsets},
    {"cleaner-offset-checkpoint", FileKind::kOffsets},
};

// "00000000000000000004-0000000001.checkpoint": a snapshot of Kafka's metadata, made of batches.
// "00000000000000000004-00000000000000000009.swap": what compaction made of a range of segments.
bool IsRangeOfBatches(std::string_view name) {
  return name.size() > kDigits && name[kDigits] == '-' &&
         (name.ends_with(".checkpoint") || name.ends_with(storage::kSwapSuffix));
}

// "<offset>.log.4711.cut" was cut off at that position.
std::string_view WithoutPosition(std::string_view name) {
  const size_t last = name.find_last_not_of("0123456789");
  return last > kDigits && name[last] == '.' ? name.substr(0, last) : name;
}

}  // namespace

FileName ParseFileName(std::string_view path) {
  std::string_view name = storage::BaseName(path);
  for (const auto& [full, kind] : kNames)
    if (name == full) return {kind, -1};
  FileName parsed;
  if (name.size() < kDigits || !ParseWhole(name.substr(0, kDigits), &parsed.base_offset)) return {};
  if (IsRangeOfBatches(name)) return {FileKind::kLog, parsed.base_offset};
  for (const std::string_view mark : kMarks)
    if (name.ends_with(mark)) name.remove_suffix(mark.size());
  if (path.ends_with(storage::kCutSuffix)) name = WithoutPosition(name);
  for (const auto& [suffix, kind] : kSuffixes)
    if (name.substr(kDigits) == suffix) parsed.kind = kind;
  return parsed;
}

bool ParsePartitionFolder(std::string_view name, std::string_view* topic, int32_t* partition) {
  const size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || !ParseWhole(name.substr(dash + 1), partition)) return false;
  *topic = name.substr(0, dash);
  return *partition >= 0 && storage::IsLegalTopicName(*topic);
}

std::string TopicOfPath(std::string_view path) {
  const std::string folder = ParentOf(path);
  int32_t partition = 0;
  std::string_view topic;
  if (ParseWhole(storage::BaseName(folder), &partition))
    return std::string(storage::BaseName(ParentOf(folder)));
  const bool is_kafkas = ParsePartitionFolder(storage::BaseName(folder), &topic, &partition);
  return is_kafkas ? std::string(topic) : std::string();
}

}  // namespace odradek::inspect
