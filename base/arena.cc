#include "base/arena.h"

#include <algorithm>

namespace odradek {

void Arena::UseBlock(const Block& block) {
  cursor_ = reinterpret_cast<uintptr_t>(block.data.get());
  limit_ = cursor_ + block.size;
}

void* Arena::AllocateSlow(size_t size, size_t alignment) {
  const size_t last = blocks_.empty() ? kFirstBlockSizeBytes / 2 : blocks_.back().size;
  const size_t wanted = std::max(std::min(last * 2, kBlockSizeBytesMax), size + alignment);
  blocks_.push_back({std::unique_ptr<char[]>(new char[wanted]), wanted});
  reserved_bytes_ += wanted;
  UseBlock(blocks_.back());
  return Allocate(size, alignment);
}

void Arena::Reset() {
  if (blocks_.empty()) return;
  blocks_.resize(1);
  reserved_bytes_ = blocks_[0].size;
  UseBlock(blocks_[0]);
}

}  // namespace odradek
