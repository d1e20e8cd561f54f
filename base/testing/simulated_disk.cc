#include "base/testing/simulated_disk.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/check.h"

namespace odradek {
namespace {

class NoLock final : public DirLock {};

// The parts of "a/b/c".
std::vector<std::string> Split(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

Status NoSuch(const std::string& path) { return NotFound("no such file: '" + path + "'"); }

}  // namespace

SimulatedDisk::Node::~Node() {
  if (fd >= 0) close(fd);
}

int64_t SimulatedDisk::Node::allocated_bytes() const {
  return std::max(static_cast<int64_t>(content.size()), reserved_bytes);
}

void SimulatedDisk::Write(std::string* to, int64_t offset, std::string_view data) {
  const size_t at = static_cast<size_t>(offset);
  if (to->size() < at + data.size()) to->resize(at + data.size());
  std::copy(data.begin(), data.end(), to->begin() + static_cast<ptrdiff_t>(at));
}

void SimulatedDisk::ApplyChange(std::string* to, const Change& change) {
  if (change.is_truncation)
    to->resize(static_cast<size_t>(change.offset));
  else
    Write(to, change.offset, change.data);
}

// Brings the descriptor up to date from byte `from`.
void SimulatedDisk::Mirror(const Node& node, int64_t from) {
  if (node.fd < 0) return;
  const int64_t size = static_cast<int64_t>(node.content.size());
  CHECK_EQ(ftruncate(node.fd, size), 0);
  if (from >= size) return;
  const size_t rest = static_cast<size_t>(size - from);
  CHECK_EQ(pwrite(node.fd, node.content.data() + from, rest, from), static_cast<ssize_t>(rest));
}

class SimulatedDisk::OpenFile final : public File {
 public:
  // The disk must outlive its files.
  OpenFile(SimulatedDisk& disk, NodeRef node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)) {}

  using File::WriteAt;
  Result<size_t> ReadAt(int64_t offset, std::span<char> to) const override {
    RETURN_IF_ERROR(disk_.plan_.Next(FileCall::kRead));
    MutexLock lock(disk_.mutex_);
    const std::string_view content = node_->content;
    const size_t from = std::min(static_cast<size_t>(offset), content.size());
    return content.copy(to.data(), to.size(), from);
  }

  Status WriteAt(int64_t offset, std::span<const iovec> from) override {
    std::string data;
    for (const iovec& part : from) data.append(static_cast<char*>(part.iov_base), part.iov_len);
    Status status = disk_.plan_.Next(FileCall::kWrite);
    if (!status.ok()) data.resize(data.size() / 2);
    {
      MutexLock lock(disk_.mutex_);
      const int64_t allocated = node_->allocated_bytes();
      const int64_t room = disk_.capacity_bytes_ - disk_.used_bytes_;
      const int64_t growth = offset + static_cast<int64_t>(data.size()) - allocated;
      if (growth > std::max<int64_t>(room, 0)) {
        const int64_t writable = std::max<int64_t>(allocated + room - offset, 0);
        data.resize(std::min(data.size(), static_cast<size_t>(writable)));
        if (status.ok()) status = Full("no space left on the simulated disk");
      }
      if (!data.empty()) Change(offset, /*is_truncation=*/false, std::move(data));
    }
    disk_.Observe(FileCall::kWrite, path_);
    return status;
  }

  Status Truncate(int64_t size) override {
    RETURN_IF_ERROR(disk_.plan_.Next(FileCall::kTruncate));
    {
      MutexLock lock(disk_.mutex_);
      disk_.used_bytes_ -= node_->allocated_bytes() - static_cast<int64_t>(node_->content.size());
      node_->reserved_bytes = 0;
      if (static_cast<int64_t>(node_->content.size()) == size) return Status();
      Change(size, /*is_truncation=*/true, {});
    }
    disk_.Observe(FileCall::kTruncate, path_);
    return Status();
  }

  Status Sync() override {
    const Status status = disk_.plan_.Next(FileCall::kSync);
    {
      MutexLock lock(disk_.mutex_);
      ++disk_.order_;
      if (status.ok()) {
        for (const SimulatedDisk::Change& change : node_->pending)
          ApplyChange(&node_->durable, change);
        node_->pending.clear();
      } else if (disk_.after_failed_sync_ != AfterFailedSync::kKeptDirty) {
        node_->pending.clear();
      }
      if (!status.ok() && disk_.after_failed_sync_ == AfterFailedSync::kForgotten) {
        // The length is metadata and stays; the bytes are what the device holds.
        const size_t size = node_->content.size();
        node_->content = node_->durable;
        node_->content.resize(size);
        Mirror(*node_, 0);
      }
    }
    disk_.Observe(FileCall::kSync, path_);
    return status;
  }

