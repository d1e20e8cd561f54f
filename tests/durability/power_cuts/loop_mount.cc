#include "tests/durability/power_cuts/loop_mount.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/env/descriptor_file.h"

namespace odradek::durability {

Status LoopMount::Attach(const std::string& image, bool direct) {
  const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return ErrnoStatus("open", "/dev/loop-control");
  const int number = ioctl(control, LOOP_CTL_GET_FREE);
  close(control);
  if (number < 0) return ErrnoStatus("LOOP_CTL_GET_FREE", image);
  device_ = "/dev/loop" + std::to_string(number);
  const int file = open(image.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return ErrnoStatus("open", image);
  loop_ = open(device_.c_str(), O_RDWR | O_CLOEXEC);
  loop_config config{};
  config.fd = static_cast<unsigned>(file);
  config.info.lo_flags = direct ? LO_FLAGS_DIRECT_IO : 0;
  const bool attached = loop_ >= 0 && ioctl(loop_, LOOP_CONFIGURE, &config) == 0;
  Status status = attached ? Status() : ErrnoStatus("LOOP_CONFIGURE", device_);
  close(file);
  if (!attached && loop_ >= 0) close(std::exchange(loop_, -1));
  return status;
}

Status LoopMount::Mount(const std::string& image, const std::string& directory, bool direct) {
  Unmount();
  RETURN_IF_ERROR(Attach(image, direct));
  if (mount(device_.c_str(), directory.c_str(), "ext4", MS_NOATIME, "") != 0) {
    Status status = ErrnoStatus("mount", device_);
    Unmount();
    return status;
  }
  directory_ = directory;
  return Status();
}

void LoopMount::Unmount() {
  if (!directory_.empty()) umount2(directory_.c_str(), 0);
  directory_.clear();
  if (loop_ < 0) return;
  ioctl(loop_, LOOP_CLR_FD);
  close(std::exchange(loop_, -1));
}

}  // namespace odradek::durability
