// Walks the headers of the batches in a range of a segment file, reading as little as it can.
// Thread: one at a time. Errors: kCorrupt where no sound header stands; those of the file.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/env/file.h"
#include "protocol/records/record_batch.h"
#include "storage/local/damage.h"

namespace odradek::storage {

class HeaderScan {
 public:
  static constexpr size_t kBufferSizeBytes = 4096;

  // The range [from, to) of `file` begins with a batch, or within `damage`, which is passed over.
  // Borrows both.
  HeaderScan(const odradek::File& file, int64_t from, int64_t to,
             std::span<const DamagedRange> damage = {})
      : file_(file), damage_(damage), position_(from), next_(from), to_(to) {}

  // Moves to the next batch. False at the end of the range or after an error: see status().
  bool Next();
  const Status& status() const { return status_; }

  // Of the batch that Next() moved to; its header only. Valid until the next call.
  records::BatchView batch() const {
    return records::BatchView(buffer_.data() + (position_ - buffered_from_));
  }
  int64_t position() const { return position_; }
  int64_t end_position() const { return next_; }

 private:
  bool FillFor(int64_t position);

  const odradek::File& file_;
  std::span<const DamagedRange> damage_;
  int64_t position_;
  int64_t next_;
  const int64_t to_;
  int64_t buffered_from_ = 0;
  size_t buffered_size_ = 0;
  Status status_;
  std::array<char, kBufferSizeBytes> buffer_;
};

// True if the header fields can be those of a batch in a log: magic, size, offsets, count.
bool IsSoundHeader(const records::BatchView& batch);

}  // namespace odradek::storage
