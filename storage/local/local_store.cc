#include "storage/local/local_store.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "base/mutex.h"
#include "storage/local/file_names.h"
#include "storage/local/local_log.h"
#include "storage/local/store_context.h"

namespace odradek::storage {
namespace {

class LocalStore final : public LogStore {
 public:
  LocalStore(const Env& env, StoreOptions options)
      : context_(std::make_shared<StoreContext>(env, std::move(options))) {
    context_->removals->Sweep();
  }

  ~LocalStore() override {
    context_->flushes->Stop();
    context_->removals->Stop();
  }

  Result<std::shared_ptr<PartitionLog>> Open(const PartitionId& id,
                                             const LogConfig& config) override {
    if (!IsLegalTopicName(id.topic)) return Invalid("'" + id.topic + "' is no legal topic name");
    if (id.partition < 0) return Invalid("a negative partition number");
    MutexLock lock(mutex_);
    if (closed_) return Retriable("the store is closed");
    Topic& topic = topics_[id.topic];
    if (topic.name == nullptr) topic.name = std::make_shared<const std::string>(id.topic);
    const size_t partition = static_cast<size_t>(id.partition);
    if (partition < topic.logs.size() && topic.logs[partition] != nullptr) {
      if (topic.logs[partition]->topic_id() == id.topic_id) {
        return std::shared_ptr<PartitionLog>(topic.logs[partition]);
      }
      // Its predecessor of the same name goes, before anything can take its bytes for the new
      // one's.
      RETURN_IF_ERROR(Discard(*std::exchange(topic.logs[partition], nullptr)));
    }
    if (partition >= topic.logs.size()) topic.logs.resize(partition + 1);
    topic.logs[partition] =
        std::make_shared<LocalLog>(context_, topic.name, id.topic_id, id.partition, Intern(config));
    return std::shared_ptr<PartitionLog>(topic.logs[partition]);
  }

  std::vector<int32_t> StoredPartitions(const std::string& topic) override {
    std::vector<int32_t> partitions;
    const auto entries = context_->files().List(JoinPath(context_->options.directory, topic));
    if (!entries.ok()) return partitions;  // no directory, no files
    for (const DirEntry& entry : *entries) {
      const std::optional<int32_t> partition = ParsePartitionDirectory(entry.name);
      if (entry.is_directory && partition.has_value()) partitions.push_back(*partition);
    }
    return partitions;
  }

  std::vector<std::string> StrayPartitions(
      const std::function<bool(const std::string& topic)>& is_known) override {
    std::vector<std::string> strays;
    const auto entries = context_->files().List(context_->options.directory);
    if (!entries.ok()) return strays;
    for (const DirEntry& entry : *entries) {
      if (!entry.is_directory || !IsLegalTopicName(entry.name) || is_known(entry.name)) continue;
      for (const int32_t partition : StoredPartitions(entry.name))
        strays.push_back(JoinPath(entry.name, std::to_string(partition)));
    }
    return strays;
  }

  std::shared_ptr<Scrub> StartScrub(const PartitionId& id) override {
    if (!IsLegalTopicName(id.topic)) return nullptr;
    std::shared_ptr<LocalLog> log;
    {
      MutexLock lock(mutex_);
      const auto topic = topics_.find(id.topic);
      const auto partition = static_cast<size_t>(id.partition);
      if (topic != topics_.end() && partition < topic->second.logs.size())
        log = topic->second.logs[partition];
    }
    if (log == nullptr) {
      log = std::make_shared<LocalLog>(context_, std::make_shared<const std::string>(id.topic),
                                       id.topic_id, id.partition,
                                       std::make_shared<const LogConfig>());
    }
    return log->topic_id() == id.topic_id ? log->StartScrub() : nullptr;
  }

