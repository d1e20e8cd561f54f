// Files that fail on demand, around another layer: the n-th call of a kind, or of all kinds, gets
// an error, once or for ever, before anything was done, or after half of a write. For tests;
// thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/env/file.h"
#include "base/mutex.h"

namespace odradek {

enum class FileCall : unsigned char {
  kOpen,
  kRead,
  kWrite,
  kSync,
  kTruncate,
  kRename,
  kRemove,
  kMakeDirs,
  kList,
  kRemoveTree,
  kSyncDir,
};
constexpr size_t kFileCallCount = 11;

// What a device, or the system, does to whom. Files make kFull of ENOSPC and EDQUOT, kRetriable of
// EMFILE, ENFILE and ENOMEM, kFatal of EIO and the rest. Interrupted and short calls are gone on
// with below this interface.
constexpr bool CanFailWith(FileCall call, StatusCode code) {
  switch (code) {
    case StatusCode::kFull:
      return call != FileCall::kRead && call != FileCall::kList && call != FileCall::kTruncate &&
             call != FileCall::kRemove && call != FileCall::kRemoveTree;
    case StatusCode::kRetriable:
      return call == FileCall::kOpen || call == FileCall::kList || call == FileCall::kSyncDir;
    default:
      return true;
  }
}

// Counts calls and decides which fail.
class FaultPlan {
 public:
  // The call number `nth` (from 0) of this kind fails with `code`; all later ones too if `forever`.
  void Fail(FileCall call, int64_t nth, StatusCode code, bool forever = false) {
    MutexLock lock(mutex_);
    rules_.push_back({call, counts_[static_cast<size_t>(call)] + nth, code, forever});
  }
  // The same, counting the calls of all kinds; those that cannot fail so do not.
  void FailAny(int64_t nth, StatusCode code, bool forever = false) {
    MutexLock lock(mutex_);
    rules_.push_back({std::nullopt, total_ + nth, code, forever});
  }
  void Heal() {
    MutexLock lock(mutex_);
    rules_.clear();
  }
  int64_t count(FileCall call) const {
    MutexLock lock(mutex_);
    return counts_[static_cast<size_t>(call)];
  }
  // Calls of all kinds.
  int64_t total() const {
    MutexLock lock(mutex_);
    return total_;
  }
  // How many calls were made to fail.
  int64_t failures() const {
    MutexLock lock(mutex_);
    return failures_;
  }
  int64_t sync_failures() const {
    MutexLock lock(mutex_);
    return sync_failures_;
  }
  // Does `what` first at the next call of this kind, without a lock held.
  void Before(FileCall call, std::function<void()> what) {
    MutexLock lock(mutex_);
    before_ = {call, std::move(what)};
  }
  Status Next(FileCall call) {
    std::function<void()> first;
    {
      MutexLock lock(mutex_);
      if (before_.first == call) first = std::exchange(before_.second, nullptr);
    }
    if (first) first();
    MutexLock lock(mutex_);
    const int64_t number = counts_[static_cast<size_t>(call)]++;
    const int64_t any = total_++;
    for (const Rule& rule : rules_) {
      const int64_t at = rule.call.has_value() ? number : any;
      if (rule.call.value_or(call) != call) continue;
      if (!rule.call.has_value() && !CanFailWith(call, rule.code)) continue;
      if (rule.nth != at && !(rule.forever && rule.nth < at)) continue;
      ++failures_;
      sync_failures_ += call == FileCall::kSync || call == FileCall::kSyncDir ? 1 : 0;
      return Status(rule.code, "injected failure");
    }
    return Status();
  }