  Status Reserve(int64_t offset, int64_t size) override {
    MutexLock lock(disk_.mutex_);
    const int64_t more = offset + size - node_->allocated_bytes();
    if (more <= 0) return Status();
    // As ext4 does: what there is stays allocated where that is not enough.
    const int64_t got = std::clamp<int64_t>(disk_.capacity_bytes_ - disk_.used_bytes_, 0, more);
    node_->reserved_bytes = node_->allocated_bytes() + got;
    disk_.used_bytes_ += got;
    return got == more ? Status() : Full("no space left on the simulated disk");
  }
  Result<int64_t> Size() const override {
    MutexLock lock(disk_.mutex_);
    return static_cast<int64_t>(node_->content.size());
  }
  int fd() const override {
    MutexLock lock(disk_.mutex_);
    if (node_->fd < 0) {
      node_->fd = memfd_create("odradek-simulated", MFD_CLOEXEC);
      CHECK_GE(node_->fd, 0);
      Mirror(*node_, 0);
    }
    return node_->fd;
  }

 private:
  void Change(int64_t offset, bool is_truncation, std::string data) REQUIRES(disk_.mutex_) {
    const int64_t old_size = static_cast<int64_t>(node_->content.size());
    const int64_t old_allocated = node_->allocated_bytes();
    node_->pending.push_back({disk_.order_++, is_truncation, offset, std::move(data)});
    ApplyChange(&node_->content, node_->pending.back());
    disk_.used_bytes_ += node_->allocated_bytes() - old_allocated;
    Mirror(*node_, std::min(offset, old_size));
  }

  SimulatedDisk& disk_;
  const NodeRef node_;
  const std::string path_;
};

SimulatedDisk::SimulatedDisk() : root_(std::make_shared<Node>(true)) {}
SimulatedDisk::~SimulatedDisk() = default;

SimulatedDisk::NodeRef SimulatedDisk::Find(const std::string& path) const {
  NodeRef node = root_;
  for (const std::string& part : Split(path)) {
    const auto found = node->entries.find(part);
    if (found == node->entries.end()) return nullptr;
    node = found->second;
  }
  return node;
}

std::pair<SimulatedDisk::NodeRef, std::string> SimulatedDisk::Parent(
    const std::string& path) const {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {root_, path};
  NodeRef parent = Find(path.substr(0, slash));
  if (parent != nullptr && !parent->is_directory) parent = nullptr;
  return {parent, path.substr(slash + 1)};
}

void SimulatedDisk::Apply(std::vector<Edit> edits) {
  for (const Edit& edit : edits) {
    NodeRef& place = edit.directory->entries[edit.name];
    if (place != nullptr && place != edit.node) used_bytes_ -= place->allocated_bytes();
    place = edit.node;
    if (place == nullptr) edit.directory->entries.erase(edit.name);
  }
  names_.push_back({order_++, std::move(edits)});
}

Result<Ref<File>> SimulatedDisk::Open(const std::string& path, OpenMode mode) {
  RETURN_IF_ERROR(plan_.Next(FileCall::kOpen));
  NodeRef node;
  bool made = false;
  {
    MutexLock lock(mutex_);
    node = Find(path);
    if (node != nullptr && mode == OpenMode::kCreateNew)
      return odradek::Exists("'" + path + "' exists");
    if (node == nullptr) {
      const auto [parent, name] = Parent(path);
      if (mode == OpenMode::kRead || mode == OpenMode::kReadWrite || parent == nullptr)
        return NoSuch(path);
      node = std::make_shared<Node>(false);
      Apply({{parent, name, node}});
      made = true;
    }
  }
  if (made) Observe(FileCall::kOpen, path);
  return Ref<File>(Ref<OpenFile>::Adopt(new OpenFile(*this, std::move(node), path)));
}

Status SimulatedDisk::MakeDirs(const std::string& path) {
  RETURN_IF_ERROR(plan_.Next(FileCall::kMakeDirs));
  {
    MutexLock lock(mutex_);
    NodeRef node = root_;
    for (const std::string& part : Split(path)) {
      const auto found = node->entries.find(part);
      if (found == node->entries.end()) Apply({{node, part, std::make_shared<Node>(true)}});
      node = node->entries[part];
    }
  }
  Observe(FileCall::kMakeDirs, path);
  return Status();
}

Result<std::vector<DirEntry>> SimulatedDisk::List(const std::string& path) {
  RETURN_IF_ERROR(plan_.Next(FileCall::kList));
  MutexLock lock(mutex_);
  const NodeRef node = Find(path);
  if (node == nullptr) return NoSuch(path);
  std::vector<DirEntry> entries;
  for (const auto& [name, child] : node->entries) entries.push_back({name, child->is_directory});
  return entries;
}

Status SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(plan_.Next(FileCall::kRename));
  {
    MutexLock lock(mutex_);
    const NodeRef node = Find(from);
    const auto [from_parent, from_name] = Parent(from);
    const auto [to_parent, to_name] = Parent(to);
    if (node == nullptr || to_parent == nullptr) return NoSuch(from);
    used_bytes_ += node->allocated_bytes();  // Apply() takes it off again
    Apply({{to_parent, to_name, node}, {from_parent, from_name, nullptr}});
  }
  Observe(FileCall::kRename, to);
  return Status();
}

