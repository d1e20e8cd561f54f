// BlockRecorder: a block device as a file, by FUSE, that remembers every write and every flush in
// order. A loop device over it, with a file system on top, shows what that file system sends to a
// disk; the record tells what a disk may hold when the power goes.
//
// Owner: one program, as root. Serve() runs in a process of its own; the record is shared memory.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace odradek::durability {

class BlockRecorder {
 public:
  // Room for what a run writes; more is a failure of the run.
  static constexpr size_t kRecordBytesMax = 1 << 30;

  struct Write {
    int64_t offset = 0;
    int64_t size = 0;    // 0: a flush
    size_t data_at = 0;  // in data()
  };

  // `base` is what the disk holds at first.
  explicit BlockRecorder(const std::string& base);
  ~BlockRecorder();
  BlockRecorder(const BlockRecorder&) = delete;
  BlockRecorder& operator=(const BlockRecorder&) = delete;

  // Mounts itself on the directory; the device is the file `disk` in it.
  Status Start(const std::string& directory);
  void Stop();

  // How many writes and flushes there were so far.
  size_t count() const;
  Write at(size_t index) const;
  const char* data() const;

 private:
  struct Shared;
  static int Serve(Shared* shared, const std::string& directory);

  Shared* shared_ = nullptr;
  std::string directory_;
  pid_t server_ = -1;
};

}  // namespace odradek::durability
