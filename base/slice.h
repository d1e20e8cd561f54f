// Slice: a run of bytes in memory or in a file, holding what keeps it alive.
// ByteChain: an ordered list of slices: how an encoded answer travels to the transport.
//
// Bytes are never copied on the way: record data stays a file range until sendfile, or a view of
// the buffer that was received. Thread: a slice may be handed to another thread; the counts of its
// owner are atomic.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek {

// Something that slices keep alive: a receive buffer, an encoded answer, an open segment file.
class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  void Retain() const { count_.fetch_add(1, std::memory_order_relaxed); }
  void Drop() const {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) Release();
  }
  // The caller's reference is the only one, and nobody else can make another.
  bool has_one_ref() const { return count_.load(std::memory_order_acquire) == 1; }

 protected:
  virtual ~RefCounted() = default;
  // Called when the last reference goes; pools override it to take the object back.
  virtual void Release() const { delete this; }

 private:
  mutable std::atomic<uint32_t> count_{1};
};

// Owning pointer to a RefCounted. Adopt() takes over the reference the object was made with.
template <class T>
class Ref {
 public:
  Ref() = default;
  static Ref Adopt(T* object) {
    Ref ref;
    ref.object_ = object;
    return ref;
  }
  static Ref Share(T* object) {
    if (object != nullptr) object->Retain();
    return Adopt(object);
  }
  Ref(const Ref& other) : object_(other.object_) {
    if (object_ != nullptr) object_->Retain();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
  Ref(Ref<U> other) : object_(other.Leak()) {}  // NOLINT: derived to base
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->Drop();
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  // Gives the reference away; the caller must Drop it.
  T* Leak() { return std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

// A run of bytes. Either `data` points to memory, or `fd` >= 0 names an open file whose range
// [offset, offset + size) is meant. `owner` keeps the memory or the descriptor alive; it may be
// empty for memory that outlives every use by other means (static data).
struct Slice {
  const char* data = nullptr;
  int fd = -1;
  int64_t offset = 0;
  size_t size = 0;
  Ref<const RefCounted> owner;

  static Slice Memory(std::string_view bytes, Ref<const RefCounted> owner) {
    return {bytes.data(), -1, 0, bytes.size(), std::move(owner)};
  }
  static Slice File(int fd, int64_t offset, size_t size, Ref<const RefCounted> owner) {
    return {nullptr, fd, offset, size, std::move(owner)};
  }
  bool is_file() const { return fd >= 0; }
  std::string_view view() const { return {data, is_file() ? 0 : size}; }
};

class ByteChain {
 public:
  void Append(Slice slice) {
    if (slice.size == 0) return;
    size_ += slice.size;
    slices_.push_back(std::move(slice));
  }
  void Append(const ByteChain& other) {
    for (const Slice& slice : other.slices_) Append(slice);
  }
  // Removes the slices, keeping the list's memory for the next use.
  void Clear() {
    slices_.clear();
    size_ = 0;
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::vector<Slice>& slices() const { return slices_; }
  std::vector<Slice>& slices() { return slices_; }

 private:
  std::vector<Slice> slices_;
  size_t size_ = 0;
};

}  // namespace odradek
