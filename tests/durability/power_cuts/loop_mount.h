// LoopMount: an ext4 image, by a loop device, on a directory. Needs root. Owner: one program.
#pragma once

#include <string>

#include "base/result.h"

namespace odradek::durability {

class LoopMount {
 public:
  LoopMount() = default;
  ~LoopMount() { Unmount(); }
  LoopMount(const LoopMount&) = delete;
  LoopMount& operator=(const LoopMount&) = delete;

  // With `direct` every write goes on to the image at once, flushes too.
  Status Mount(const std::string& image, const std::string& directory, bool direct);
  void Unmount();

 private:
  Status Attach(const std::string& image, bool direct);

  int loop_ = -1;
  std::string device_;
  std::string directory_;
};

}  // namespace odradek::durability
