#include "storage/local/batch_walk.h"

#include <algorithm>
#include <string>

#include "base/crc32c.h"
#include "storage/local/header_scan.h"

namespace odradek::storage {
namespace {

using records::BatchView;

class Walk {
 public:
  Walk(const odradek::File& file, const WalkRequest& request, WalkVisitor& visitor)
      : file_(file), request_(request), visitor_(visitor) {
    result_.end_position = request.from;
    result_.end_offset = request.first_offset;
  }

  Result<WalkResult> Run() {
    while (result_.end_position < request_.to) {
      const int64_t at = result_.end_position;
      ASSIGN_OR_RETURN(const bool good, Load(at, request_.contiguous));
      if (good) {
        Take(at);
        continue;
      }
      ASSIGN_OR_RETURN(const bool passed, PassOver(at));
      if (!passed) break;
    }
    return std::move(result_);
  }

 private:
  // Whether a good batch stands at `at`; it is in batch_ then.
  Result<bool> Load(int64_t at, bool exactly) {
    if (request_.to - at < kHeaderSize) return false;
    char header[kHeaderSize];
    ASSIGN_OR_RETURN(const size_t got, file_.ReadAt(at, header));
    if (got != sizeof(header) || !IsPossible(BatchView(header), at, exactly)) return false;
    const auto size = static_cast<size_t>(BatchView(header).size());
    if (batch_.size() < size) batch_.resize(size);
    ASSIGN_OR_RETURN(const size_t whole, file_.ReadAt(at, std::span(batch_.data(), size)));
    return whole == size && BatchView(batch_.data()).IsIntact();
  }

  bool IsPossible(const BatchView& batch, int64_t at, bool exactly) const {
    return IsPlausible(batch, exactly) && at + batch.size() <= request_.to;
  }

  bool IsPlausible(const BatchView& batch, bool exactly) const {
    return IsSoundHeader(batch) && batch.base_offset() >= result_.end_offset &&
           (!exactly || batch.base_offset() == result_.end_offset) &&
           batch.last_offset() < request_.offset_limit;
  }

  void Take(int64_t at) {
    const BatchView batch(batch_.data());
    visitor_.on_batch(batch, at);
    result_.end_position = at + batch.size();
    result_.end_offset = batch.last_offset() + 1;
  }

  // False if the walk ends here.
  Result<bool> PassOver(int64_t from) {
    const bool may_be_torn = from >= request_.pass_over_before;
    if (may_be_torn && !request_.torn_at_end_only) return false;
    DamagedRange range{from, request_.to, result_.end_offset,
                       std::max(result_.end_offset, request_.end_offset)};
    ASSIGN_OR_RETURN(const int64_t next, FindBehind(from));
    if (next >= 0) {
      range.to_position = next;
      range.to_offset = BatchView(batch_.data()).base_offset();
    }
    if (may_be_torn && range.to_position == request_.to) return false;
    visitor_.on_damage(range);
    result_.damage.push_back(range);
    result_.end_position = range.to_position;
    result_.end_offset = range.to_offset;
    return true;
  }

  // The first good batch behind the damage at `from`, or -1. Records may hold what looks like one,
  // and the end of a process may cut them anywhere: a batch is passed over whole, as far as
  // anything tells where it ends.
  Result<int64_t> FindBehind(int64_t from) {
    bool exactly = request_.contiguous;
    for (int64_t at = from; request_.to - at >= kHeaderSize; exactly = false) {
      char header[kHeaderSize];
      ASSIGN_OR_RETURN(const size_t got, file_.ReadAt(at, header));
      if (got != sizeof(header)) return -1;
      const BatchView claim(header);
      const int64_t end = at + claim.size();
      if (claim.size() >= kHeaderSize) {
        ASSIGN_OR_RETURN(const bool good, Load(end, /*exactly=*/false));
        if (good) return end;
      }
      ASSIGN_OR_RETURN(const int64_t summed, FindByChecksum(at, claim.crc()));
      if (summed >= 0) return summed;
      if (!IsPlausible(claim, exactly)) return Search(at + 1);
      at = end;
    }
    return -1;
  }

  // Where the bytes behind the header at `at` have the checksum in it, and a good batch follows:
  // its length is wrong. Or -1.
  Result<int64_t> FindByChecksum(int64_t at, uint32_t crc) {
    int64_t position = at + static_cast<int64_t>(records::field::kAttributes);
    const int64_t limit = std::min(request_.to, at + summed_left_);
    for (uint32_t sum = 0; position < limit;) {
      ASSIGN_OR_RETURN(const size_t got, ReadWindow(position, limit));
      if (got == 0) break;
      summed_left_ -= static_cast<int64_t>(got);
      for (size_t i = 0; i < got; ++i, ++position) {
        if (sum == crc && position - at >= kHeaderSize) {
          ASSIGN_OR_RETURN(const bool good, Load(position, /*exactly=*/false));
          if (good) return position;
        }
        sum = Crc32c({window_.data() + i, 1}, sum);
      }
    }
    return -1;
  }

  // The first good batch from `from` on that something good follows, or -1.
  Result<int64_t> Search(int64_t from) {
    for (; from < request_.to; from += kWindowSize) {
      ASSIGN_OR_RETURN(const size_t got, ReadWindow(from, from + kWindowSize + kHeaderSize));
      for (int64_t i = 0; i < kWindowSize && i + kHeaderSize <= static_cast<int64_t>(got); ++i) {
        const BatchView batch(window_.data() + i);
        if (!IsPossible(batch, from + i, /*exactly=*/false)) continue;
        ASSIGN_OR_RETURN(const bool goes_on, GoesOnAt(from + i + batch.size()));
        if (!goes_on) continue;
        ASSIGN_OR_RETURN(const bool good, Load(from + i, /*exactly=*/false));
        if (good) return from + i;
      }
    }
    return -1;
  }

  // Whether the end is there, or a batch, which may be cut short by the end.
  Result<bool> GoesOnAt(int64_t at) {
    if (request_.to - at < kHeaderSize) return true;
    char header[kHeaderSize];
    ASSIGN_OR_RETURN(const size_t got, file_.ReadAt(at, header));
    const BatchView batch(header);
    if (got != sizeof(header) || !IsPlausible(batch, /*exactly=*/false)) return false;
    return at + batch.size() > request_.to ? Result<bool>(true) : Load(at, /*exactly=*/false);
  }

  Result<size_t> ReadWindow(int64_t from, int64_t to) {
    window_.resize(static_cast<size_t>(
        std::clamp<int64_t>(std::min(to, request_.to) - from, 0, kWindowSize + kHeaderSize)));
    return file_.ReadAt(from, window_);
  }

  static constexpr int64_t kHeaderSize = records::kHeaderSizeBytes;
  static constexpr int64_t kWindowSize = 1 << 20;
  // In one walk: many damaged batches in a row must not each have the rest of the file read.
  static constexpr int64_t kSummedSizeBytesMax = 64 << 20;

  const odradek::File& file_;
  const WalkRequest& request_;
  WalkVisitor& visitor_;
  WalkResult result_;
  int64_t summed_left_ = kSummedSizeBytesMax;
  std::string batch_;
  std::string window_;
};

}  // namespace

Result<WalkResult> WalkBatches(const odradek::File& file, const WalkRequest& request,
                               WalkVisitor& visitor) {
  return Walk(file, request, visitor).Run();
}

}  // namespace odradek::storage
