#include "app/import.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "app/data_dir.h"
#include "app/import_partition.h"
#include "app/node_plan.h"
#include "app/read_config.h"
#include "base/log.h"
#include "inspect/kafka_log_dir.h"
#include "metadata/internal_topics.h"
#include "metadata/metadata_store.h"
#include "storage/local/file_names.h"
#include "storage/local/local_store.h"
#include "storage/local/partition_metadata.h"

namespace odradek::app {
namespace {

using inspect::KafkaPartition;
using storage::JoinPath;

constexpr std::string_view kStaging = "import~";  // no topic can have this name

// Without Kafka's metadata nobody knows how long records were to be kept.
const metadata::ConfigMap& KeepEverything() {
  static const metadata::ConfigMap* const kConfigs =
      new metadata::ConfigMap{{"retention.bytes", "-1"}, {"retention.ms", "-1"}};
  return *kConfigs;
}

struct Source {
  std::unique_ptr<Files> files;
  std::string path;
};

struct Topic {
  Uuid id;
  std::map<int32_t, std::pair<const Source*, KafkaPartition>> partitions;
};

class Importer {
 public:
  Importer(const ServeOptions& options, const ImportOptions& what)
      : options_(options), what_(what) {}

  Result<std::vector<ImportedPartitionInfo>> Run() {
    if (!options_.data_dir.has_value()) return Invalid("import needs --data-dir");
    ASSIGN_OR_RETURN(config_, ReadConfig(options_));
    RETURN_IF_ERROR(FindTopics());
    RETURN_IF_ERROR(OpenTarget());
    RETURN_IF_ERROR(metadata_->ImportTopics(Commands({}), 0, /*validate_only=*/true));
    RETURN_IF_ERROR(CheckPlaces());
    WarnOfWhatIsMissing();
    RETURN_IF_ERROR(CopyAll());
    ASSIGN_OR_RETURN(const Epochs epochs, OpenCopies());
    RETURN_IF_ERROR(MoveAll());
    RETURN_IF_ERROR(
        metadata_->ImportTopics(Commands(epochs), producer_id_limit_, /*validate_only=*/false));
    RETURN_IF_ERROR(metadata_->Close());
    return std::move(imported_);
  }

 private:
  using Epochs = std::map<std::string, std::vector<int32_t>>;

  Status FindTopics() {
    for (const std::string& path : what_.directories) {
      sources_.push_back(std::make_unique<Source>(Source{MakePosixFiles(path), path}));
      RETURN_IF_ERROR(FindTopicsIn(*sources_.back()).Annotate(path));
    }
    for (const std::string& wanted : what_.topics)
      if (!topics_.contains(wanted)) return Fatal("there is no partition of topic " + wanted);
    if (topics_.empty()) {
      return Fatal(fmt::format("no folder of a partition (<topic>-<n>) was found in {}",
                               fmt::join(what_.directories, ", ")));
    }
    for (auto& [name, topic] : topics_) RETURN_IF_ERROR(FillIn(name, topic));
    return {};
  }

  // A partition of ours that was never written has no folder; one of Kafka's has.
  Status FillIn(const std::string& name, Topic& topic) {
    const bool is_ours = std::any_of(topic.partitions.begin(), topic.partitions.end(),
                                     [](const auto& one) { return one.second.second.is_ours; });
    int32_t count = topic.partitions.rbegin()->first + 1;
    // Which partition a group or a transaction is in depends on how many there are.
    if (is_ours && metadata::IsInternalTopicName(name))
      count = std::max(count, metadata::InternalTopicPartitions(name, config_));
    for (int32_t number = 0; number < count; ++number) {
      if (topic.partitions.contains(number)) continue;
      if (!is_ours) {
        return Fatal("topic " + name + ": partition " + std::to_string(number) +
                     " is missing; name the log directories of the other brokers too");
      }
      KafkaPartition empty;
      empty.topic = name;
      empty.topic_id = topic.id;
      empty.partition = number;
      topic.partitions[number] = {nullptr, std::move(empty)};
    }
    return {};
  }

  // Told of an import that can be done, not of one that is refused.
  void WarnOfWhatIsMissing() const {
    for (const auto& [name, topic] : topics_) {
      const auto missing =
          std::count_if(topic.partitions.begin(), topic.partitions.end(),
                        [](const auto& one) { return one.second.first == nullptr; });
      if (missing > 0)
        LOG_WARN("{}: {} of {} partitions have no folder and are taken to be empty", name, missing,
                 topic.partitions.size());
    }
    if (!kafka_metadata_.has_value())
      LOG_WARN(
          "no log of Kafka's metadata was found: configs of topics are not known, retention.ms and "
          "retention.bytes are set to -1, so that nothing is deleted");
  }