Status SimulatedDisk::Remove(const std::string& path) {
  RETURN_IF_ERROR(plan_.Next(FileCall::kRemove));
  {
    MutexLock lock(mutex_);
    const NodeRef node = Find(path);
    if (node == nullptr || node->is_directory) return NoSuch(path);
    const auto [parent, name] = Parent(path);
    Apply({{parent, name, nullptr}});
  }
  Observe(FileCall::kRemove, path);
  return Status();
}

void SimulatedDisk::RemoveBelow(const NodeRef& directory) {
  const Entries entries = directory->entries;
  for (const auto& [name, child] : entries) {
    if (child->is_directory) RemoveBelow(child);
    Apply({{directory, name, nullptr}});
  }
}

Status SimulatedDisk::RemoveTree(const std::string& path) {
  RETURN_IF_ERROR(plan_.Next(FileCall::kRemoveTree));
  {
    MutexLock lock(mutex_);
    const NodeRef node = Find(path);
    if (node == nullptr) return Status();
    RemoveBelow(node);
    const auto [parent, name] = Parent(path);
    Apply({{parent, name, nullptr}});
  }
  Observe(FileCall::kRemoveTree, path);
  return Status();
}

// Takes along what must come before: earlier changes of the directories that a change touches.
Status SimulatedDisk::SyncDir(const std::string& path) {
  RETURN_IF_ERROR(plan_.Next(FileCall::kSyncDir));
  {
    MutexLock lock(mutex_);
    ++order_;
    const NodeRef directory = Find(path);
    if (directory == nullptr) return NoSuch(path);
    std::set<const Node*> touched = {directory.get()};
    std::vector<bool> chosen(names_.size());
    for (size_t i = names_.size(); i-- > 0;) {
      const std::vector<Edit>& edits = names_[i].edits;
      chosen[i] = std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
        return touched.contains(edit.directory.get());
      });
      if (!chosen[i]) continue;
      for (const Edit& edit : edits) touched.insert(edit.directory.get());
    }
    std::vector<NameChange> rest;
    for (size_t i = 0; i < names_.size(); ++i) {
      if (!chosen[i]) {
        rest.push_back(std::move(names_[i]));
        continue;
      }
      for (const Edit& edit : names_[i].edits) {
        edit.directory->durable_entries[edit.name] = edit.node;
        if (edit.node == nullptr) edit.directory->durable_entries.erase(edit.name);
      }
    }
    names_ = std::move(rest);
  }
  Observe(FileCall::kSyncDir, path);
  return Status();
}

bool SimulatedDisk::Exists(const std::string& path) {
  MutexLock lock(mutex_);
  return Find(path) != nullptr;
}

// Nobody else can see this disk.
Result<std::unique_ptr<DirLock>> SimulatedDisk::Lock(const std::string&) {
  return std::unique_ptr<DirLock>(std::make_unique<NoLock>());
}

