// The File of both layers: an open descriptor and the calls that work on it. Thread-safe, as the
// system calls are. Not for use outside base/env.
#pragma once

#include <string>

#include "base/env/file.h"

namespace odradek {

// The Status for the current errno: "open of 'a/b': No such file or directory".
Status ErrnoStatus(const char* what, const std::string& path);

class DescriptorFile : public File {
 public:
  // Takes the descriptor over. `name` is for messages.
  DescriptorFile(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  using File::WriteAt;
  Result<size_t> ReadAt(int64_t offset, std::span<char> to) const override;
  Status WriteAt(int64_t offset, std::span<const iovec> from) override;
  Status Sync() override;
  Status Truncate(int64_t size) override;
  Status Reserve(int64_t offset, int64_t size) override;
  Result<int64_t> Size() const override;
  int fd() const override { return fd_; }

 protected:
  ~DescriptorFile() override;

 private:
  const int fd_;
  const std::string name_;
};

}  // namespace odradek