  // Of our own, with folders as we name them.
  static Status RefuseOurs(Files& files) {
    ASSIGN_OR_RETURN(const std::vector<DirEntry> topics, files.List(""));
    for (const DirEntry& topic : topics) {
      if (!topic.is_directory || !storage::IsLegalTopicName(topic.name)) continue;
      ASSIGN_OR_RETURN(const std::vector<DirEntry> partitions, files.List(topic.name));
      for (const DirEntry& partition : partitions) {
        if (!partition.is_directory || !storage::ParsePartitionDirectory(partition.name)) continue;
        return Fatal(
            "this is a data directory of this program already: serve it with --data-dir; "
            "if that is refused, " +
            metadata::RescueAdvice());
      }
    }
    return {};
  }

  Status FindTopicsIn(const Source& source) {
    if (!source.files->List("").ok()) return Fatal("this is no directory that can be read");
    RETURN_IF_ERROR(RefuseOurs(*source.files));
    ASSIGN_OR_RETURN(const auto partitions, inspect::ListKafkaPartitions(*source.files));
    const bool is_kafkas = std::none_of(partitions.begin(), partitions.end(),
                                        [](const KafkaPartition& found) { return found.is_ours; });
    if (is_kafkas && inspect::IsKafkaFormatted(*source.files) &&
        !inspect::WasStoppedCleanly(*source.files))
      return Fatal("Kafka still runs on this directory, or was killed; stop it cleanly first");
    for (const KafkaPartition& found : partitions) {
      if (!what_.topics.empty() &&
          std::find(what_.topics.begin(), what_.topics.end(), found.topic) == what_.topics.end()) {
        continue;
      }
      Topic& topic = topics_[found.topic];
      if (topic.partitions.empty()) topic.id = found.topic_id;
      if (topic.id != found.topic_id)
        return Fatal(found.folder + " has another topic id than other partitions of its topic");
      const auto [at, is_new] = topic.partitions.insert({found.partition, {&source, found}});
      if (!is_new)
        return Fatal(found.folder + " is also in " + at->second.first->path +
                     "; replicas need not be given, leave one of them out");
    }
    ASSIGN_OR_RETURN(auto kafka_metadata, inspect::ReadKafkaMetadata(*source.files));
    if (kafka_metadata.has_value()) kafka_metadata_ = std::move(kafka_metadata);
    return {};
  }

  Status OpenTarget() {
    ASSIGN_OR_RETURN(data_dir_, OpenDataDir(*options_.data_dir));
    ASSIGN_OR_RETURN(const std::vector<broker::Node> nodes, PlanNodes(options_, config_));
    metadata::MetadataOptions metadata_options;
    for (const broker::Node& node : nodes)
      metadata_options.brokers.push_back({.id = node.id(), .rack = node.rack()});
    metadata_options.config = &config_;
    env_.clock = &clock_;
    env_.random = &random_;
    env_.files = data_dir_.files.get();
    ASSIGN_OR_RETURN(metadata_, metadata::MetadataStore::Open(env_, std::move(metadata_options)));
    return metadata_->Settle();  // what is staged has to be in a directory of ours
  }

  // `epochs` may be empty for a first check.
  std::vector<metadata::ImportedTopic> Commands(const Epochs& epochs) const {
    std::vector<metadata::ImportedTopic> commands;
    for (const auto& [name, topic] : topics_) {
      metadata::ImportedTopic command{
          .name = name, .id = topic.id, .leader_epochs = {}, .configs = {}};
      const auto known = epochs.find(name);
      command.leader_epochs =
          known != epochs.end() ? known->second : std::vector<int32_t>(topic.partitions.size());
      if (!kafka_metadata_.has_value()) {
        command.configs = KeepEverything();
      } else if (const auto configs = kafka_metadata_->topic_configs.find(name);
                 configs != kafka_metadata_->topic_configs.end()) {
        command.configs = configs->second;
      }
      commands.push_back(std::move(command));
    }
    return commands;
  }

