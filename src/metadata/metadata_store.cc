#include "metadata/metadata_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "metadata/effective_config.h"
#include "metadata/image_builder.h"
#include "metadata/log_settings.h"
#include "metadata/placement.h"
#include "storage/local/file_names.h"

namespace odradek::metadata {
namespace {

std::string_view Advice(StatusCode why) {
  if (why == StatusCode::kFull) {
    return "make room on the device that holds the data: topics can be deleted and retention "
           "shortened as long as the reserve for that lasts";
  }
  return why == StatusCode::kFatal
             ? "look after the device that holds the data, then restart: until then no topic, "
               "config, ACL or user can be changed"
             : "each command tries again";
}

// Of meta.properties, which the metadata can make again: a crash of the system may have taken it.
Status WithAdvice(const Status& why, const std::string& cluster_id, int32_t node_id) {
  if (why.code() != StatusCode::kCorrupt || cluster_id.empty()) return why;
  return Corrupt(fmt::format(
      "{}; put it back, or write one with the three lines 'version=1', 'node.id={}' (the number of "
      "the first node), and 'cluster.id={}'",
      why.message(), node_id, cluster_id));
}

}  // namespace

MetadataStore::MetadataStore(const Env& env, MetadataOptions options)
    : env_(env), options_(std::move(options)) {}

MetadataStore::~MetadataStore() = default;

Result<std::unique_ptr<MetadataStore>> MetadataStore::Open(const Env& env,
                                                           MetadataOptions options) {
  CHECK(!options.brokers.empty());
  CHECK(options.config != nullptr);
  std::sort(options.brokers.begin(), options.brokers.end(),
            [](const BrokerInfo& a, const BrokerInfo& b) { return a.id < b.id; });
  auto store = std::unique_ptr<MetadataStore>(new MetadataStore(env, std::move(options)));
  MutexLock lock(store->mutex_);
  RETURN_IF_ERROR(store->Recover());
  return store;
}

Status MetadataStore::Recover() {
  ImageBuilder replayed(nullptr);
  const auto replay = [&replayed](std::string_view entry) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Record> records, DecodeRecords(entry));
    for (const Record& record : records) RETURN_IF_ERROR(replayed.Replay(record));
    return {};
  };
  const bool is_first_start = IsFirstStart();
  if (!is_first_start) {
    // Before there is a new journal in the place of a lost one.
    if (!storage::Journal::Exists(*env_.files, options_.directory))
      RETURN_IF_ERROR(RefusePartitions());
    RETURN_IF_ERROR(OpenJournal(replay));
    if (journal_->next_sequence() == 0) RETURN_IF_ERROR(RefusePartitions());
  }
  // A block that was begun is lost: an id of it may have been handed out.
  producer_id_limit_ = std::max<int64_t>(replayed.producer_id_limit(), 0);
  producer_id_next_ = producer_id_limit_;
  replayed.SetBrokers(options_.brokers);
  const ImageRef restored = replayed.Finish(is_first_start ? 0 : journal_->next_sequence());
  Publish(restored);

  ImageBuilder builder(restored);
  RETURN_IF_ERROR(SettleClusterId(builder));
  RETURN_IF_ERROR(AdoptBrokers(builder));
  if (builder.records().empty()) return {};
  if (!is_first_start) return Commit(builder);
  unsettled_ = EncodeRecords(builder.records());
  Publish(builder.Finish(1));
  return {};
}

std::string RescueAdvice() {
  return "put the whole data directory back from a backup; without one, copy the folders of all "
         "partitions into another directory, t/0 as t-0, then run odradek import --data-dir NEW "
         "OTHER, then set configs of topics, users and ACLs again";
}

bool MetadataStore::IsFirstStart() const {
  return env_.files->is_durable() && !env_.files->Exists(std::string(kMetaPropertiesName)) &&
         !env_.files->Exists(options_.directory);
}

