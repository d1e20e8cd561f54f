#include "storage/local/index_files.h"

#include <optional>
#include <string_view>

#include "base/crc32c.h"
#include "storage/local/file_names.h"
#include "storage/local/segment_footer.h"

namespace odradek::storage {

bool AreIndexesSound(Files& files, const std::string& directory, const SegmentSummary& segment,
                     size_t* read) {
  if (!segment.knows_index_crc()) return false;
  const auto content_of = [&](std::string_view suffix) {
    Result<std::string> content =
        files.ReadAll(JoinPath(directory, OffsetFileName(segment.base_offset, suffix)));
    if (content.ok()) *read += content->size();
    return content;
  };
  const Result<std::string> offsets = content_of(kOffsetIndexSuffix);
  const Result<std::string> times = content_of(kTimeIndexSuffix);
  if (!offsets.ok() || !times.ok() || Crc32c(*times, Crc32c(*offsets)) != segment.index_crc)
    return false;
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