  // Where a topic is to stand there may be nothing but what a broken off import left.
  Status CheckPlaces() {
    for (const auto& [name, topic] : topics_) {
      if (!files().Exists(name)) continue;
      ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, files().List(name));
      for (const DirEntry& entry : entries) {
        const std::string path =
            JoinPath(JoinPath(name, entry.name), storage::kPartitionMetadataName);
        const Result<std::string> text = files().ReadAll(path);
        const auto id = text.ok() ? storage::ParsePartitionMetadata(*text) : std::nullopt;
        if (id != topic.id) {
          return Fatal(*options_.data_dir + "/" + JoinPath(name, entry.name) +
                       " is in the way and belongs to no topic; move it away");
        }
      }
      RETURN_IF_ERROR(files().RemoveTree(name));
    }
    return files().RemoveTree(std::string(kStaging));
  }

  Status CopyAll() {
    for (const auto& [name, topic] : topics_) {
      const std::string folder = JoinPath(kStaging, name);
      RETURN_IF_ERROR(files().MakeDirs(folder));
      for (const auto& [number, found] : topic.partitions) {
        const auto& [source, partition] = found;
        if (source == nullptr) {
          imported_.push_back({name, number, 0, 0, 0});
          continue;
        }
        const Result<CopiedPartition> copied = CopyPartition(
            *source->files, partition.folder, files(), JoinPath(folder, std::to_string(number)));
        if (!copied.ok()) return copied.status().Annotate(source->path);
        imported_.push_back(
            {name, number, partition.start_offset, copied->end_offset, copied->size_bytes});
        producer_id_limit_ = std::max(producer_id_limit_, copied->producer_id_max + 1);
      }
      RETURN_IF_ERROR(files().SyncDir(folder));
    }
    if (kafka_metadata_.has_value())
      producer_id_limit_ = std::max(producer_id_limit_, kafka_metadata_->next_producer_id);
    return files().SyncDir(std::string(kStaging));
  }

  // The store reads all of every copy and writes what a clean start needs. Returns the leader
  // epochs that follow.
  Result<Epochs> OpenCopies() {
    storage::StoreOptions store_options;
    store_options.directory = kStaging;
    const auto store = storage::MakeLocalStore(env_, std::move(store_options));
    Epochs epochs;
    for (ImportedPartitionInfo& imported : imported_) {
      const std::string name = imported.topic + "-" + std::to_string(imported.partition);
      const Uuid id = topics_.at(imported.topic).id;
      if (topics_.at(imported.topic).partitions.at(imported.partition).first == nullptr) {
        epochs[imported.topic].push_back(0);
        continue;
      }
      ASSIGN_OR_RETURN(const auto log, store->Open({imported.topic, id, imported.partition}, {}));
      const int32_t epoch = log->LatestEpoch();
      if (log->offsets().end != imported.end_offset) {
        return Corrupt(name + ": a batch of the last segment is damaged; the log would end at " +
                       std::to_string(log->offsets().end) + " instead of " +
                       std::to_string(imported.end_offset));
      }
      if (imported.start_offset > log->offsets().start)
        RETURN_IF_ERROR(
            log->TrimPrefix({.leader_epoch = epoch}, imported.start_offset).Annotate(name));
      imported.start_offset = log->offsets().start;
      for (const storage::ProducerInfo& producer : log->Producers())
        producer_id_limit_ = std::max(producer_id_limit_, producer.producer_id + 1);
      epochs[imported.topic].push_back(epoch + 1);
    }
    RETURN_IF_ERROR(store->Close());
    return epochs;
  }

  Status MoveAll() {
    for (const auto& [name, topic] : topics_)
      RETURN_IF_ERROR(files().Rename(JoinPath(kStaging, name), name));
    RETURN_IF_ERROR(files().SyncDir(""));
    return files().RemoveTree(std::string(kStaging));
  }

  Files& files() { return *data_dir_.files; }

  const ServeOptions& options_;
  const ImportOptions& what_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::map<std::string, Topic> topics_;
  std::optional<inspect::KafkaMetadata> kafka_metadata_;
  config::ServerConfig config_;
  DataDir data_dir_;
  SystemClock clock_;
  SystemRandom random_;
  Env env_;
  std::unique_ptr<metadata::MetadataStore> metadata_;
  std::vector<ImportedPartitionInfo> imported_;
  int64_t producer_id_limit_ = 0;
};

}  // namespace

Result<std::vector<ImportedPartitionInfo>> Import(const ServeOptions& options,
                                                  const ImportOptions& what) {
  return Importer(options, what).Run();
}

}  // namespace odradek::app