Status MetadataStore::OpenJournal(const storage::Journal::Replay& replay) {
  auto opened = storage::Journal::Open(*env_.files, options_.directory, replay);
  if (opened.status().code() == StatusCode::kCorrupt) {
    return Corrupt(std::string(opened.status().message()) + "; what to do: " + RescueAdvice());
  }
  ASSIGN_OR_RETURN(journal_, std::move(opened));
  return {};
}

// A topic is in the journal before any of its partitions has a folder.
Status MetadataStore::RefusePartitions() const {
  if (!env_.files->is_durable()) return {};
  ASSIGN_OR_RETURN(const std::vector<DirEntry> topics, env_.files->List(""));
  for (const DirEntry& topic : topics) {
    if (!topic.is_directory || !storage::IsLegalTopicName(topic.name)) continue;
    ASSIGN_OR_RETURN(const std::vector<DirEntry> partitions, env_.files->List(topic.name));
    for (const DirEntry& partition : partitions) {
      if (!partition.is_directory || !storage::ParsePartitionDirectory(partition.name)) continue;
      return Fatal(fmt::format(
          "{0}/ is missing or holds no record, but {1}/{2} is there: its topic would be made anew "
          "over it; what to do: {3}",
          options_.directory, topic.name, partition.name, RescueAdvice()));
    }
  }
  return {};
}

Status MetadataStore::Draft() {
  MutexLock lock(mutex_);
  if (unsettled_.empty() || journal_ != nullptr) return {};
  RETURN_IF_ERROR(DraftMetaProperties(*env_.files, properties_));
  is_drafted_ = true;
  return {};
}

Status MetadataStore::Settle() {
  MutexLock lock(mutex_);
  return EnsureSettled();
}

// meta.properties comes first: without it the next start would take the rest for somebody else's.
Status MetadataStore::EnsureSettled() {
  if (unsettled_.empty()) return {};
  if (journal_ == nullptr) {
    RETURN_IF_ERROR(WriteMetaProperties(*env_.files, properties_));
    RETURN_IF_ERROR(OpenJournal([](std::string_view) { return Corrupt("it was to be empty"); }));
  }
  RETURN_IF_ERROR(journal_->Append(unsettled_));
  unsettled_.clear();
  return {};
}

Status MetadataStore::SettleClusterId(ImageBuilder& builder) {
  const bool is_durable = env_.files->is_durable();
  std::string id = builder.image().cluster_id();
  std::optional<MetaProperties> properties;
  if (is_durable) {
    auto read = ReadMetaProperties(*env_.files);
    if (!read.ok()) return WithAdvice(read.status(), id, options_.brokers.front().id);
    properties = std::move(read).value();
  }
  const bool is_stored = properties.has_value();
  // Clients may know what a first start drafted that was killed.
  if (is_durable && journal_ == nullptr) properties = ReadMetaPropertiesDraft(*env_.files);
  if (properties && id.empty()) id = properties->cluster_id;
  if (properties && properties->cluster_id != id) {
    return Corrupt("meta.properties says cluster " + properties->cluster_id + ", the metadata " +
                   id + ": one of them is of another directory; put the right one back");
  }
  if (id.empty())
    id = options_.cluster_id.empty() ? env_.random->NewUuid().ToString() : options_.cluster_id;
  if (!options_.cluster_id.empty() && options_.cluster_id != id) {
    return Invalid("the data directory belongs to cluster " + id + ", not to " +
                   options_.cluster_id);
  }
  if (builder.image().cluster_id() != id) RETURN_IF_ERROR(builder.Add(ClusterRecord{id}));
  if (is_stored) return CheckNodeId(properties->node_id);
  if (!is_durable) return {};
  properties_.cluster_id = id;
  properties_.directory_id =
      properties ? properties->directory_id : env_.random->NewUuid().ToString();
  properties_.node_id = options_.brokers.front().id;
  return journal_ == nullptr ? Status() : WriteMetaProperties(*env_.files, properties_);
}

