// Receive buffers in size classes, counted by whoever views their bytes.
//
// A pool keeps a few released buffers for the next request; the rest goes back to the heap.
// Owner: counted; a pool lives as long as a buffer of it is in use. Thread: Take and the release of
// buffers may happen on any thread.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/mutex.h"
#include "base/slice.h"

namespace odradek::net {

class BufferPool;

class Buffer final : public RefCounted {
 public:
  char* data() const { return data_; }
  size_t capacity() const { return capacity_; }

 private:
  friend class BufferPool;
  Buffer(char* data, size_t capacity) : data_(data), capacity_(capacity) {}
  ~Buffer() override;
  void Release() const override;

  char* const data_;
  const size_t capacity_;
  BufferPool* pool_ = nullptr;  // counted while the buffer is out
};

class BufferPool final : public RefCounted {
 public:
  static constexpr size_t kSmallestBytes = 1024;
  static constexpr size_t kKeptBytesMax = 8 * 1024 * 1024;  // free buffers of all classes
  static constexpr int kClasses = 18;                       // the largest pooled: 128 MiB

  BufferPool() = default;
  // At least `size` bytes, content undefined.
  Ref<Buffer> Take(size_t size);
  // Gives the free buffers back to the heap.
  void Trim();
  size_t kept_bytes();

 private:
  friend class Buffer;
  ~BufferPool() override;
  void Put(Buffer* buffer);

  Mutex mutex_;
  std::array<std::vector<Buffer*>, kClasses> free_ GUARDED_BY(mutex_);
  size_t kept_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace odradek::net
