#include "tests/bench/free_pages.h"

#include <sys/mman.h>

#include "base/check.h"

namespace odradek::bench {

void HaveFreePages(int64_t bytes) {
  const auto size = static_cast<size_t>(bytes);
  void* const pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  CHECK(pages != MAP_FAILED);
  CHECK_EQ(::munmap(pages, size), 0);
}

}  // namespace odradek::bench