// Kafka refuses another one, too.
Status MetadataStore::CheckNodeId(int32_t stored) const {
  const int32_t now = options_.brokers.front().id;
  if (now == stored) return {};
  return Invalid(fmt::format(
      "meta.properties says node.id={0}, and not {1}: give node.id={0}, or, if this is to be "
      "another broker from here on, change it in meta.properties first",
      stored, now));
}

// All brokers share one store, so that any of them can take over what a missing one held.
Status MetadataStore::AdoptBrokers(ImageBuilder& builder) {
  const auto exists = [this](int32_t id) {
    return std::any_of(options_.brokers.begin(), options_.brokers.end(),
                       [id](const BrokerInfo& broker) { return broker.id == id; });
  };
  const auto is_missing = [&](int32_t id) { return !exists(id); };
  std::set<int32_t> missing;
  size_t adopted_count = 0;
  for (const TopicRef& topic : builder.image().TopicsByName()) {
    for (size_t i = 0; i < topic->partitions.size(); ++i) {
      const PartitionInfo& partition = topic->partitions[i];
      const bool fits =
          exists(partition.leader) &&
          std::none_of(partition.replicas.begin(), partition.replicas.end(), is_missing);
      if (fits) continue;
      ++adopted_count;
      std::copy_if(partition.replicas.begin(), partition.replicas.end(),
                   std::inserter(missing, missing.end()), is_missing);
      if (!exists(partition.leader)) missing.insert(partition.leader);
      PartitionInfo adopted = partition;
      std::erase_if(adopted.replicas, is_missing);
      std::erase_if(adopted.isr, is_missing);
      if (adopted.replicas.empty()) {
        adopted.replicas = PlaceReplicas(options_.brokers, 0, static_cast<int32_t>(i), 1);
      }
      if (adopted.isr.empty()) adopted.isr = {adopted.replicas.front()};
      if (!exists(adopted.leader)) {
        adopted.leader = adopted.isr.front();
        ++adopted.leader_epoch;
      }
      RETURN_IF_ERROR(
          builder.Add(PartitionsRecord{topic->id, static_cast<int32_t>(i), {std::move(adopted)}}));
    }
  }
  if (adopted_count > 0) {
    LOG_WARN(
        "no broker {} any more: {} partitions have fewer replicas or other ones from now on, also "
        "when it is back: only topics that are created then get more; no record is lost",
        fmt::join(missing, ", "), adopted_count);
  }
  return {};
}

ImageRef MetadataStore::image() const {
  MutexLock lock(image_mutex_);
  return image_;
}

void MetadataStore::Publish(ImageRef next) {
  MutexLock lock(image_mutex_);
  image_.swap(next);  // the old one goes after the lock, it may be large
}

