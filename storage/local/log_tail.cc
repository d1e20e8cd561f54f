#include "storage/local/log_tail.h"

#include <algorithm>
#include <string>

#include "protocol/records/record_batch.h"
#include "storage/local/batch_walk.h"
#include "storage/local/header_scan.h"

namespace odradek::storage {
namespace {

constexpr int64_t kPieceSizeBytes = 1 << 20;

}  // namespace

Result<bool> IsZero(const odradek::File& file, int64_t from, int64_t to) {
  std::string piece;
  for (int64_t at = from; at < to; at += kPieceSizeBytes) {
    piece.resize(static_cast<size_t>(std::min(kPieceSizeBytes, to - at)));
    ASSIGN_OR_RETURN(const size_t read, file.ReadAt(at, piece));
    if (piece.find_first_not_of('\0') < read) return false;
  }
  return true;
}

Result<bool> IsCutShort(const odradek::File& file, int64_t from, int64_t to) {
  char header[records::kHeaderSizeBytes];
  if (to - from < static_cast<int64_t>(sizeof(header))) return true;
  ASSIGN_OR_RETURN(const size_t read, file.ReadAt(from, header));
  const records::BatchView batch(header);
  return read == sizeof(header) && IsSoundHeader(batch) && from + batch.size() > to;
}

Result<bool> GoesOn(const odradek::File& file, int64_t from, int64_t to, int64_t next_offset) {
  bool found = false;
  WalkVisitor visitor;
  visitor.on_batch = [&](const records::BatchView&, int64_t) { found = true; };
  const WalkRequest request{.from = from,
                            .to = to,
                            .first_offset = next_offset,
                            .contiguous = true,
                            .pass_over_before = 0};
  RETURN_IF_ERROR(WalkBatches(file, request, visitor).status());
  return found;
}

}  // namespace odradek::storage
