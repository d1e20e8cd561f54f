// Files that live in memory: a tree of names over memfds, so that readers can still sendfile.
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "base/env/descriptor_file.h"
#include "base/env/file.h"
#include "base/mutex.h"

namespace odradek {
namespace {

// Holds no descriptor until it is written for the first time.
class MemoryFile final : public File {
 public:
  explicit MemoryFile(std::string name) : name_(std::move(name)) {}

  using File::WriteAt;
  Result<size_t> ReadAt(int64_t offset, std::span<char> to) const override {
    const DescriptorFile* content = content_.load(std::memory_order_acquire);
    return content == nullptr ? Result<size_t>(size_t{0}) : content->ReadAt(offset, to);
  }
  Status WriteAt(int64_t offset, std::span<const iovec> from) override {
    RETURN_IF_ERROR(EnsureContent());
    return content_.load(std::memory_order_relaxed)->WriteAt(offset, from);
  }
  Status Sync() override { return Status(); }
  Status Truncate(int64_t size) override {
    if (size == 0 && content_.load(std::memory_order_acquire) == nullptr) return Status();
    RETURN_IF_ERROR(EnsureContent());
    return content_.load(std::memory_order_relaxed)->Truncate(size);
  }
  Status Reserve(int64_t, int64_t) override { return Status(); }
  Result<int64_t> Size() const override {
    const DescriptorFile* content = content_.load(std::memory_order_acquire);
    return content == nullptr ? Result<int64_t>(int64_t{0}) : content->Size();
  }
  int fd() const override {
    const DescriptorFile* content = content_.load(std::memory_order_acquire);
    return content == nullptr ? -1 : content->fd();
  }

 private:
  ~MemoryFile() override {
    if (DescriptorFile* content = content_.load()) content->Drop();
  }

  Status EnsureContent() {
    if (content_.load(std::memory_order_acquire) != nullptr) return Status();
    MutexLock lock(making_);
    if (content_.load(std::memory_order_relaxed) != nullptr) return Status();
    const int fd = memfd_create("odradek", MFD_CLOEXEC);
    if (fd < 0) return ErrnoStatus("memfd_create", name_);
    content_.store(new DescriptorFile(fd, name_), std::memory_order_release);
    return Status();
  }

  const std::string name_;
  Mutex making_;
  std::atomic<DescriptorFile*> content_{nullptr};
};

class MemoryDirLock final : public DirLock {};

class MemoryFiles final : public Files {
 public:
  Result<Ref<File>> Open(const std::string& path, OpenMode mode) override {
    MutexLock lock(mutex_);
    const auto found = files_.find(path);
    if (found != files_.end()) {
      if (mode == OpenMode::kCreateNew) return odradek::Exists("'" + path + "' exists");
      return Ref<File>(found->second);
    }
    if (mode == OpenMode::kRead || mode == OpenMode::kReadWrite || !HasParent(path)) {
      return NotFound("no such file: '" + path + "'");
    }
    Ref<MemoryFile> file = Ref<MemoryFile>::Adopt(new MemoryFile(path));
    files_.emplace(path, file);
    return Ref<File>(std::move(file));
  }

  Status MakeDirs(const std::string& path) override {
    MutexLock lock(mutex_);
    for (size_t at = path.find('/');; at = path.find('/', at + 1)) {
      directories_.insert(path.substr(0, at));
      if (at == std::string::npos) return Status();
    }
  }

  Result<std::vector<DirEntry>> List(const std::string& path) override {
    MutexLock lock(mutex_);
    if (!path.empty() && !directories_.contains(path))
      return NotFound("no such directory: '" + path + "'");
    std::vector<DirEntry> entries;
    ForChildren(files_, path, [&](std::string_view name) {
      entries.push_back({std::string(name), false});
    });
    ForChildren(directories_, path, [&](std::string_view name) {
      entries.push_back({std::string(name), true});
    });
    return entries;
  }

  Status Rename(const std::string& from, const std::string& to) override {
    MutexLock lock(mutex_);
    if (auto file = files_.extract(from)) {
      files_.erase(to);
      file.key() = to;
      files_.insert(std::move(file));
      return Status();
    }
    if (!directories_.contains(from)) return NotFound("no such file: '" + from + "'");
    MoveTree(from, to);
    return Status();
  }

  Status Remove(const std::string& path) override {
    MutexLock lock(mutex_);
    return files_.erase(path) > 0 ? Status() : NotFound("no such file: '" + path + "'");
  }

  Status RemoveTree(const std::string& path) override {
    MutexLock lock(mutex_);
    const std::string prefix = path + "/";
    std::erase_if(files_, [&](const auto& entry) { return entry.first.starts_with(prefix); });
    std::erase_if(directories_,
                  [&](const auto& name) { return name == path || name.starts_with(prefix); });
    return Status();
  }

  Status SyncDir(const std::string&) override { return Status(); }

  bool Exists(const std::string& path) override {
    MutexLock lock(mutex_);
    return path.empty() || files_.contains(path) || directories_.contains(path);
  }

  // Nobody else can see this memory.
  Result<std::unique_ptr<DirLock>> Lock(const std::string&) override {
    return std::unique_ptr<DirLock>(std::make_unique<MemoryDirLock>());
  }

  bool is_durable() const override { return false; }
  int64_t FreeBytes() override { return INT64_MAX; }

 private:
  static const std::string& KeyOf(const std::string& entry) { return entry; }
  static const std::string& KeyOf(const std::pair<const std::string, Ref<MemoryFile>>& entry) {
    return entry.first;
  }

  bool HasParent(const std::string& path) const REQUIRES(mutex_) {
    const std::string parent = ParentOf(path);
    return parent.empty() || directories_.contains(parent);
  }

  // Calls `use` for the entries directly below `path`.
  template <class Container, class Use>
  static void ForChildren(const Container& entries, const std::string& path, Use use) {
    const std::string prefix = path.empty() ? path : path + "/";
    for (auto at = entries.lower_bound(prefix); at != entries.end(); ++at) {
      const std::string_view key = KeyOf(*at);
      if (!key.starts_with(prefix)) break;
      const std::string_view name = key.substr(prefix.size());
      if (!name.empty() && name.find('/') == std::string_view::npos) use(name);
    }
  }

  void MoveTree(const std::string& from, const std::string& to) REQUIRES(mutex_) {
    const std::string prefix = from + "/";
    std::vector<std::string> moved;
    for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
         ++at) {
      moved.push_back(at->first);
    }
    for (const std::string& path : moved) {
      auto file = files_.extract(path);
      file.key() = to + path.substr(from.size());
      files_.insert(std::move(file));
    }
    std::set<std::string> kept;
    for (const std::string& path : directories_) {
      const bool inside = path == from || path.starts_with(prefix);
      kept.insert(inside ? to + path.substr(from.size()) : path);
    }
    directories_ = std::move(kept);
  }

  Mutex mutex_;
  std::map<std::string, Ref<MemoryFile>> files_ GUARDED_BY(mutex_);
  std::set<std::string> directories_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Files> MakeMemoryFiles() { return std::make_unique<MemoryFiles>(); }

}  // namespace odradek
