// MetadataStore: the one place where cluster metadata changes: topics, configs, ACLs, SCRAM
// credentials, producer ids.
//
// A command is checked in Kafka's order, its records are journalled, applied to the next image, the
// image is published and the listeners are told, all before the command returns: a created topic
// can be produced to at once. Start-up replays the same records, so both ways are one.
//
// Owner: the cluster. Thread: all calls are thread-safe; commands run one at a time under the
// store's mutex, image() never waits for them. A command may block on the journal's sync.
// Errors: per item as Kafka's codes. If the journal cannot be written, every item of the command
// fails with UNKNOWN_SERVER_ERROR, nothing has changed, and the log tells. What may make room on a
// full device, deletions of topics and changes of configs, is written once more with what is kept
// for that.
// Source: ReplicationControlManager, ConfigurationControlManager, ProducerIdControlManager,
// AclControlManager, ScramControlManager of Apache Kafka; KIP-500, KIP-516, KIP-595.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/env.h"
#include "base/failure_log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "config/server_config.h"
#include "metadata/commands.h"
#include "metadata/meta_properties.h"
#include "metadata/metadata_image.h"
#include "storage/journal/journal.h"
#include "storage/log_store.h"

namespace odradek::metadata {

class ImageBuilder;

struct MetadataOptions {
  std::string cluster_id;           // empty: the stored one, or a new one at the first start
  std::vector<BrokerInfo> brokers;  // at least one, ids unique
  // Of journal and snapshots, below the root of Env::files.
  std::string directory = std::string(kMetadataDirectoryName);
  const config::ServerConfig* config = nullptr;  // borrowed, outlives the store
  int64_t snapshot_after_bytes = 4 << 20;        // journal size that makes a snapshot worth while
  int64_t snapshot_at_stop_bytes = 64 << 10;     // and when it closes
  // The device is full, and a command that may make room wants to be written: whether there may be
  // some for it now. Called under the store's mutex: may take lower locks.
  std::function<bool()> make_room = [] { return false; };
};

// What a listener is told. `topics` holds the names of topics that were made, deleted or changed.
struct MetadataChange {
  ImageRef before;
  ImageRef after;
  std::vector<std::string> topics;
  bool configs_changed = false;  // of brokers, groups or client metrics
  bool acls_changed = false;
};

// What to do where the metadata of a data directory is lost.
std::string RescueAdvice();

class MetadataStore {
 public:
  // Called under the store's mutex: may read and take lower locks, must not issue commands.
  using Listener = std::function<void(const MetadataChange&)>;

  static Result<std::unique_ptr<MetadataStore>> Open(const Env& env, MetadataOptions options);
  ~MetadataStore();

  ImageRef image() const;
  // A first start in an empty data directory writes nothing by itself, so that nobody waits for a
  // device before the broker listens. Draft, before anybody is told the cluster id, makes that id
  // outlive a kill; the first command, Close or Settle write the rest. Any thread.
  Status Draft();
  Status Settle();
  // For the life of the store. Not told about what was there before.
  void Subscribe(Listener listener);

  // At most one answer per topic, in order. Duplicates within one call are the caller's to refuse.
  std::vector<CreatedTopic> CreateTopics(std::span<const NewTopic> topics, bool validate_only);
  std::vector<DeletedTopic> DeleteTopics(std::span<const TopicToDelete> topics);
  std::vector<Outcome> CreatePartitions(std::span<const NewPartitions> topics, bool validate_only);
  std::vector<Outcome> ChangePartitions(std::span<const PartitionChange> partitions);

  // Makes the topic with the broker's defaults, or with its own if it is internal. A topic that is
  // there already is success.
  CreatedTopic AutoCreateTopic(std::string_view name);
  // Makes all of them or, if one cannot be made, none; kInvalid says why. Producer ids below the
  // limit are not handed out from then on. `validate_only` changes nothing.
  Status ImportTopics(std::span<const ImportedTopic> topics, int64_t producer_id_limit,
                      bool validate_only);
  // __consumer_offsets, __transaction_state and __share_group_state.
  static bool IsInternalTopic(std::string_view name);

  std::vector<Outcome> IncrementalAlterConfigs(std::span<const ConfigAlteration> resources,
                                               bool validate_only);
  // Replaces the whole set of each resource (AlterConfigs).
  std::vector<Outcome> ReplaceConfigs(std::span<const ConfigAlteration> resources,
                                      bool validate_only);

  // An ACL that is there already is success.
  std::vector<Outcome> CreateAcls(std::span<const AclBinding> acls);
  // Each filter is judged by what was there before the call.
  std::vector<DeletedAcls> DeleteAcls(std::span<const AclFilter> filters);

