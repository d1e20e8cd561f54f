#include "storage/local/file_cache.h"

#include <utility>

namespace odradek::storage {

CachedFile::~CachedFile() {
  if (cache_ != nullptr) cache_->Drop(*this);
}

Ref<odradek::File> FileCache::Find(CachedFile& slot) {
  MutexLock lock(mutex_);
  if (slot.file_ && newest_ != &slot) {
    Unlink(slot);
    Link(slot);
  }
  return slot.file_;
}

Result<Ref<odradek::File>> FileCache::Use(CachedFile& slot, const std::string& path,
                                          OpenMode mode) {
  if (Ref<odradek::File> open = Find(slot)) return open;
  Result<Ref<odradek::File>> opened = files_.Open(path, mode);
  if (!opened.ok()) return opened;
  // Closing happens outside the lock, when these go.
  Ref<odradek::File> evicted;
  MutexLock lock(mutex_);
  if (slot.file_) return slot.file_;  // another thread was faster
  slot.cache_ = this;
  slot.file_ = *opened;
  Link(slot);
  if (++open_count_ > open_files_max_ && oldest_ != &slot) {
    CachedFile& last = *oldest_;
    evicted = std::move(last.file_);
    last.file_ = {};
    Unlink(last);
    --open_count_;
  }
  return slot.file_;
}

void FileCache::Drop(CachedFile& slot) {
  Ref<odradek::File> dropped;
  MutexLock lock(mutex_);
  if (!slot.file_) return;
  dropped = std::move(slot.file_);
  slot.file_ = {};
  Unlink(slot);
  --open_count_;
}

size_t FileCache::open_count() const {
  MutexLock lock(mutex_);
  return open_count_;
}

void FileCache::Link(CachedFile& slot) {
  slot.newer_ = nullptr;
  slot.older_ = newest_;
  if (newest_ != nullptr) newest_->newer_ = &slot;
  newest_ = &slot;
  if (oldest_ == nullptr) oldest_ = &slot;
}

void FileCache::Unlink(CachedFile& slot) {
  (slot.newer_ != nullptr ? slot.newer_->older_ : newest_) = slot.older_;
  (slot.older_ != nullptr ? slot.older_->newer_ : oldest_) = slot.newer_;
  slot.newer_ = slot.older_ = nullptr;
}

}  // namespace odradek::storage
