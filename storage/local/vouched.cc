#include "storage/local/vouched.h"

#include <limits>

namespace odradek::storage {

Vouched::Vouched(const LogCheckpoint* checkpoint, std::string_view boot_id)
    : checkpoint_(checkpoint) {
  if (checkpoint == nullptr || checkpoint->segments.empty()) return;
  is_same_run_ = !checkpoint->boot_id.empty() && checkpoint->boot_id == boot_id;
  const SegmentSummary& last = checkpoint->segments.back();
  segment_ = is_same_run_ ? last.base_offset : checkpoint->synced_segment;
  position_ = is_same_run_ ? last.size_bytes : checkpoint->synced_position;
}

Vouched::Part Vouched::For(int64_t base_offset) const {
  Part part;
  if (checkpoint_ == nullptr || base_offset > segment_) return part;
  const SegmentSummary* const known = checkpoint_->Find(base_offset);
  if (base_offset < segment_ && known == nullptr) {
    // Not told of, though durable: compaction was about to put another file there, or its footer is
    // missing among others.
    part.position = std::numeric_limits<int64_t>::max();
    return part;
  }
  part.position = base_offset < segment_ ? known->size_bytes : position_;
  if (known == nullptr || known->size_bytes != part.position) return part;
  part.next_offset = known->next_offset;
  part.summary = known;
  return part;
}

bool Vouched::HadFileOf(int64_t base_offset) const {
  return is_same_run_ && !checkpoint_->power && base_offset == segment_;
}

bool Vouched::KnowsEndOf(int64_t base_offset) const {
  const bool is_told_of = For(base_offset).summary != nullptr;
  return is_told_of && (checkpoint_->clean || base_offset < segment_);
}

}  // namespace odradek::storage
