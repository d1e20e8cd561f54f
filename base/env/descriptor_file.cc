#include "base/env/descriptor_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace odradek {
namespace {

// Larger writes are split: big page-cache writes stall on finding contiguous memory.
constexpr size_t kWritePieceSizeBytes = 512 * 1024;
constexpr size_t kPartsMax = 16;

StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return StatusCode::kNotFound;
    case EEXIST:
      return StatusCode::kExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return StatusCode::kFull;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return StatusCode::kRetriable;
    default:
      return StatusCode::kFatal;
  }
}

// What of `from` lies behind `done`, up to the limits of one call.
size_t Gather(std::span<const iovec> from, size_t done, std::array<iovec, kPartsMax>& to) {
  size_t count = 0;
  size_t room = kWritePieceSizeBytes;
  for (const iovec& part : from) {
    if (done >= part.iov_len) {
      done -= part.iov_len;
      continue;
    }
    const size_t size = std::min(part.iov_len - done, room);
    to[count++] = {static_cast<char*>(part.iov_base) + done, size};
    done = 0;
    room -= size;
    if (room == 0 || count == to.size()) break;
  }
  return count;
}

}  // namespace

Status ErrnoStatus(const char* what, const std::string& path) {
  const int error = errno;
  return {CodeOf(error), std::string(what) + " of '" + path +
                             "': " + std::error_code(error, std::generic_category()).message()};
}

DescriptorFile::~DescriptorFile() { close(fd_); }

Result<size_t> DescriptorFile::ReadAt(int64_t offset, std::span<char> to) const {
  size_t done = 0;
  while (done < to.size()) {
    const ssize_t n =
        pread(fd_, to.data() + done, to.size() - done, offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("read", name_);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

Status DescriptorFile::WriteAt(int64_t offset, std::span<const iovec> from) {
  size_t total = 0;
  for (const iovec& part : from) total += part.iov_len;
  size_t done = 0;
  std::array<iovec, kPartsMax> parts;
  while (done < total) {
    const size_t count = Gather(from, done, parts);
    const ssize_t n =
        pwritev(fd_, parts.data(), static_cast<int>(count), offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("write", name_);
    done += static_cast<size_t>(n);
  }
  return Status();
}

Status DescriptorFile::Sync() {
  return fdatasync(fd_) == 0 ? Status() : ErrnoStatus("fdatasync", name_);
}

Status DescriptorFile::Truncate(int64_t size) {
  return ftruncate(fd_, size) == 0 ? Status() : ErrnoStatus("truncate", name_);
}

Status DescriptorFile::Reserve(int64_t offset, int64_t size) {
  return fallocate(fd_, FALLOC_FL_KEEP_SIZE, offset, size) == 0 ? Status()
                                                                : ErrnoStatus("fallocate", name_);
}

Result<int64_t> DescriptorFile::Size() const {
  struct stat status {};
  if (fstat(fd_, &status) != 0) return ErrnoStatus("stat", name_);
  return static_cast<int64_t>(status.st_size);
}

}  // namespace odradek
