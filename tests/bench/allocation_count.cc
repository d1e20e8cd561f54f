#include "tests/bench/allocation_count.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace odradek::bench {
namespace {

std::atomic<uint64_t> count{0};
thread_local bool is_counted = false;

void Note() {
  if (is_counted) count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

void CountThisThread() { is_counted = true; }
uint64_t AllocationCount() { return count.load(std::memory_order_relaxed); }

}  // namespace odradek::bench

// The linker turns malloc into __wrap_malloc, and __real_malloc into the library's.
extern "C" {
void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* memory, size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void** memory, size_t alignment, size_t size);

void* __wrap_malloc(size_t size) {
  odradek::bench::Note();
  return __real_malloc(size);
}
void* __wrap_calloc(size_t count, size_t size) {
  odradek::bench::Note();
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, size_t size) {
  odradek::bench::Note();
  return __real_realloc(memory, size);
}
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  odradek::bench::Note();
  return __real_aligned_alloc(alignment, size);
}
int __wrap_posix_memalign(void** memory, size_t alignment, size_t size) {
  odradek::bench::Note();
  return __real_posix_memalign(memory, alignment, size);
}
}

// Also where the C++ library is shared and keeps its own malloc.
void* operator new(size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
