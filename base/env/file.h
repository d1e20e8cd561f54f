// Files as an argument: the only way to a disk. Two layers implement it: the machine's file system
// and memory files (memfd) for the ephemeral mode; tests wrap either to inject faults.
//
// Both give real descriptors, so that answers can be sent from the page cache by sendfile. Paths
// are relative to the root that the layer was made with. Thread-safe unless said otherwise.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/slice.h"

namespace odradek {

// An open file. Lives as long as someone refers to it, also after Files::Remove of its path.
class File : public RefCounted {
 public:
  // Fills `to` from `offset`; fewer bytes only where the file ends.
  virtual Result<size_t> ReadAt(int64_t offset, std::span<char> to) const = 0;
  // Writes all of it or fails; after a failure the range's content is undefined.
  virtual Status WriteAt(int64_t offset, std::span<const iovec> from) = 0;
  Status WriteAt(int64_t offset, std::string_view from);
  // Data and the metadata needed to read it back are on the device.
  virtual Status Sync() = 0;
  virtual Status Truncate(int64_t size) = 0;
  // Reserves blocks behind the end without changing the size; a hint, failure is harmless.
  virtual Status Reserve(int64_t offset, int64_t size) = 0;
  virtual Result<int64_t> Size() const = 0;
  // For slices only; never closed or written through by others.
  virtual int fd() const = 0;
};

enum class OpenMode { kRead, kReadWrite, kCreate /* or open */, kCreateNew /* fails if there */ };

struct DirEntry {
  std::string name;
  bool is_directory = false;
  bool is_special = false;  // a pipe, a socket, a device, or a link to one: nothing to be read
};

// Holds a directory for this process alone until destroyed. A holder that is killed leaves a trace.
class DirLock {
 public:
  virtual ~DirLock() = default;
  // Whether the last holder that used the directory left it in order.
  virtual bool was_left_clean() const { return true; }
  // Whether this one does, from the destructor on; without a word, all is as before.
  virtual void LeaveClean(bool /*is_clean*/) {}
};

class Files {
 public:
  virtual ~Files() = default;
  // Waits for nobody at the other end of a pipe.
  virtual Result<Ref<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual Status MakeDirs(const std::string& path) = 0;
  virtual Result<std::vector<DirEntry>> List(const std::string& path) = 0;
  // Replaces `to` if it exists. Atomic; durable after SyncDir of both parents.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;      // a file
  virtual Status RemoveTree(const std::string& path) = 0;  // a directory and all below it
  virtual Status SyncDir(const std::string& path) = 0;
  virtual bool Exists(const std::string& path) = 0;
  // kExists with the holder's process id in the message if another process has it.
  virtual Result<std::unique_ptr<DirLock>> Lock(const std::string& path) = 0;
  virtual bool is_durable() const = 0;  // false for memory files
  // That may still be written on the root's device; INT64_MAX where nobody can say.
  virtual int64_t FreeBytes() = 0;

  // Whole small files. WriteWhole leaves a part of one behind if it fails; WriteAtomically writes a
  // temporary file, syncs, renames, syncs the parent.
  Result<std::string> ReadAll(const std::string& path);
  enum class Durably : bool { kNo, kYes };  // kYes: it is on the device, but not its name
  Status WriteWhole(const std::string& path, std::string_view content, Durably durably);
  Status WriteAtomically(const std::string& path, std::string_view content);
};

// "a" for "a/b", "" for "a".
std::string ParentOf(std::string_view path);

// Like File::ReadAt, for the descriptor of a file slice.
Result<size_t> ReadDescriptorAt(int fd, int64_t offset, std::span<char> to);

// Below `root`; MakeDirs("") makes it if it is missing.
std::unique_ptr<Files> MakePosixFiles(std::string root);
// Keeps others from holding `root`, and changes nothing in it. Who only looks may do so beside
// others. kNotFound: nobody has ever held it; kExists as Files::Lock.
Result<std::unique_ptr<DirLock>> LockToLook(const std::string& root);
// Nothing outlives the process; every file is a memfd made at its first write.
std::unique_ptr<Files> MakeMemoryFiles();

}  // namespace odradek
