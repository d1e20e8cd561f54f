// Files on the machine's file system, below one root directory. Errors keep the system's words;
// interrupted and short calls are continued here, so callers see whole operations only.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/env/descriptor_file.h"
#include "base/env/file.h"

namespace odradek {
namespace {

constexpr int kFileMode = 0644;
constexpr int kDirectoryMode = 0755;
constexpr const char* kLockName = ".lock";

class PosixDirLock final : public DirLock {
 public:
  PosixDirLock(int fd, bool was_left_clean)
      : fd_(fd), was_left_clean_(was_left_clean), is_clean_(was_left_clean) {}
  ~PosixDirLock() override {
    if (is_clean_ && ftruncate(fd_, 0) != 0) errno = 0;  // the next holder is told too much
    close(fd_);
  }
  bool was_left_clean() const override { return was_left_clean_; }
  void LeaveClean(bool is_clean) override { is_clean_ = is_clean; }

 private:
  const int fd_;
  const bool was_left_clean_;
  bool is_clean_;
};

int OpenRetrying(const std::string& full, int flags) {
  int fd;
  do {
    fd = open(full.c_str(), flags, kFileMode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

std::string ReadHolder(int fd) {
  std::array<char, 16> text{};
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  const std::string_view line(text.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)));
  return std::string(line.substr(0, line.find('\n')));
}

// Why flock has refused.
Status LockStatus(int fd, const std::string& name) {
  if (errno != EWOULDBLOCK) return ErrnoStatus("flock", name);
  // Who only looks has written no id: what is there is of somebody else.
  if (flock(fd, LOCK_SH | LOCK_NB) == 0) return odradek::Exists("held by a process that reads it");
  return odradek::Exists("held by process " + ReadHolder(fd));
}

class PosixFiles final : public Files {
 public:
  explicit PosixFiles(std::string root) : root_(std::move(root)) {}

  Result<Ref<File>> Open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC;
    switch (mode) {
      case OpenMode::kRead:
        flags |= O_RDONLY | O_NONBLOCK;  // of no effect on a file
        break;
      case OpenMode::kReadWrite:
        flags |= O_RDWR;
        break;
      case OpenMode::kCreate:
        flags |= O_RDWR | O_CREAT;
        break;
      case OpenMode::kCreateNew:
        flags |= O_RDWR | O_CREAT | O_EXCL;
        break;
    }
    const int fd = OpenRetrying(Full(path), flags);
    if (fd < 0) return ErrnoStatus("open", path);
    return Ref<File>(Ref<DescriptorFile>::Adopt(new DescriptorFile(fd, path)));
  }

  Status MakeDirs(const std::string& path) override {
    const std::string full = Full(path);
    for (size_t at = full.find('/', 1);; at = full.find('/', at + 1)) {
      const std::string part = full.substr(0, at);
      if (!part.empty() && mkdir(part.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
        return ErrnoStatus("mkdir", part);
      }
      if (at == std::string::npos) return Status();
    }
  }

  Result<std::vector<DirEntry>> List(const std::string& path) override {
    DIR* directory = opendir(Full(path).c_str());
    if (directory == nullptr) return ErrnoStatus("opendir", path.empty() ? root_ : path);
    std::vector<DirEntry> entries;
    errno = 0;
    while (const dirent* entry = readdir(directory)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") entries.push_back(EntryOf(path, *entry));
      errno = 0;
    }
    const Status status = errno != 0 ? ErrnoStatus("readdir", path) : Status();
    closedir(directory);
    if (!status.ok()) return status;
    return entries;
  }

  Status Rename(const std::string& from, const std::string& to) override {
    return Check(rename(Full(from).c_str(), Full(to).c_str()), "rename", from);
  }
  Status Remove(const std::string& path) override {
    return Check(unlink(Full(path).c_str()), "unlink", path);
  }

  Status RemoveTree(const std::string& path) override {
    const Result<std::vector<DirEntry>> entries = List(path);
    if (!entries.ok()) {
      return entries.status().code() == StatusCode::kNotFound ? Status() : entries.status();
    }
    for (const DirEntry& entry : *entries) {
      const std::string child = path + "/" + entry.name;
      RETURN_IF_ERROR(entry.is_directory ? RemoveTree(child) : Remove(child));
    }
    return Check(rmdir(Full(path).c_str()), "rmdir", path);
  }

  Status SyncDir(const std::string& path) override {
    const int fd = OpenRetrying(Full(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ErrnoStatus("open", path);
    const Status status = Check(fsync(fd), "fsync", path);
    close(fd);
    return status;
  }

  bool Exists(const std::string& path) override { return access(Full(path).c_str(), F_OK) == 0; }

  Result<std::unique_ptr<DirLock>> Lock(const std::string& path) override {
    const std::string name = path.empty() ? kLockName : path + "/" + kLockName;
    const int fd = OpenRetrying(Full(name), O_RDWR | O_CREAT | O_CLOEXEC);
    if (fd < 0) return ErrnoStatus("open", name);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      Status status = LockStatus(fd, name);
      close(fd);
      return status;
    }
    const bool is_clean = ReadHolder(fd).empty();
    const std::string holder = std::to_string(getpid()) + "\n";
    // The id is for people, and stays if we are killed; the lock itself does not depend on it.
    if (!is_clean && ftruncate(fd, 0) != 0) errno = 0;
    if (pwrite(fd, holder.data(), holder.size(), 0) < 0) errno = 0;
    return std::unique_ptr<DirLock>(std::make_unique<PosixDirLock>(fd, is_clean));
  }

  bool is_durable() const override { return true; }

  int64_t FreeBytes() override {
    struct statvfs device {};
    if (statvfs(root_.c_str(), &device) != 0 || device.f_blocks == 0) return INT64_MAX;
    const uint64_t blocks_max = static_cast<uint64_t>(INT64_MAX) / std::max(device.f_frsize, 1UL);
    return device.f_bavail > blocks_max ? INT64_MAX
                                        : static_cast<int64_t>(device.f_bavail * device.f_frsize);
  }

 private:
  static Status Check(int result, const char* what, const std::string& path) {
    return result == 0 ? Status() : ErrnoStatus(what, path);
  }

  std::string Full(const std::string& path) const {
    return path.empty() ? root_ : root_ + "/" + path;
  }
  // A link to a directory is none: who removes a tree must not follow it.
  DirEntry EntryOf(const std::string& path, const dirent& entry) const {
    DirEntry found{.name = entry.d_name, .is_directory = entry.d_type == DT_DIR};
    if (entry.d_type == DT_DIR || entry.d_type == DT_REG) return found;
    struct stat status {};
    if (stat((Full(path) + "/" + entry.d_name).c_str(), &status) != 0) return found;
    found.is_directory = entry.d_type == DT_UNKNOWN && S_ISDIR(status.st_mode);
    found.is_special = !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
    return found;
  }

  const std::string root_;
};

}  // namespace

std::unique_ptr<Files> MakePosixFiles(std::string root) {
  return std::make_unique<PosixFiles>(std::move(root));
}

Result<std::unique_ptr<DirLock>> LockToLook(const std::string& root) {
  const std::string name = root + "/" + kLockName;
  const int fd = OpenRetrying(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus("open", name);
  if (flock(fd, LOCK_SH | LOCK_NB) != 0) {
    Status status = LockStatus(fd, name);
    close(fd);
    return status;
  }
  // It leaves the file as it is.
  return std::unique_ptr<DirLock>(std::make_unique<PosixDirLock>(fd, /*was_left_clean=*/false));
}

}  // namespace odradek
