// Arena: bump memory for one request. Array<T>: a growable list that lives in an Arena.
//
// Everything a decoded request or a response under construction needs is taken from the arena of
// that request and is released at once by Reset(); a warm arena serves a request without touching
// the heap. Owner: the request's context. Thread: one at a time, no locking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/check.h"

namespace odradek {

class Arena {
 public:
  static constexpr size_t kFirstBlockSizeBytes = 4096;
  static constexpr size_t kBlockSizeBytesMax = 256 * 1024;  // a larger request gets its own block

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Valid until Reset() or destruction. Never null, also for size 0.
  void* Allocate(size_t size, size_t alignment) {
    const uintptr_t at = (cursor_ + alignment - 1) & ~(alignment - 1);
    if (__builtin_expect(at + size > limit_ || cursor_ == 0, 0)) {
      return AllocateSlow(size, alignment);
    }
    cursor_ = at + size;
    return reinterpret_cast<void*>(at);
  }

  // Elements are value-initialized.
  template <class T>
  T* NewArray(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "arenas run no destructors");
    T* items = static_cast<T*>(Allocate(sizeof(T) * count, alignof(T)));
    for (size_t i = 0; i < count; ++i) new (items + i) T();
    return items;
  }

  template <class T>
  T* New() {
    return NewArray<T>(1);
  }

  // A copy of `text` that lives as long as the arena's contents.
  std::string_view Copy(std::string_view text) {
    char* to = static_cast<char*>(Allocate(text.size(), 1));
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  // Frees all but the first block, which is kept for the next request.
  void Reset();

  // Bytes taken from the heap, for limits and for tests.
  size_t reserved_bytes() const { return reserved_bytes_; }
  // What Allocate(size, alignment) would add to them now.
  size_t HeapBytesFor(size_t size, size_t alignment) const;

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    size_t size;
  };

  void* AllocateSlow(size_t size, size_t alignment);
  void UseBlock(const Block& block);
  const Block& AddBlock(size_t size);
  size_t NextBlockSize() const;
  bool TakesOwnBlock(size_t size) const;

  uintptr_t cursor_ = 0;
  uintptr_t limit_ = 0;
  size_t reserved_bytes_ = 0;
  std::vector<Block> blocks_;
};

// A list of trivially destructible elements in an Arena, or a view of elements owned elsewhere.
// Trivially destructible itself, copied by reference: copies share the elements.
template <class T>
class Array {
 public:
  Array() = default;
  // A view; `items` must outlive it. Add() may not be called on a view.
  Array(T* items, size_t count) : data_(items), size_(static_cast<uint32_t>(count)) {}
  static Array Null() {
    Array array;
    array.null_ = 1;
    return array;
  }
  static Array Make(Arena& arena, size_t count) {
    Array array(arena.NewArray<T>(count), count);
    array.capacity_ = array.size_ & kCountMax;
    return array;
  }
  static Array Of(std::vector<T>& items) { return Array(items.data(), items.size()); }

  bool is_null() const { return null_ != 0; }  // Kafka's null array, which is not the empty one
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() const { return data_; }
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }
  T& operator[](size_t i) const { return CHECK(i < size_), data_[i]; }
  T& front() const { return (*this)[0]; }
  T& back() const { return (*this)[size_ - 1]; }

  // Appends a value-initialized element; references to earlier elements become invalid.
  T& Add(Arena& arena) {
    null_ = 0;
    if (size_ == capacity_) GrowTo(arena, size_ < 4 ? 4 : size_ * 2);
    return *new (data_ + size_++) T();
  }
  void Add(Arena& arena, const T& value) { Add(arena) = value; }
  // Makes room for `count` elements in all: references stay valid until there are more.
  void Reserve(Arena& arena, size_t count) {
    if (count > capacity_) GrowTo(arena, static_cast<uint32_t>(count));
  }

  // Equal elements in equal order; null equals null alone.
  friend bool operator==(const Array& a, const Array& b) {
    if (a.size_ != b.size_ || a.null_ != b.null_) return false;
    for (uint32_t i = 0; i < a.size_; ++i) {
      if (!(a.data_[i] == b.data_[i])) return false;
    }
    return true;
  }

 private:
  static constexpr uint32_t kCountMax = 0x7FFFFFFF;

  void GrowTo(Arena& arena, uint32_t capacity) {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    T* to = static_cast<T*>(arena.Allocate(sizeof(T) * capacity, alignof(T)));
    if (size_ > 0) std::memcpy(static_cast<void*>(to), data_, sizeof(T) * size_);
    data_ = to;
    capacity_ = capacity & kCountMax;
  }

  T* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ : 31 = 0;
  uint32_t null_ : 1 = 0;  // packed: decoded messages are full of lists
};

}  // namespace odradek
