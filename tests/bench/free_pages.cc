#include "tests/bench/free_pages.h"

#include <sys/mman.h>

#include <thread>

#include "base/check.h"
#include "tests/bench/cores.h"

namespace odradek::bench {

void HaveFreePages(int64_t bytes) {
  std::thread([size = static_cast<size_t>(bytes)] {
    PinThisThread(kServerCore, "pages");
    for (const int advice : {MADV_NOHUGEPAGE, MADV_HUGEPAGE}) {
      void* const pages =
          ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      CHECK(pages != MAP_FAILED);
      // Without effect where the kernel knows no huge pages.
      (void)::madvise(pages, size, advice);
      CHECK_EQ(::madvise(pages, size, MADV_POPULATE_WRITE), 0);
      CHECK_EQ(::munmap(pages, size), 0);
    }
  }).join();
}

}  // namespace odradek::bench