class SimulatedDisk::Survivors {
 public:
  Survivors(CrashModel model, uint64_t seed, uint64_t order_end) : model_(model), random_(seed) {
    constexpr uint64_t kOdds[] = {10, 50, 90};
    odds_ = kOdds[random_.Below(3)];
    cut_ = random_.Below(order_end + 1);
  }

  bool Keeps(const NameChange& change) {
    switch (model_) {
      case CrashModel::kPrefix:
        return change.order < cut_;
      case CrashModel::kAnySubset:
        return Chance(odds_);
      default:
        return false;
    }
  }

  std::string ContentOf(const Node& node) {
    std::string content = node.durable;
    if (model_ == CrashModel::kLoseAll) return content;
    for (const Change& change : node.pending) {
      if (model_ == CrashModel::kPrefix) {
        if (change.order + 1 < cut_) ApplyChange(&content, change);
        if (change.order + 1 == cut_) Tear(&content, change);
      } else if (change.is_truncation) {
        if (Chance(odds_)) ApplyChange(&content, change);
      } else {
        const uint64_t kind = random_.Below(4);
        if (kind == 0)
          Tear(&content, change);
        else if (Chance(odds_))
          ApplyChange(&content, change);
        else if (kind == 1)
          Extend(&content, change);
      }
    }
    return content;
  }

 private:
  bool Chance(uint64_t percent) { return random_.Below(100) < percent; }

  // Some of its sectors arrive.
  void Tear(std::string* content, const Change& change) {
    if (change.is_truncation) return;
    for (size_t at = 0; at < change.data.size();) {
      const size_t in_sector =
          static_cast<size_t>(change.offset + static_cast<int64_t>(at)) % kSectorSizeBytes;
      const size_t size = std::min(kSectorSizeBytes - in_sector, change.data.size() - at);
      if (Chance(50)) {
        Write(content, change.offset + static_cast<int64_t>(at),
              std::string_view(change.data).substr(at, size));
      }
      at += size;
    }
  }

  // The length arrives, the bytes do not: zeros, noise, or what the file itself held once.
  void Extend(std::string* content, const Change& change) {
    const size_t from = content->size();
    const size_t to = static_cast<size_t>(change.offset) + change.data.size();
    if (to <= from) return;
    const std::string old = *content;
    content->resize(to);
    const uint64_t kind = random_.Below(3);
    for (size_t i = from; i < to && kind > 0; ++i) {
      const bool is_noise = kind == 1 || old.empty();
      (*content)[i] = is_noise ? static_cast<char>(random_.Next()) : old[(i - from) % old.size()];
    }
  }

  const CrashModel model_;
  SeededRandom random_;
  uint64_t odds_;
  uint64_t cut_;
};

// The page cache outlives the process: what is pending stays pending.
class SimulatedDisk::LiveCopy {
 public:
  NodeRef Of(const NodeRef& node) {
    if (node == nullptr) return nullptr;
    NodeRef& copy = copies_[node.get()];
    if (copy != nullptr) return copy;
    const NodeRef made = copy = std::make_shared<Node>(node->is_directory);
    made->content = node->content;
    made->durable = node->durable;
    made->pending = node->pending;
    made->reserved_bytes = node->reserved_bytes;
    made->entries = Of(node->entries);
    made->durable_entries = Of(node->durable_entries);
    return made;
  }
  Entries Of(const Entries& entries) {
    Entries copy;
    for (const auto& [name, node] : entries) copy.emplace(name, Of(node));
    return copy;
  }
  // The latest write, if it is the latest call of all, stops at some byte.
  void StopInWrite(uint64_t order, SeededRandom& random) {
    for (const auto& [original, node] : copies_) {
      if (node->pending.empty() || node->pending.back().order != order) continue;
      SimulatedDisk::Change& last = node->pending.back();
      if (last.is_truncation) return;
      last.data.resize(random.Below(last.data.size() + 1));
      node->content = node->durable;
      for (const SimulatedDisk::Change& change : node->pending) ApplyChange(&node->content, change);
      return;
    }
  }

 private:
  std::unordered_map<const Node*, NodeRef> copies_;
};

