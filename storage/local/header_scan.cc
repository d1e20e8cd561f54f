#include "storage/local/header_scan.h"

#include <algorithm>
#include <string>

namespace odradek::storage {

// No log comes there, and what follows it has room for its own.
constexpr int64_t kBaseOffsetMax = INT64_MAX / 2;

bool IsSoundHeader(const records::BatchView& batch) {
  return batch.magic() == records::kMagic &&
         batch.size() >= static_cast<int64_t>(records::kHeaderSizeBytes) &&
         batch.base_offset() >= 0 && batch.base_offset() <= kBaseOffsetMax &&
         batch.last_offset_delta() >= 0;
}

bool HeaderScan::FillFor(int64_t position) {
  constexpr int64_t kNeeded = records::kHeaderSizeBytes;
  const bool buffered = position >= buffered_from_ &&
                        position + kNeeded <= buffered_from_ + static_cast<int64_t>(buffered_size_);
  if (buffered) return true;
  const int64_t wanted = std::min<int64_t>(to_ - position, kBufferSizeBytes);
  const Result<size_t> read =
      file_.ReadAt(position, std::span(buffer_.data(), static_cast<size_t>(wanted)));
  if (!read.ok()) {
    status_ = read.status();
    return false;
  }
  buffered_from_ = position;
  buffered_size_ = *read;
  if (static_cast<int64_t>(*read) >= kNeeded) return true;
  status_ = Corrupt("the segment ends inside a batch header at " + std::to_string(position));
  return false;
}

bool HeaderScan::Next() {
  for (const DamagedRange& range : damage_) {
    if (next_ >= range.from_position && next_ < range.to_position) next_ = range.to_position;
  }
  if (!status_.ok() || next_ >= to_ || !FillFor(next_)) return false;
  position_ = next_;
  const records::BatchView found = batch();
  if (!IsSoundHeader(found) || position_ + found.size() > to_) {
    status_ = Corrupt("no sound batch header at " + std::to_string(position_));
    return false;
  }
  next_ = position_ + found.size();
  return true;
}

}  // namespace odradek::storage
