#include "base/env/startup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/env/descriptor_file.h"

namespace odradek {
namespace {

constexpr const char* kNothing = "/dev/null";
constexpr size_t kPieceSizeBytes = 16 * 1024;
constexpr const char* kBootIdPath = "/proc/sys/kernel/random/boot_id";
constexpr size_t kBootIdBytesMax = 64;

Status ReadToEnd(int fd, const std::string& path, size_t bytes_max, std::string* content) {
  std::array<char, kPieceSizeBytes> piece;
  for (;;) {
    const ssize_t n = read(fd, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("read", path);
    if (n == 0) return {};
    content->append(piece.data(), static_cast<size_t>(n));
    if (content->size() > bytes_max)
      return Invalid("'" + path + "' has more than the " + std::to_string(bytes_max) +
                     " bytes that are allowed");
  }
}

}  // namespace

Status OpenClosedStandardStreams() {
  // Upwards: an open takes the lowest number that is free, which is then the one looked at.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    if (open(kNothing, O_RDWR) != fd) return ErrnoStatus("open", kNothing);
  }
  return {};
}

Result<std::string> ReadNamedFile(const std::string& path, size_t bytes_max) {
  int fd;
  do {
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrnoStatus("open", path);
  std::string content;
  const Status read = ReadToEnd(fd, path, bytes_max, &content);
  close(fd);
  if (!read.ok()) return read;
  return content;
}

std::string AbsolutePath(const std::string& path) {
  char* const found = realpath(path.c_str(), nullptr);
  std::string absolute = found != nullptr ? found : path;
  std::free(found);
  return absolute;
}

std::string ReadBootId() {
  const Result<std::string> text = ReadNamedFile(kBootIdPath, kBootIdBytesMax);
  return text.ok() ? text->substr(0, text->find('\n')) : std::string();
}

}  // namespace odradek
