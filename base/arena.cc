#include "base/arena.h"

#include <algorithm>

namespace odradek {

void Arena::UseBlock(const Block& block) {
  cursor_ = reinterpret_cast<uintptr_t>(block.data.get());
  limit_ = cursor_ + block.size;
}

// Grows by a quarter: what is reserved stays near what is used, in few steps.
size_t Arena::NextBlockSize() const {
  return std::clamp(reserved_bytes_ / 4, kFirstBlockSizeBytes, kBlockSizeBytesMax);
}

// So that the rest of the current block is not given up for one large array.
bool Arena::TakesOwnBlock(size_t size) const {
  return !blocks_.empty() && size > NextBlockSize() / 4;
}

const Arena::Block& Arena::AddBlock(size_t size) {
  blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
  reserved_bytes_ += size;
  return blocks_.back();
}

void* Arena::AllocateSlow(size_t size, size_t alignment) {
  CHECK_LE(alignment, alignof(std::max_align_t));  // which every block has
  if (TakesOwnBlock(size)) return AddBlock(size).data.get();
  UseBlock(AddBlock(std::max(NextBlockSize(), size)));
  return Allocate(size, alignment);
}

size_t Arena::HeapBytesFor(size_t size, size_t alignment) const {
  const uintptr_t at = (cursor_ + alignment - 1) & ~(alignment - 1);
  if (cursor_ != 0 && at + size <= limit_) return 0;
  return TakesOwnBlock(size) ? size : std::max(NextBlockSize(), size);
}

void Arena::Reset() {
  if (blocks_.empty()) return;
  blocks_.resize(1);
  reserved_bytes_ = blocks_[0].size;
  UseBlock(blocks_[0]);
}

}  // namespace odradek