 private:
  struct Rule {
    std::optional<FileCall> call;  // none: any
    int64_t nth;
    StatusCode code;
    bool forever;
  };
  mutable Mutex mutex_;
  std::array<int64_t, kFileCallCount> counts_ GUARDED_BY(mutex_) = {};
  int64_t total_ GUARDED_BY(mutex_) = 0;
  int64_t failures_ GUARDED_BY(mutex_) = 0;
  int64_t sync_failures_ GUARDED_BY(mutex_) = 0;
  std::vector<Rule> rules_ GUARDED_BY(mutex_);
  std::pair<FileCall, std::function<void()>> before_ GUARDED_BY(mutex_);
};

class FaultyFile final : public File {
 public:
  FaultyFile(odradek::Ref<File> base, std::shared_ptr<FaultPlan> plan)
      : base_(std::move(base)), plan_(std::move(plan)) {}

  using File::WriteAt;
  Result<size_t> ReadAt(int64_t offset, std::span<char> to) const override {
    const Status status = plan_->Next(FileCall::kRead);
    return status.ok() ? base_->ReadAt(offset, to) : Result<size_t>(status);
  }
  // A failing write leaves half of its bytes behind.
  Status WriteAt(int64_t offset, std::span<const iovec> from) override {
    const Status status = plan_->Next(FileCall::kWrite);
    if (status.ok()) return base_->WriteAt(offset, from);
    if (!from.empty()) {
      const iovec half{from[0].iov_base, from[0].iov_len / 2};
      (void)base_->WriteAt(offset, std::span(&half, 1));
    }
    return status;
  }
  Status Sync() override {
    const Status status = plan_->Next(FileCall::kSync);
    return status.ok() ? base_->Sync() : status;
  }
  Status Truncate(int64_t size) override {
    const Status status = plan_->Next(FileCall::kTruncate);
    return status.ok() ? base_->Truncate(size) : status;
  }
  Status Reserve(int64_t offset, int64_t size) override { return base_->Reserve(offset, size); }
  Result<int64_t> Size() const override { return base_->Size(); }
  int fd() const override { return base_->fd(); }

 private:
  const odradek::Ref<File> base_;
  const std::shared_ptr<FaultPlan> plan_;
};

class FaultyFiles final : public Files {
 public:
  // `base` must outlive this.
  explicit FaultyFiles(Files& base) : base_(base), plan_(std::make_shared<FaultPlan>()) {}
  FaultPlan& plan() { return *plan_; }

  Result<Ref<File>> Open(const std::string& path, OpenMode mode) override {
    const Status status = plan_->Next(FileCall::kOpen);
    if (!status.ok()) return status;
    Result<Ref<File>> file = base_.Open(path, mode);
    if (!file.ok()) return file;
    return Ref<File>(Ref<FaultyFile>::Adopt(new FaultyFile(std::move(*file), plan_)));
  }
  Status MakeDirs(const std::string& path) override {
    const Status status = plan_->Next(FileCall::kMakeDirs);
    return status.ok() ? base_.MakeDirs(path) : status;
  }
  Result<std::vector<DirEntry>> List(const std::string& path) override {
    const Status status = plan_->Next(FileCall::kList);
    return status.ok() ? base_.List(path) : Result<std::vector<DirEntry>>(status);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    const Status status = plan_->Next(FileCall::kRename);
    return status.ok() ? base_.Rename(from, to) : status;
  }
  Status Remove(const std::string& path) override {
    const Status status = plan_->Next(FileCall::kRemove);
    return status.ok() ? base_.Remove(path) : status;
  }
  Status RemoveTree(const std::string& path) override {
    const Status status = plan_->Next(FileCall::kRemoveTree);
    return status.ok() ? base_.RemoveTree(path) : status;
  }
  Status SyncDir(const std::string& path) override {
    const Status status = plan_->Next(FileCall::kSyncDir);
    return status.ok() ? base_.SyncDir(path) : status;
  }
  bool Exists(const std::string& path) override { return base_.Exists(path); }
  Result<std::unique_ptr<DirLock>> Lock(const std::string& path) override {
    return base_.Lock(path);
  }
  bool is_durable() const override { return base_.is_durable(); }
  int64_t FreeBytes() override { return base_.FreeBytes(); }

 private:
  Files& base_;
  const std::shared_ptr<FaultPlan> plan_;
};

}  // namespace odradek
