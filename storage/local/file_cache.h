// FileCache: the open segment files of a store, at most a fixed number of them, least recently used
// closed first. A file stays open for as long as slices of an answer refer to it.
//
// Owner: LocalStore. Thread-safe; its mutex is taken below those of the logs.
#pragma once

#include <cstddef>
#include <string>

#include "base/env/file.h"
#include "base/mutex.h"

namespace odradek::storage {

class FileCache;

// The place of one file in the cache: a member of what owns the file. Its content belongs to the
// cache and is guarded by the cache's mutex.
class CachedFile {
 public:
  CachedFile() = default;
  CachedFile(const CachedFile&) = delete;
  CachedFile& operator=(const CachedFile&) = delete;
  ~CachedFile();

 private:
  friend class FileCache;
  FileCache* cache_ = nullptr;
  Ref<odradek::File> file_;
  CachedFile* newer_ = nullptr;
  CachedFile* older_ = nullptr;
};

class FileCache {
 public:
  FileCache(Files& files, size_t open_files_max) : files_(files), open_files_max_(open_files_max) {}

  // The file of `slot` if it is open.
  Ref<odradek::File> Find(CachedFile& slot) EXCLUDES(mutex_);
  // The file of `slot`, opened at need: `path` must be the same at every call for a slot.
  Result<Ref<odradek::File>> Use(CachedFile& slot, const std::string& path, OpenMode mode)
      EXCLUDES(mutex_);
  // Closes the file of `slot` unless someone else refers to it.
  void Drop(CachedFile& slot) EXCLUDES(mutex_);
  size_t open_count() const EXCLUDES(mutex_);

 private:
  void Link(CachedFile& slot) REQUIRES(mutex_);
  void Unlink(CachedFile& slot) REQUIRES(mutex_);

  Files& files_;
  const size_t open_files_max_;
  mutable Mutex mutex_;
  CachedFile* newest_ GUARDED_BY(mutex_) = nullptr;
  CachedFile* oldest_ GUARDED_BY(mutex_) = nullptr;
  size_t open_count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace odradek::storage
