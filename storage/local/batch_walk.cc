#include "storage/local/batch_walk.h"

#include <algorithm>
#include <string>

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
    if (request_.to - at < static_cast<int64_t>(records::kHeaderSizeBytes)) return false;
    char header[records::kHeaderSizeBytes];
    ASSIGN_OR_RETURN(const size_t got, file_.ReadAt(at, header));
    if (got != sizeof(header) || !IsPossible(BatchView(header), at, exactly)) return false;
    const auto size = static_cast<size_t>(BatchView(header).size());
    if (batch_.size() < size) batch_.resize(size);
    ASSIGN_OR_RETURN(const size_t whole, file_.ReadAt(at, std::span(batch_.data(), size)));
    return whole == size && BatchView(batch_.data()).IsIntact();
  }

  bool IsPossible(const BatchView& batch, int64_t at, bool exactly) const {
    return IsSoundHeader(batch) && at + batch.size() <= request_.to &&
           batch.base_offset() >= result_.end_offset &&
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
    for (int64_t window = from + 1; window < request_.to;) {
      ASSIGN_OR_RETURN(const int64_t found, FindIn(window));
      if (found >= 0) {
        range.to_position = found;
        range.to_offset = BatchView(batch_.data()).base_offset();
        break;
      }
      window += kWindowSizeBytes;
    }
    if (may_be_torn && range.to_position == request_.to) return false;
    visitor_.on_damage(range);
    result_.damage.push_back(range);
    result_.end_position = range.to_position;
    result_.end_offset = range.to_offset;
    return true;
  }

  // The first good batch that begins in the window at `from`, or -1.
  Result<int64_t> FindIn(int64_t from) {
    const int64_t wanted = std::min<int64_t>(
        request_.to - from, kWindowSizeBytes + static_cast<int64_t>(records::kHeaderSizeBytes));
    window_.resize(static_cast<size_t>(wanted));
    ASSIGN_OR_RETURN(const size_t got, file_.ReadAt(from, window_));
    for (size_t i = 0; i < kWindowSizeBytes && i + records::kHeaderSizeBytes <= got; ++i) {
      const int64_t at = from + static_cast<int64_t>(i);
      if (!IsPossible(BatchView(window_.data() + i), at, /*exactly=*/false)) continue;
      ASSIGN_OR_RETURN(const bool good, Load(at, /*exactly=*/false));
      if (good) return at;
    }
    return -1;
  }

  static constexpr size_t kWindowSizeBytes = 1 << 20;

  const odradek::File& file_;
  const WalkRequest& request_;
  WalkVisitor& visitor_;
  WalkResult result_;
  std::string batch_;
  std::string window_;
};

}  // namespace

Result<WalkResult> WalkBatches(const odradek::File& file, const WalkRequest& request,
                               WalkVisitor& visitor) {
  return Walk(file, request, visitor).Run();
}

}  // namespace odradek::storage