std::unique_ptr<SimulatedDisk> SimulatedDisk::Kill(bool in_write, uint64_t seed) const {
  auto disk = std::make_unique<SimulatedDisk>();
  LiveCopy copy;
  const NodeRef root = copy.Of(root_);
  MutexLock lock(disk->mutex_);
  for (const NameChange& change : names_) {
    NameChange& copied = disk->names_.emplace_back();
    copied.order = change.order;
    for (const Edit& edit : change.edits)
      copied.edits.push_back({copy.Of(edit.directory), edit.name, copy.Of(edit.node)});
  }
  if (in_write && order_ > 0) {
    SeededRandom random(seed);
    copy.StopInWrite(order_ - 1, random);
  }
  disk->root_ = root;
  disk->order_ = order_;
  disk->used_bytes_ = used_bytes_;
  disk->after_failed_sync_ = after_failed_sync_;
  return disk;
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::Crash(CrashModel model, uint64_t seed) const {
  MutexLock lock(mutex_);
  if (model == CrashModel::kKill || model == CrashModel::kKillInWrite)
    return Kill(model == CrashModel::kKillInWrite, seed);
  Survivors survivors(model, seed, order_);
  std::unordered_map<const Node*, Entries> changed;
  for (const NameChange& change : names_) {
    if (!survivors.Keeps(change)) continue;
    for (const Edit& edit : change.edits) {
      const auto [at, is_new] = changed.try_emplace(edit.directory.get());
      if (is_new) at->second = edit.directory->durable_entries;
      at->second[edit.name] = edit.node;
      if (edit.node == nullptr) at->second.erase(edit.name);
    }
  }
  auto disk = std::make_unique<SimulatedDisk>();
  int64_t used_bytes = 0;
  std::vector<std::pair<const Node*, Node*>> open = {{root_.get(), disk->root_.get()}};
  while (!open.empty()) {
    const auto [from, to] = open.back();
    open.pop_back();
    const auto found = changed.find(from);
    for (const auto& [name, child] :
         found == changed.end() ? from->durable_entries : found->second) {
      auto copy = std::make_shared<Node>(child->is_directory);
      if (child->is_directory) {
        open.emplace_back(child.get(), copy.get());
      } else {
        copy->content = copy->durable = survivors.ContentOf(*child);
        used_bytes += static_cast<int64_t>(copy->content.size());
      }
      to->entries.emplace(name, copy);
    }
    to->durable_entries = to->entries;
  }
  MutexLock new_lock(disk->mutex_);
  disk->used_bytes_ = used_bytes;
  disk->after_failed_sync_ = after_failed_sync_;
  return disk;
}

size_t SimulatedDisk::pending_count() const {
  MutexLock lock(mutex_);
  size_t count = names_.size();
  std::vector<const Node*> open = {root_.get()};
  while (!open.empty()) {
    const Node* const node = open.back();
    open.pop_back();
    count += node->pending.size();
    for (const auto& [name, child] : node->entries) open.push_back(child.get());
  }
  return count;
}

int64_t SimulatedDisk::FreeBytes() {
  MutexLock lock(mutex_);
  return std::max<int64_t>(capacity_bytes_ - used_bytes_, 0);
}

int64_t SimulatedDisk::used_bytes() const {
  MutexLock lock(mutex_);
  return used_bytes_;
}

std::vector<std::string> SimulatedDisk::AllFiles() const {
  MutexLock lock(mutex_);
  std::vector<std::string> files;
  std::vector<std::pair<std::string, const Node*>> open = {{"", root_.get()}};
  while (!open.empty()) {
    const auto [path, node] = open.back();
    open.pop_back();
    if (!node->is_directory) files.push_back(path);
    for (const auto& [name, child] : node->entries)
      open.emplace_back(path.empty() ? name : path + "/" + name, child.get());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string SimulatedDisk::Content(const std::string& path) const {
  MutexLock lock(mutex_);
  const NodeRef node = Find(path);
  return node == nullptr ? std::string() : node->content;
}

void SimulatedDisk::SetContent(const std::string& path, std::string content) {
  MutexLock lock(mutex_);
  NodeRef node = Find(path);
  if (node == nullptr) {
    const auto [parent, name] = Parent(path);
    CHECK(parent != nullptr);
    node = std::make_shared<Node>(false);
    parent->entries[name] = parent->durable_entries[name] = node;
  }
  node->pending.clear();
  node->content = node->durable = std::move(content);
  Mirror(*node, 0);
}

void SimulatedDisk::Erase(const std::string& path) {
  MutexLock lock(mutex_);
  const auto [parent, name] = Parent(path);
  if (parent == nullptr) return;
  parent->entries.erase(name);
  parent->durable_entries.erase(name);
}

}  // namespace odradek
