#include "broker/cluster.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/coordinator_log.h"

namespace odradek::broker {
namespace {

constexpr std::string_view kRackAwareSelector = "RackAwareReplicaSelector";
constexpr Millis kMinuteMs = 60'000;

std::vector<metadata::BrokerInfo> BrokersOf(const std::vector<Node>& nodes) {
  std::vector<metadata::BrokerInfo> brokers;
  for (const Node& node : nodes) brokers.push_back({.id = node.id(), .rack = node.rack()});
  return brokers;
}

}  // namespace

Cluster::Cluster(Env env, const config::ServerConfig& config, Options options)
    : env_(env),
      config_(config),
      nodes_(std::move(options.nodes)),
      store_(std::move(options.store)) {}

Cluster::~Cluster() {
  const Status closed = Close();
  if (!closed.ok()) LOG_ERROR("closing the cluster: {}", closed.ToString());
}

Result<std::unique_ptr<Cluster>> Cluster::Open(Env env, const config::ServerConfig& config,
                                               Options options) {
  CHECK(!options.nodes.empty());
  std::string cluster_id = std::move(options.cluster_id);
  std::unique_ptr<Cluster> cluster(new Cluster(env, config, std::move(options)));
  RETURN_IF_ERROR(cluster->Start(std::move(cluster_id)));
  return cluster;
}

Status Cluster::Start(std::string cluster_id) {
  metadata::MetadataOptions options;
  options.cluster_id = std::move(cluster_id);
  options.brokers = BrokersOf(nodes_);
  options.config = &config_;
  options.make_room = [this] { return store_->ReleaseReserve(); };
  ASSIGN_OR_RETURN(metadata_, metadata::MetadataStore::Open(env_, std::move(options)));

  rack_aware_reads_ = config_.GetString("replica.selector.class").ends_with(kRackAwareSelector);
  fetch_max_bytes_ = config_.GetInt("fetch.max.bytes");
  fetch_operations_ = std::make_unique<FetchOperationPool>(*this);
  fetch_sessions_ = std::make_unique<FetchSessionCache>(
      *env_.clock, *env_.random,
      static_cast<size_t>(config_.GetInt("max.incremental.fetch.session.cache.slots")));
  partitions_ = std::make_unique<PartitionManager>(
      env_, *store_, [this](const metadata::TopicInfo& topic) { return SettingsOf(topic); },
      [this](const Uuid& id) { return metadata_->image()->FindTopic(id) != nullptr; },
      config_.GetInt("log.retention.check.interval.ms"));
  StartCleaner();
  StartScrubber();
  coordinator_log_ = std::make_unique<CoordinatorLog>(env_, *metadata_, *partitions_);
  groups_ = std::make_unique<group::GroupCoordinator>(env_, *coordinator_log_, [this] {
    MutexLock lock(group_settings_mutex_);
    return group_settings_;
  });
  RefreshGroupSettings();
  has_authorizer_ = security::IsAuthorizerConfigured(config_);
  if (has_authorizer_) {
    ASSIGN_OR_RETURN(security::AuthorizerOptions authorizer,
                     security::AuthorizerOptionsOf(config_));
    RefreshAuthorizer(std::move(authorizer), metadata_->image()->acls());
  }
  metadata_->Subscribe(
      [this](const metadata::MetadataChange& change) { OnMetadataChange(change); });
  groups_->LoadAll();
  return {};
}

void Cluster::StartCleaner() {
  const auto settings = [this] {
    MutexLock lock(cleaner_settings_mutex_);
    return cleaner_settings_;
  };
  RefreshCleanerSettings();
  cleaner_ =
      std::make_shared<LogCleaner>(env_, settings, [this] { return partitions_->OpenCompacted(); });
  partitions_->set_on_compacted([this] { cleaner_->Wake(); });
  const std::weak_ptr<LogCleaner> cleaner = cleaner_;
  partitions_->set_on_sealed([scheduler = env_.scheduler, cleaner] {
    scheduler->Post([cleaner] {
      if (const auto found = cleaner.lock()) found->Wake();
    });
  });
}

void Cluster::RefreshCleanerSettings() {
  CleanerSettings settings;
  settings.enabled = config_.GetBool("log.cleaner.enable");
  settings.passes_max = static_cast<size_t>(metadata_->BrokerInt("log.cleaner.threads"));
  const auto share = [&](std::string_view name) {
    const auto passes = static_cast<int64_t>(std::max<size_t>(settings.passes_max, 1));
    return static_cast<size_t>(std::max<int64_t>(metadata_->BrokerInt(name), 0) / passes);
  };
  settings.limits.map_size_bytes = share("log.cleaner.dedupe.buffer.size");
  settings.limits.map_load_factor = metadata_->BrokerDouble("log.cleaner.io.buffer.load.factor");
  // Half of it is for reading, as in Kafka.
  settings.limits.buffer_size_bytes = share("log.cleaner.io.buffer.size") / 2;
  settings.bytes_per_second_max = metadata_->BrokerDouble("log.cleaner.io.max.bytes.per.second");
  settings.backoff_ms = metadata_->BrokerInt("log.cleaner.backoff.ms");
  MutexLock lock(cleaner_settings_mutex_);
  cleaner_settings_ = settings;
}

void Cluster::StartScrubber() {
  ScrubTargets targets;
  targets.topics = [this] { return metadata_->image()->TopicsByName(); };
  targets.start = [this](const metadata::TopicInfo& topic, int32_t partition) {
    return store_->StartScrub({topic.name, topic.id, partition});
  };
  targets.recheck = [this](const metadata::TopicInfo& topic, int32_t partition,
                           int64_t offset) -> Status {
    ASSIGN_OR_RETURN(const PartitionRef found, partitions_->Find(topic, partition));
    const Status status = found->log().Recheck(offset);
    return is_closing() ? Status() : status;
  };
  const auto settings = [this] {
    MutexLock lock(cleaner_settings_mutex_);
    return scrubber_settings_;
  };
  RefreshScrubberSettings();
  scrubber_ = std::make_unique<LogScrubber>(env_, settings, std::move(targets));
  scrubber_->Start();
}

void Cluster::RefreshScrubberSettings() {
  ScrubberSettings settings;
  settings.bytes_per_second_max = metadata_->BrokerInt("odradek.scrub.bytes.per.second");
  settings.interval_ms = metadata_->BrokerInt("odradek.scrub.interval.ms");
  MutexLock lock(cleaner_settings_mutex_);
  scrubber_settings_ = settings;
}

PartitionSettings Cluster::SettingsOf(const metadata::TopicInfo& topic) const {
  PartitionSettings settings;
  settings.log = metadata_->ResolveLogConfig(topic);
  settings.min_insync_replicas =
      static_cast<int32_t>(metadata_->TopicInt(topic, "min.insync.replicas"));
  return settings;
}

void Cluster::RefreshGroupSettings() {
  group::GroupConfig settings;
  settings.min_session_timeout_ms = metadata_->BrokerInt("group.min.session.timeout.ms");
  settings.max_session_timeout_ms = metadata_->BrokerInt("group.max.session.timeout.ms");
  settings.initial_rebalance_delay_ms = metadata_->BrokerInt("group.initial.rebalance.delay.ms");
  settings.max_size = static_cast<int32_t>(metadata_->BrokerInt("group.max.size"));
  settings.offset_metadata_max_bytes =
      static_cast<int32_t>(metadata_->BrokerInt("offset.metadata.max.bytes"));
  settings.offsets_retention_ms = metadata_->BrokerInt("offsets.retention.minutes") * kMinuteMs;
  settings.offsets_retention_check_interval_ms =
      metadata_->BrokerInt("offsets.retention.check.interval.ms");
  MutexLock lock(group_settings_mutex_);
  group_settings_ = settings;
}

std::shared_ptr<const security::Authorizer> Cluster::authorizer() const {
  MutexLock lock(authorizer_mutex_);
  return authorizer_;
}

void Cluster::RefreshAuthorizer(security::AuthorizerOptions options, const metadata::AclSet& acls) {
  auto next = std::make_shared<const security::Authorizer>(std::move(options), acls);
  MutexLock lock(authorizer_mutex_);
  authorizer_.swap(next);  // the old one goes after the lock
}

// Runs under the metadata store's mutex: partitions follow at once, so that a topic serves when its
// creation is answered. Groups take locks that stand above the metadata's, hence the post.
void Cluster::OnMetadataChange(const metadata::MetadataChange& change) {
  std::vector<group::DeletedTopic> deleted;
  for (const std::string& name : change.topics) {
    const metadata::TopicRef before = change.before->FindTopic(name);
    const metadata::TopicRef after = change.after->FindTopic(name);
    if (before != nullptr && (after == nullptr || after->id != before->id)) {
      partitions_->Delete(*before);
      deleted.push_back({name, before->id});
    } else if (after != nullptr) {
      partitions_->Reconfigure(*after);
    }
  }
  if (change.configs_changed) {
    RefreshGroupSettings();
    RefreshCleanerSettings();
    RefreshScrubberSettings();
    cleaner_->OnSettingsChanged();
    scrubber_->OnSettingsChanged();
    for (const metadata::TopicRef& topic : change.after->TopicsByName())
      partitions_->Reconfigure(*topic);
  }
  if (change.acls_changed && has_authorizer_)
    RefreshAuthorizer(authorizer()->options(), change.after->acls());
  if (!deleted.empty()) {
    env_.scheduler->Post(
        [this, deleted = std::move(deleted)] { groups_->OnTopicsDeleted(deleted); });
  }
}

void Cluster::StartBackgroundRecovery() {
  if (!env_.files->is_durable()) return;
  const auto open = [this](const metadata::TopicInfo& topic, int32_t partition) {
    (void)partitions_->Find(topic, partition);  // the log tells of what fails
  };
  const auto is_known = [this](const std::string& name, int32_t partition) {
    const metadata::TopicRef topic = metadata_->image()->FindTopic(name);
    return topic != nullptr && static_cast<size_t>(partition) < topic->partitions.size();
  };
  recovery_ = std::make_unique<BackgroundRecovery>(env_, *store_, open, is_known);
  const auto settle = [this] {
    const Status settled = metadata_->Settle();  // else the first command tries again
    if (!settled.ok()) LOG_ERROR("cannot write to the data directory: {}", settled.ToString());
  };
  recovery_->Start(settle, metadata_->image()->TopicsByName());
}

Node* Cluster::FindNode(int32_t id) {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(),
                                  [id](const Node& node) { return node.id() == id; });
  return found == nodes_.end() ? nullptr : &*found;
}

void Cluster::BeginClose() {
  if (closing_.exchange(true)) return;
  groups_->Stop();
  fetch_operations_->WakeAll();
}

Status Cluster::Close() {
  if (metadata_ == nullptr || groups_ == nullptr || std::exchange(closed_, true)) return {};
  BeginClose();
  store_->BeginClose();
  cleaner_->Stop();
  if (recovery_ != nullptr) recovery_->Stop();
  scrubber_->Stop();
  partitions_->CloseAll();
  const Status logs = store_->Close();
  const Status metadata = metadata_->Close();
  return logs.ok() ? metadata : logs;
}

}  // namespace odradek::broker
