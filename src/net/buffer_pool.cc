#include "net/buffer_pool.h"

#include <bit>
#include <utility>

namespace odradek::net {
namespace {

int ClassOf(size_t size) {
  if (size <= BufferPool::kSmallestBytes) return 0;
  return std::bit_width((size - 1) / BufferPool::kSmallestBytes);
}

}  // namespace

Buffer::~Buffer() { delete[] data_; }

void Buffer::Release() const {
  Buffer* self = const_cast<Buffer*>(this);
  BufferPool* pool = std::exchange(self->pool_, nullptr);
  pool->Put(self);
  pool->Drop();
}

BufferPool::~BufferPool() { Trim(); }

Ref<Buffer> BufferPool::Take(size_t size) {
  const int size_class = ClassOf(size);
  Buffer* buffer = nullptr;
  if (size_class < kClasses) {
    MutexLock lock(mutex_);
    auto& free = free_[static_cast<size_t>(size_class)];
    if (!free.empty()) {
      buffer = free.back();
      free.pop_back();
      kept_bytes_ -= buffer->capacity_;
      buffer->Retain();  // its count fell to zero when it was released
    }
  }
  if (buffer == nullptr) {
    const size_t capacity = size_class < kClasses ? kSmallestBytes << size_class : size;
    buffer = new Buffer(new char[capacity], capacity);
  }
  Retain();
  buffer->pool_ = this;
  return Ref<Buffer>::Adopt(buffer);
}

void BufferPool::Put(Buffer* buffer) {
  const int size_class = ClassOf(buffer->capacity_);
  {
    MutexLock lock(mutex_);
    if (size_class < kClasses && kept_bytes_ + buffer->capacity_ <= kKeptBytesMax) {
      kept_bytes_ += buffer->capacity_;
      free_[static_cast<size_t>(size_class)].push_back(buffer);
      return;
    }
  }
  delete buffer;
}

void BufferPool::Trim() {
  std::array<std::vector<Buffer*>, kClasses> dropped;
  {
    MutexLock lock(mutex_);
    dropped.swap(free_);
    kept_bytes_ = 0;
  }
  for (auto& buffers : dropped) {
    for (Buffer* buffer : buffers) delete buffer;
  }
}

size_t BufferPool::kept_bytes() {
  MutexLock lock(mutex_);
  return kept_bytes_;
}

}  // namespace odradek::net