  // One answer per user, in Kafka's order: deletions, upsertions, refusals. A user who is named
  // twice is refused.
  std::vector<AlteredUser> AlterScramCredentials(std::span<const ScramDeletion> deletions,
                                                 std::span<const ScramUpsertion> upsertions);

  // A number that no producer of this cluster has had or will have, also after a crash.
  Result<int64_t> NextProducerId();

  // Values that hold now, dynamic ones included, as the first broker sees them. Any thread, also
  // from listeners. The config is in the table and a number (CHECKed); unset ones are -1.
  int64_t BrokerInt(std::string_view name) const;
  double BrokerDouble(std::string_view name) const;
  int64_t TopicInt(const TopicInfo& topic, std::string_view name) const;
  // The settings of the topic's logs, with everything that supplies defaults. Any thread.
  storage::LogConfig ResolveLogConfig(const TopicInfo& topic) const;
  const config::ServerConfig& server_config() const { return *options_.config; }

  // Writes what a quick restart needs, if that is worth it: all is durable without. Nothing of a
  // first start that was neither drafted nor settled. After it no command may follow.
  Status Close();

  // What one request may create or change: topics, partitions, configs, ACLs and credentials
  // together.
  static constexpr size_t kRecordsPerCommandMax = 10'000;
  static constexpr int64_t kProducerIdsPerBlock = 1000;

 private:
  MetadataStore(const Env& env, MetadataOptions options);
  Status Recover() REQUIRES(mutex_);
  bool IsFirstStart() const;
  Status OpenJournal(const storage::Journal::Replay& replay) REQUIRES(mutex_);
  // Of a start that finds no record: partitions without the metadata that knows them.
  Status RefusePartitions() const;
  Status SettleClusterId(ImageBuilder& builder) REQUIRES(mutex_);
  Status CheckNodeId(int32_t stored) const;
  Status EnsureSettled() REQUIRES(mutex_);
  // Leads partitions by brokers that exist; the brokers may be others than before.
  Status AdoptBrokers(ImageBuilder& builder) REQUIRES(mutex_);
  enum class Purpose : unsigned char { kAny, kMayMakeRoom };
  // Journals what the builder recorded, publishes its image, tells the listeners.
  Status Commit(ImageBuilder& builder, Purpose purpose = Purpose::kAny) REQUIRES(mutex_);
  Status Append(std::string_view entry, Purpose purpose) REQUIRES(mutex_);
  Status TryAppend(std::string_view entry) REQUIRES(mutex_);
  void MaybeSnapshot() REQUIRES(mutex_);
  Status WriteSnapshot() REQUIRES(mutex_);
  void Publish(ImageRef next);

  Outcome CreateTopic(const NewTopic& topic, ImageBuilder& builder, TopicRef* created)
      REQUIRES(mutex_);
  Result<std::vector<PartitionInfo>> PlacePartitions(int32_t first, int32_t count,
                                                     int64_t replication_factor, size_t start) const
      REQUIRES(mutex_);
  Status ImportTopic(const ImportedTopic& topic, ImageBuilder& builder) REQUIRES(mutex_);
  CreatedTopic CreateInternalTopic(std::string_view name, ImageBuilder& builder) REQUIRES(mutex_);
  Outcome AddPartitions(const NewPartitions& topic, ImageBuilder& builder) REQUIRES(mutex_);
  Outcome AlterConfigs(const ConfigAlteration& resource, bool incremental, ImageBuilder& builder)
      REQUIRES(mutex_);
  std::vector<Outcome> AlterAll(std::span<const ConfigAlteration> resources, bool incremental,
                                bool validate_only);

  const Env env_;
  MetadataOptions options_;

  Mutex mutex_;                                                   // commands
  std::unique_ptr<storage::Journal> journal_ GUARDED_BY(mutex_);  // null until settled
  std::string unsettled_ GUARDED_BY(mutex_);      // records of a first start, not written yet
  MetaProperties properties_ GUARDED_BY(mutex_);  // to be written before them
  bool is_drafted_ GUARDED_BY(mutex_) = false;    // somebody may know the cluster id
  std::vector<Listener> listeners_ GUARDED_BY(mutex_);
  FailureLog append_failures_;
  FailureLog snapshot_failures_;
  int64_t producer_id_next_ GUARDED_BY(mutex_) = 0;
  int64_t producer_id_limit_ GUARDED_BY(mutex_) = 0;

  mutable Mutex image_mutex_;  // taken after mutex_, held for a pointer copy
  ImageRef image_ GUARDED_BY(image_mutex_);
  // Log settings of topics without configs, for the image of that version.
  mutable std::shared_ptr<const storage::LogConfig> log_defaults_ GUARDED_BY(image_mutex_);
  mutable ImageRef log_defaults_of_ GUARDED_BY(image_mutex_);
};

}  // namespace odradek::metadata
