#include "storage/local/index_files.h"

#include <optional>
#include <string_view>

#include "base/crc32c.h"
#include "storage/local/file_names.h"
#include "storage/local/segment_footer.h"

namespace odradek::storage {

namespace {

Result<std::string> ContentOf(Files& files, const std::string& directory, int64_t base_offset,
                              std::string_view suffix, size_t* read) {
  Result<std::string> content =
      files.ReadAll(JoinPath(directory, OffsetFileName(base_offset, suffix)));
  if (content.ok()) *read += content->size();
  return content;
}

}  // namespace

std::optional<uint32_t> IndexCrc(Files& files, const std::string& directory, int64_t base_offset,
                                 size_t* read) {
  const auto offsets = ContentOf(files, directory, base_offset, kOffsetIndexSuffix, read);
  const auto times = ContentOf(files, directory, base_offset, kTimeIndexSuffix, read);
  if (!offsets.ok() || !times.ok()) return std::nullopt;
  return Crc32c(*times, Crc32c(*offsets));
}

bool AreIndexesSound(Files& files, const std::string& directory, const SegmentSummary& segment,
                     size_t* read) {
  if (!segment.knows_index_crc()) return false;
  const auto content_of = [&](std::string_view suffix) {
    return ContentOf(files, directory, segment.base_offset, suffix, read);
  };
  if (IndexCrc(files, directory, segment.base_offset, read) != segment.index_crc) return false;
  if (segment.txn_index_crc != 0) {
    const Result<std::string> aborted = content_of(kTxnIndexSuffix);
    if (!aborted.ok() || Crc32c(*aborted) != segment.txn_index_crc) return false;
  }
  const Result<std::string> content = content_of(kFooterSuffix);
  if (!content.ok()) return content.status().code() == StatusCode::kNotFound;
  const std::optional<SegmentFooter> footer = SegmentFooter::Decode(*content);
  return footer.has_value() && footer->IsOf(segment.base_offset, segment.size_bytes,
                                            static_cast<uint32_t>(segment.content_crc));
}

}  // namespace odradek::storage