  Status Delete(const PartitionId& id) override {
    if (!IsLegalTopicName(id.topic)) return Invalid("'" + id.topic + "' is no legal topic name");
    MutexLock lock(mutex_);
    const auto topic = topics_.find(id.topic);
    if (topic != topics_.end()) {
      std::vector<std::shared_ptr<LocalLog>>& logs = topic->second.logs;
      const size_t partition = static_cast<size_t>(id.partition);
      if (partition < logs.size() && logs[partition] != nullptr) {
        if (logs[partition]->topic_id() != id.topic_id) return Status();  // its successor's by now
        RETURN_IF_ERROR(Discard(*std::exchange(logs[partition], nullptr)));
      }
      while (!logs.empty() && logs.back() == nullptr) logs.pop_back();
      if (logs.empty()) topics_.erase(topic);
    }
    const std::string topic_directory = JoinPath(context_->options.directory, id.topic);
    Files& files = context_->files();
    const std::string partition_directory = JoinPath(topic_directory, std::to_string(id.partition));
    RETURN_IF_ERROR(context_->removals->RemoveDirectory(
        partition_directory, NameOfDeleted(id.topic_id, BaseName(partition_directory)),
        context_->RemovalDelayMs(LogConfig().file_delete_delay_ms)));  // nobody has opened it
    const Result<std::vector<DirEntry>> left = files.List(topic_directory);
    return left.ok() && left->empty() ? files.RemoveTree(topic_directory) : Status();
  }

  bool ReleaseReserve() override {
    context_->removals->Hurry();
    return context_->reserve.Release();
  }

  void BeginClose() override { context_->is_closing = true; }

  Status Close() override {
    MutexLock lock(mutex_);
    closed_ = true;
    std::vector<Closing> all;
    for (auto& [name, topic] : topics_) {
      for (const std::shared_ptr<LocalLog>& log : topic.logs) {
        if (log == nullptr) continue;
        Result<CloseWork> work = log->BeginClose();
        if (!work.ok()) all.push_back({log.get(), {}, work.status()});
        if (work.ok() && work->has_mark)
          all.push_back({log.get(), std::move(work->directories), {}});
      }
    }
    EndClose(all);
    Status first;
    for (const Closing& closing : all) {
      if (closing.status.ok()) continue;
      LOG_ERROR("log {} was not closed cleanly: {}", closing.log->Directory(),
                closing.status.ToString());
      if (first.ok()) first = closing.status;
    }
    return first;
  }

 private:
  struct Topic {
    std::shared_ptr<const std::string> name;
    std::vector<std::shared_ptr<LocalLog>> logs;  // by partition
  };

  // A log on its way to a clean stop.
  struct Closing {
    LocalLog* log;
    std::vector<std::string> directories;  // with names that must be on the device before its mark
    Status status;
  };

  // Step by step for all of them: logs share directories, and a device that has taken in one name
  // has often taken in the others before it.
  void EndClose(std::vector<Closing>& all) {
    const auto each = [&](const auto& step) {
      for (Closing& closing : all)
        if (closing.status.ok()) closing.status = step(closing);
    };
    Files& files = context_->files();
    std::map<std::string, Status> synced;
    each([&](const Closing& closing) {
      for (const std::string& directory : closing.directories) {
        const auto at = synced.find(directory);
        const Status status = at != synced.end() ? at->second : files.SyncDir(directory);
        synced.emplace(directory, status);
        RETURN_IF_ERROR(status);
      }
      return Status();
    });
    each([](const Closing& closing) { return closing.log->EndClose(); });
    each([&](const Closing& closing) { return files.SyncDir(closing.log->Directory()); });
  }

  Status Discard(LocalLog& log) {
    const std::string directory = log.Directory();
    log.Discard();
    return context_->removals->RemoveDirectory(directory,
                                               NameOfDeleted(log.topic_id(), BaseName(directory)),
                                               context_->RemovalDelayMs(log.FileDeleteDelayMs()));
  }

  // Most partitions share their settings; so do the objects.
  std::shared_ptr<const LogConfig> Intern(const LogConfig& config) REQUIRES(mutex_) {
    if (last_config_ == nullptr || !(*last_config_ == config)) {
      last_config_ = std::make_shared<const LogConfig>(config);
    }
    return last_config_;
  }

  // Shared with the logs: work on its way may hold one longer than there is a store.
  const std::shared_ptr<StoreContext> context_;
  Mutex mutex_;
  bool closed_ GUARDED_BY(mutex_) = false;
  std::unordered_map<std::string, Topic> topics_ GUARDED_BY(mutex_);
  std::shared_ptr<const LogConfig> last_config_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<LogStore> MakeLocalStore(const Env& env, StoreOptions options) {
  return std::make_unique<LocalStore>(env, std::move(options));
}

}  // namespace odradek::storage
