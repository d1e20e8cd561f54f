#include "tests/durability/power_cuts/block_recorder.h"

#define FUSE_USE_VERSION 35
#include <fuse3/fuse.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/check.h"

namespace odradek::durability {

struct BlockRecorder::Shared {
  static constexpr size_t kWritesMax = 1 << 20;
  std::atomic<size_t> count;
  size_t data_size;
  size_t disk_size;
  Write writes[kWritesMax];
  char* disk() { return reinterpret_cast<char*>(this + 1); }
  char* data() { return disk() + disk_size; }
};

namespace {

constexpr std::string_view kDiskPath = "/disk";

size_t MappedSize(size_t shared_size, size_t disk_size) {
  return shared_size + disk_size + BlockRecorder::kRecordBytesMax;
}

}  // namespace

// The calls of the file system with one file.
struct RecorderCalls {
  template <class Shared>
  static Shared* State() {
    return static_cast<Shared*>(fuse_get_context()->private_data);
  }

  template <class Shared>
  static fuse_operations Make() {
    fuse_operations calls{};
    calls.getattr = [](const char* path, struct stat* to, fuse_file_info*) {
      *to = {};
      if (path == std::string_view("/")) {
        to->st_mode = S_IFDIR | 0755;
        to->st_nlink = 2;
        return 0;
      }
      if (path != kDiskPath) return -ENOENT;
      to->st_mode = S_IFREG | 0644;
      to->st_nlink = 1;
      to->st_size = static_cast<off_t>(State<Shared>()->disk_size);
      return 0;
    };
    calls.readdir = [](const char*, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*,
                       fuse_readdir_flags) {
      fill(buffer, "disk", nullptr, 0, static_cast<fuse_fill_dir_flags>(0));
      return 0;
    };
    calls.open = [](const char* path, fuse_file_info* info) {
      info->direct_io = 1;
      return path == kDiskPath ? 0 : -ENOENT;
    };
    calls.read = [](const char*, char* to, size_t size, off_t offset, fuse_file_info*) {
      Shared* const state = State<Shared>();
      const size_t from = std::min(static_cast<size_t>(offset), state->disk_size);
      const size_t count = std::min(size, state->disk_size - from);
      std::memcpy(to, state->disk() + from, count);
      return static_cast<int>(count);
    };
    calls.write = [](const char*, const char* from, size_t size, off_t offset, fuse_file_info*) {
      return Record(State<Shared>(), from, size, offset);
    };
    calls.fsync = [](const char*, int, fuse_file_info*) {
      Record(State<Shared>(), nullptr, 0, 0);
      return 0;
    };
    return calls;
  }

  template <class Shared>
  static int Record(Shared* state, const char* from, size_t size, off_t offset) {
    const size_t index = state->count.load();
    if (index == Shared::kWritesMax || state->data_size + size > BlockRecorder::kRecordBytesMax ||
        static_cast<size_t>(offset) + size > state->disk_size) {
      return -ENOSPC;
    }
    state->writes[index] = {offset, static_cast<int64_t>(size), state->data_size};
    if (size > 0) {
      std::memcpy(state->data() + state->data_size, from, size);
      std::memcpy(state->disk() + offset, from, size);
    }
    state->data_size += size;
    state->count.store(index + 1);
    return static_cast<int>(size);
  }
};

BlockRecorder::BlockRecorder(const std::string& base) {
  void* const memory =
      mmap(nullptr, MappedSize(sizeof(Shared), base.size()), PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(memory != MAP_FAILED);
  shared_ = static_cast<Shared*>(memory);
  shared_->disk_size = base.size();
  std::memcpy(shared_->disk(), base.data(), base.size());
}

BlockRecorder::~BlockRecorder() {
  Stop();
  munmap(shared_, MappedSize(sizeof(Shared), shared_->disk_size));
}

int BlockRecorder::Serve(Shared* shared, const std::string& directory) {
  fuse_operations calls = RecorderCalls::Make<Shared>();
  std::string program = "block-recorder";
  std::string foreground = "-f";
  std::string single = "-s";
  std::string place = directory;
  char* arguments[] = {program.data(), foreground.data(), single.data(), place.data(), nullptr};
  return fuse_main(4, arguments, &calls, shared);
}

Status BlockRecorder::Start(const std::string& directory) {
  directory_ = directory;
  server_ = fork();
  if (server_ < 0) return Fatal("fork");
  if (server_ == 0) _exit(Serve(shared_, directory));
  const std::string disk = directory + std::string(kDiskPath);
  constexpr int kTries = 100'000;
  for (int i = 0; i < kTries; ++i) {
    struct stat status {};
    if (stat(disk.c_str(), &status) == 0) return Status();
    if (waitpid(server_, nullptr, WNOHANG) == server_) break;
    sched_yield();
  }
  return Fatal("the recorder does not serve " + directory);
}

void BlockRecorder::Stop() {
  if (server_ < 0) return;
  umount2(directory_.c_str(), MNT_DETACH);
  kill(server_, SIGTERM);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

size_t BlockRecorder::count() const { return shared_->count.load(); }
BlockRecorder::Write BlockRecorder::at(size_t index) const { return shared_->writes[index]; }
const char* BlockRecorder::data() const { return shared_->data(); }

}  // namespace odradek::durability
