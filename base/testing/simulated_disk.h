// SimulatedDisk: Files with a page cache whose content can be lost. Every write, truncation, and
// change of a name is pending until a Sync of the file, or a SyncDir of the directory, makes it
// durable; a crash makes a new disk from what was durable and a subset of what was pending.
//
// Stricter than ext4: the sync of a file does not make its name durable, nor the sync of a
// directory the content of its files; a rename may survive while the content of what it names does
// not; a file may keep a length whose bytes never arrived. A rename is atomic. The order of changes
// to one name is kept. Calls fail as its FaultPlan says, and when its capacity is used up. What
// follows a failed Sync is a setting. Descriptors are memfds that follow what is written. For
// tests; thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/env/file.h"
#include "base/env/random.h"
#include "base/mutex.h"
#include "base/testing/faulty_files.h"

namespace odradek {

enum class CrashModel : unsigned char {
  kKill,         // the process ends, the system goes on: everything written is there, and what
                 // was pending still is
  kKillInWrite,  // the same, in the middle of the latest write
  kLoseAll,      // the power goes: nothing that was pending arrived
  kPrefix,       // ... what was pending arrived in order, up to some point in time
  kAnySubset,    // ... any of it arrived, in any order, torn at sectors, lengths without content
};

// What becomes of the pages of a file whose Sync failed.
enum class AfterFailedSync : unsigned char {
  kKeptDirty,  // a later Sync may still write them
  kDropped,    // as Linux does: taken for clean, read from the cache, lost at a crash
  kForgotten,  // the same, and the cache was evicted: reads get the old content
};

class SimulatedDisk final : public Files {
 public:
  static constexpr size_t kSectorSizeBytes = 512;
  // Told after every call that changed something, with no lock held.
  using Observer = std::function<void(FileCall call, const std::string& path)>;

  SimulatedDisk();
  ~SimulatedDisk() override;

  FaultPlan& plan() { return plan_; }
  void set_observer(Observer observer) { observer_ = std::move(observer); }
  void set_after_failed_sync(AfterFailedSync what) { after_failed_sync_ = what; }
  // Sum of the lengths of all files, and of what is reserved behind them, above which nothing can
  // be written.
  void set_capacity_bytes(int64_t bytes) { capacity_bytes_ = bytes; }
  int64_t used_bytes() const EXCLUDES(mutex_);

  // What a restart would find. This disk goes on as before.
  std::unique_ptr<SimulatedDisk> Crash(CrashModel model, uint64_t seed) const EXCLUDES(mutex_);
  // Changes that are not durable yet.
  size_t pending_count() const EXCLUDES(mutex_);

  // Direct access for tests that damage files: both images, no call counted.
  std::vector<std::string> AllFiles() const EXCLUDES(mutex_);
  std::string Content(const std::string& path) const EXCLUDES(mutex_);
  void SetContent(const std::string& path, std::string content) EXCLUDES(mutex_);
  void Erase(const std::string& path) EXCLUDES(mutex_);

  Result<Ref<File>> Open(const std::string& path, OpenMode mode) override EXCLUDES(mutex_);
  Status MakeDirs(const std::string& path) override EXCLUDES(mutex_);
  Result<std::vector<DirEntry>> List(const std::string& path) override EXCLUDES(mutex_);
  Status Rename(const std::string& from, const std::string& to) override EXCLUDES(mutex_);
  Status Remove(const std::string& path) override EXCLUDES(mutex_);
  Status RemoveTree(const std::string& path) override EXCLUDES(mutex_);
  Status SyncDir(const std::string& path) override EXCLUDES(mutex_);
  bool Exists(const std::string& path) override EXCLUDES(mutex_);
  Result<std::unique_ptr<DirLock>> Lock(const std::string& path) override;
  bool is_durable() const override { return true; }
  int64_t FreeBytes() override EXCLUDES(mutex_);

 private:
  class OpenFile;
  // A write of `data` at `offset`, or a truncation to `offset`.
  struct Change {
    uint64_t order = 0;
    bool is_truncation = false;
    int64_t offset = 0;
    std::string data;
  };
  struct Node;
  using NodeRef = std::shared_ptr<Node>;
  using Entries = std::map<std::string, NodeRef>;
  struct Node {
    ~Node();
    const bool is_directory;
    Entries entries;              // of a directory, as seen
    Entries durable_entries;      // ... and as a restart would find it
    std::string content;          // of a file, as seen
    std::string durable;          // ... and as a restart would find it
    std::vector<Change> pending;  // of a file
    int64_t reserved_bytes = 0;   // from its start; gone after a power cut
    int fd = -1;                  // follows `content` once it was asked for
    int64_t allocated_bytes() const;
    explicit Node(bool directory) : is_directory(directory) {}
  };
  // `name` of `directory` is `node` from here on, or gone.
  struct Edit {
    NodeRef directory;
    std::string name;
    NodeRef node;
  };
  struct NameChange {
    uint64_t order = 0;
    std::vector<Edit> edits;  // atomic
  };
  class Survivors;  // decides what a power cut leaves
  class LiveCopy;

  std::unique_ptr<SimulatedDisk> Kill(bool in_write, uint64_t seed) const REQUIRES(mutex_);
  NodeRef Find(const std::string& path) const REQUIRES(mutex_);
  // The directory that holds `path`, and the last part of it. Null if there is none.
  std::pair<NodeRef, std::string> Parent(const std::string& path) const REQUIRES(mutex_);
  void Apply(std::vector<Edit> edits) REQUIRES(mutex_);
  void RemoveBelow(const NodeRef& directory) REQUIRES(mutex_);
  void Observe(FileCall call, const std::string& path) const {
    if (observer_) observer_(call, path);
  }
  static void Write(std::string* to, int64_t offset, std::string_view data);
  static void ApplyChange(std::string* to, const Change& change);
  static void Mirror(const Node& node, int64_t from);

  FaultPlan plan_;
  Observer observer_;
  AfterFailedSync after_failed_sync_ = AfterFailedSync::kDropped;
  int64_t capacity_bytes_ = INT64_MAX;
  mutable Mutex mutex_;
  NodeRef root_;
  std::vector<NameChange> names_ GUARDED_BY(mutex_);  // not durable yet, in order
  uint64_t order_ GUARDED_BY(mutex_) = 0;
  int64_t used_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace odradek
