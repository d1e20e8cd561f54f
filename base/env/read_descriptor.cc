#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/env/file.h"

namespace odradek {

Result<size_t> ReadDescriptorAt(int fd, int64_t offset, std::span<char> to) {
  size_t done = 0;
  while (done < to.size()) {
    const ssize_t n =
        ::pread(fd, to.data() + done, to.size() - done, offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fatal(std::string("read: ") + std::strerror(errno));
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace odradek