void MetadataStore::Subscribe(Listener listener) {
  MutexLock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

// Tells who looks after the device: clients get a code that says nothing of it.
Status MetadataStore::Append(std::string_view entry, Purpose purpose) {
  Status status = TryAppend(entry);
  if (status.code() == StatusCode::kFull && purpose == Purpose::kMayMakeRoom &&
      options_.make_room()) {
    status = TryAppend(entry);
  }
  if (status.code() == StatusCode::kInvalid) return status;  // too large: no matter of the device
  if (status.ok()) {
    if (append_failures_.OnSuccess()) LOG_INFO("the metadata can be written again");
  } else if (const auto line = append_failures_.OnFailure(env_.clock->MonotonicMs())) {
    LOG_ERROR("the metadata cannot be written: {}{}; {}", status.ToString(), *line,
              Advice(status.code()));
  }
  return status;
}

Status MetadataStore::TryAppend(std::string_view entry) {
  RETURN_IF_ERROR(EnsureSettled());
  return journal_->Append(entry);
}

Status MetadataStore::Commit(ImageBuilder& builder, Purpose purpose) {
  RETURN_IF_ERROR(Append(EncodeRecords(builder.records()), purpose));
  MetadataChange change;
  change.topics = builder.TakeChangedTopics();
  change.configs_changed = builder.configs_changed();
  change.acls_changed = builder.acls_changed();
  change.before = image();
  change.after = builder.Finish(journal_->next_sequence());
  Publish(change.after);
  for (const Listener& listener : listeners_) listener(change);
  MaybeSnapshot();
  return {};
}

void MetadataStore::MaybeSnapshot() {
  if (journal_->journal_bytes() < options_.snapshot_after_bytes) return;
  const Status written = WriteSnapshot();
  if (written.ok()) {
    (void)snapshot_failures_.OnSuccess();
  } else if (const auto line = snapshot_failures_.OnFailure(env_.clock->MonotonicMs())) {
    LOG_ERROR("metadata snapshot: {}{}", written.ToString(), *line);
  }
}

Status MetadataStore::WriteSnapshot() {
  return journal_->WriteSnapshot(EncodeSnapshot(*image(), producer_id_limit_));
}

Result<int64_t> MetadataStore::NextProducerId() {
  MutexLock lock(mutex_);
  if (producer_id_next_ == producer_id_limit_) {
    if (producer_id_limit_ > INT64_MAX - kProducerIdsPerBlock)
      return Full("all producer ids were used");
    const int64_t limit = producer_id_limit_ + kProducerIdsPerBlock;
    ImageBuilder builder(image());
    RETURN_IF_ERROR(builder.Add(ProducerIdsRecord{limit}));
    RETURN_IF_ERROR(Append(EncodeRecords(builder.records()), Purpose::kAny));
    producer_id_limit_ = limit;
  }
  return producer_id_next_++;
}

int64_t MetadataStore::BrokerInt(std::string_view name) const {
  const ImageRef now = image();
  return EffectiveConfig(*now, *options_.config, now->controller_id()).BrokerInt(name);
}

double MetadataStore::BrokerDouble(std::string_view name) const {
  const ImageRef now = image();
  return EffectiveConfig(*now, *options_.config, now->controller_id()).BrokerDouble(name);
}

int64_t MetadataStore::TopicInt(const TopicInfo& topic, std::string_view name) const {
  const config::ConfigDef* def = config::FindConfig(config::Scope::kTopic, name);
  CHECK(def != nullptr);
  const ImageRef now = image();
  const auto text =
      EffectiveConfig(*now, *options_.config, now->controller_id()).ValueOf(*def, topic.configs);
  const auto value = config::ParseConfig(*def, text.value_or("-1"));
  return value.ok() ? std::get<int64_t>(*value) : -1;
}

storage::LogConfig MetadataStore::ResolveLogConfig(const TopicInfo& topic) const {
  const ImageRef now = image();
  const EffectiveConfig effective(*now, *options_.config, now->controller_id());
  std::shared_ptr<const storage::LogConfig> defaults;
  {
    MutexLock lock(image_mutex_);
    if (log_defaults_of_ == now) defaults = log_defaults_;
  }
  if (defaults == nullptr) {
    defaults = std::make_shared<const storage::LogConfig>(DefaultLogSettings(effective));
    MutexLock lock(image_mutex_);
    log_defaults_ = defaults;
    log_defaults_of_ = now;
  }
  return WithOverrides(*defaults, effective, topic.configs);
}

Status MetadataStore::Close() {
  MutexLock lock(mutex_);
  // A first start that came to nothing: nobody was told the cluster id.
  if (journal_ == nullptr && !is_drafted_) return {};
  RETURN_IF_ERROR(EnsureSettled());
  // What the journal holds is durable already: a snapshot only makes the next start faster.
  const bool is_worth_it = journal_->journal_bytes() >= options_.snapshot_at_stop_bytes;
  if (env_.files->is_durable() && is_worth_it) RETURN_IF_ERROR(WriteSnapshot());
  return journal_->Close();
}

}  // namespace odradek::metadata
