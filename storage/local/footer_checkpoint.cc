#include "storage/local/footer_checkpoint.h"

#include <string>

#include "storage/local/content_crc.h"
#include "storage/local/file_names.h"
#include "storage/local/segment_footer.h"

namespace odradek::storage {
namespace {

// Of the segment at `base`, which ends before `next_base`.
Result<std::optional<SegmentFooter>> FooterOf(Files& files, const std::string& directory,
                                              uint32_t owner_crc, int64_t base, int64_t next_base) {
  const auto path_of = [&](std::string_view suffix) {
    return JoinPath(directory, OffsetFileName(base, suffix));
  };
  const Result<std::string> content = files.ReadAll(path_of(kFooterSuffix));
  if (!content.ok()) {
    const StatusCode code = content.status().code();
    if (code == StatusCode::kNotFound || code == StatusCode::kFatal) return {std::nullopt};
    return content.status();
  }
  std::optional<SegmentFooter> footer = SegmentFooter::Decode(*content);
  const bool is_ours = footer.has_value() && footer->base_offset == base &&
                       footer->content_seed == OwnerCrcAt(owner_crc, base) &&
                       footer->next_offset <= next_base;
  if (!is_ours) return {std::nullopt};
  // One that could not be written anew stays as it was before the segment grew.
  ASSIGN_OR_RETURN(const Ref<File> file, files.Open(path_of(kLogSuffix), OpenMode::kRead));
  ASSIGN_OR_RETURN(const int64_t size, file->Size());
  if (size > footer->size_bytes && footer->next_offset < next_base) footer.reset();
  return footer;
}

}  // namespace

Result<std::optional<LogCheckpoint>> CheckpointByFooters(Files& files, const std::string& directory,
                                                         const Uuid& topic_id,
                                                         const std::vector<int64_t>& bases) {
  LogCheckpoint told;
  told.topic_id = topic_id;
  told.partition = BaseName(directory);
  told.start_offset = -1;
  const uint32_t owner_crc = OwnerCrc(topic_id, told.partition);
  for (size_t i = 0; i + 1 < bases.size(); ++i) {
    ASSIGN_OR_RETURN(const std::optional<SegmentFooter> footer,
                     FooterOf(files, directory, owner_crc, bases[i], bases[i + 1]));
    if (!footer.has_value()) continue;
    told.segments.push_back({.base_offset = footer->base_offset,
                             .next_offset = footer->next_offset,
                             .size_bytes = footer->size_bytes,
                             .first_timestamp_ms = footer->first_timestamp_ms,
                             .first_crc = footer->first_crc,
                             .record_count = footer->record_count,
                             .content_crc = footer->content_crc});
    for (const DamagedRange& range : footer->damage) told.damage.emplace_back(bases[i], range);
    told.synced_segment = footer->base_offset;
    told.synced_position = footer->size_bytes;
  }
  if (told.segments.empty()) return {std::nullopt};
  return {std::move(told)};
}

}  // namespace odradek::storage
