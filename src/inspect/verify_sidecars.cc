#include "inspect/verify_sidecars.h"

#include <algorithm>
#include <string_view>

#include "base/endian.h"
#include "inspect/file_kind.h"
#include "inspect/verify.h"
#include "storage/local/aborted_index.h"
#include "storage/local/file_names.h"
#include "storage/local/leader_epochs.h"
#include "storage/local/producer_state.h"
#include "storage/local/segment_footer.h"

namespace odradek::inspect {
namespace {

constexpr size_t kOffsetEntrySizeBytes = 8;
constexpr size_t kTimeEntrySizeBytes = 12;

bool IsDamaged(const SegmentContent& segment, int64_t position) {
  return std::any_of(segment.damage.begin(), segment.damage.end(), [&](const auto& range) {
    return position >= range.from_position && position < range.to_position;
  });
}

// Every entry names the beginning of a batch and its last offset. Zeros at the end are reserved.
bool IsOffsetIndexOf(const SegmentContent& segment, std::string_view content) {
  if (content.size() % kOffsetEntrySizeBytes != 0) return false;
  for (size_t at = 0; at < content.size(); at += kOffsetEntrySizeBytes) {
    const int64_t position = LoadBig<uint32_t>(content.data() + at + 4);
    const int64_t offset = segment.base_offset + LoadBig<uint32_t>(content.data() + at);
    if (position == 0 && content.find_first_not_of('\0', at) == std::string_view::npos) break;
    if (IsDamaged(segment, position)) continue;
    const auto place =
        std::lower_bound(segment.batches.begin(), segment.batches.end(), position,
                         [](const BatchPlace& p, int64_t wanted) { return p.position < wanted; });
    if (place == segment.batches.end() || place->position != position ||
        place->last_offset != offset)
      return false;
  }
  return true;
}

// Both numbers rise, and no offset is beyond the segment.
bool IsTimeIndexOf(const SegmentContent& segment, std::string_view content) {
  if (content.size() % kTimeEntrySizeBytes != 0) return false;
  int64_t last_time = INT64_MIN;
  for (size_t at = 0; at < content.size(); at += kTimeEntrySizeBytes) {
    if (content.find_first_not_of('\0', at) == std::string_view::npos) break;
    const auto time = LoadBig<int64_t>(content.data() + at);
    const int64_t offset = segment.base_offset + LoadBig<uint32_t>(content.data() + at + 8);
    if (time < last_time || offset >= std::max(segment.end_offset, segment.base_offset + 1))
      return false;
    last_time = time;
  }
  return true;
}

bool IsTxnIndexOf(const SegmentContent& segment, std::string_view content) {
  return storage::AbortedIndex::Decode(content, segment.base_offset, segment.end_offset)
      .has_value();
}

}  // namespace

void VerifyIndexes(Files& files, const std::string& folder, const SegmentContent& segment,
                   Findings& findings) {
  const auto check = [&](std::string_view suffix, auto fits) {
    const std::string path =
        storage::JoinPath(folder, storage::OffsetFileName(segment.base_offset, suffix));
    const Result<std::string> content = files.ReadAll(path);
    if (content.status().code() == StatusCode::kNotFound) return;
    if (!content.ok() || !fits(segment, *content))
      findings.AddHarmless(path, "does not fit the segment; it will be made again");
  };
  check(storage::kOffsetIndexSuffix, IsOffsetIndexOf);
  check(storage::kTimeIndexSuffix, IsTimeIndexOf);
  check(storage::kTxnIndexSuffix, IsTxnIndexOf);
}

void VerifyBeside(Files& files, const std::string& folder, const DirEntry& entry,
                  Findings& findings) {
  const std::string& name = entry.name;
  const std::string path = storage::JoinPath(folder, name);
  if (name.ends_with(storage::kLogSuffix)) return;
  if (entry.is_special || (entry.is_directory && ParseFileName(name).kind != FileKind::kUnknown)) {
    findings.AddHarmless(path, "is no file");
  } else if (name == storage::kLeaderEpochsName) {
    const auto text = files.ReadAll(path);
    if (!text.ok() || !storage::LeaderEpochs::Decode(*text).has_value())
      findings.AddHarmless(path, "damaged; it will be made again");
  } else if (storage::ParseOffsetFileName(name, storage::kFooterSuffix)) {
    const auto content = files.ReadAll(path);
    if (!content.ok() || !storage::SegmentFooter::Decode(*content).has_value())
      findings.AddHarmless(path, "damaged; the segment is checked as a whole");
  } else if (storage::ParseOffsetFileName(name, storage::kSnapshotSuffix)) {
    const auto content = files.ReadAll(path);
    const Status status =
        content.ok() ? storage::ProducerState::DecodeSnapshot(*content).status() : content.status();
    if (!status.ok()) findings.AddHarmless(path, std::string(status.message()));
  } else if (name.ends_with(storage::kCutSuffix)) {
    TellOfSetAside(files, path, findings);
  } else if (name.ends_with(storage::kTemporarySuffix) || name.ends_with(storage::kCleanedSuffix) ||
             name.ends_with(storage::kSwapSuffix)) {
    findings.AddHarmless(path, "was not finished; the next start settles it");
  }
}

}  // namespace odradek::inspect
