// Cluster: everything one Kafka cluster is: id, configs, metadata, partitions, groups and its
// virtual brokers. There is no other state; a process may hold many.
//
// Owner: the application (or a test). Must outlive all requests: BeginClose() ends every wait.
// Thread: any; the parts guard themselves.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "base/mutex.h"
#include "broker/background_recovery.h"
#include "broker/fetch_operation.h"
#include "broker/fetch_session.h"
#include "broker/log_cleaner.h"
#include "broker/log_scrubber.h"
#include "broker/node.h"
#include "broker/partition_manager.h"
#include "config/server_config.h"
#include "group/group_coordinator.h"
#include "metadata/metadata_store.h"
#include "security/authorizer.h"
#include "storage/log_store.h"

namespace odradek::broker {

class CoordinatorLog;

class Cluster {
 public:
  struct Options {
    std::string cluster_id;   // empty: made, or read from the data directory
    std::vector<Node> nodes;  // at least one, ids rising
    std::unique_ptr<storage::LogStore> store;
  };

  // Borrows `env` and `config`, which must outlive the cluster.
  static Result<std::unique_ptr<Cluster>> Open(Env env, const config::ServerConfig& config,
                                               Options options);
  ~Cluster();

  const Env& env() const { return env_; }
  const config::ServerConfig& config() const { return config_; }
  metadata::MetadataStore& metadata() { return *metadata_; }
  PartitionManager& partitions() { return *partitions_; }
  group::GroupCoordinator& groups() { return *groups_; }
  FetchSessionCache& fetch_sessions() { return *fetch_sessions_; }
  FetchOperationPool& fetch_operations() { return *fetch_operations_; }

  // authorizer.class.name is set: clients may do what ACLs allow.
  bool has_authorizer() const { return has_authorizer_; }
  // By the ACLs of now; null without an authorizer.
  std::shared_ptr<const security::Authorizer> authorizer() const EXCLUDES(authorizer_mutex_);

  std::vector<Node>& nodes() { return nodes_; }
  // Null if there is no such node.
  Node* FindNode(int32_t id);

  // replica.selector.class names the rack-aware selector (KIP-392).
  bool rack_aware_reads() const { return rack_aware_reads_; }
  // fetch.max.bytes: no answer is larger, but for a single batch.
  int64_t fetch_max_bytes() const { return fetch_max_bytes_; }
  bool is_closing() const { return closing_.load(std::memory_order_acquire); }

  // Once requests are served: the rest of a start, in the background.
  void StartBackgroundRecovery();
  // Answers whatever waits, and whatever comes from now on without waiting.
  void BeginClose();
  // After BeginClose and the last answer: writes what a clean restart needs. No request may follow.
  Status Close();

 private:
  Cluster(Env env, const config::ServerConfig& config, Options options);
  Status Start(std::string cluster_id);
  PartitionSettings SettingsOf(const metadata::TopicInfo& topic) const;
  void StartCleaner();
  void StartScrubber();
  void RefreshScrubberSettings() EXCLUDES(cleaner_settings_mutex_);
  void RefreshCleanerSettings() EXCLUDES(cleaner_settings_mutex_);
  // Operations of groups are many and changes of configs few: the resolved values are kept.
  void RefreshGroupSettings() EXCLUDES(group_settings_mutex_);
  void RefreshAuthorizer(security::AuthorizerOptions options, const metadata::AclSet& acls)
      EXCLUDES(authorizer_mutex_);
  void OnMetadataChange(const metadata::MetadataChange& change);

  const Env env_;
  const config::ServerConfig& config_;
  std::vector<Node> nodes_;
  std::unique_ptr<storage::LogStore> store_;
  std::unique_ptr<metadata::MetadataStore> metadata_;
  std::unique_ptr<PartitionManager> partitions_;
  std::shared_ptr<LogCleaner> cleaner_;
  std::unique_ptr<BackgroundRecovery> recovery_;
  std::unique_ptr<LogScrubber> scrubber_;
  std::unique_ptr<CoordinatorLog> coordinator_log_;
  std::unique_ptr<group::GroupCoordinator> groups_;
  std::unique_ptr<FetchSessionCache> fetch_sessions_;
  std::unique_ptr<FetchOperationPool> fetch_operations_;
  Mutex cleaner_settings_mutex_;  // leaf
  CleanerSettings cleaner_settings_ GUARDED_BY(cleaner_settings_mutex_);
  ScrubberSettings scrubber_settings_ GUARDED_BY(cleaner_settings_mutex_);
  Mutex group_settings_mutex_;  // leaf
  group::GroupConfig group_settings_ GUARDED_BY(group_settings_mutex_);
  mutable Mutex authorizer_mutex_;  // leaf, held for a pointer copy
  std::shared_ptr<const security::Authorizer> authorizer_ GUARDED_BY(authorizer_mutex_);
  bool has_authorizer_ = false;
  bool rack_aware_reads_ = false;
  int64_t fetch_max_bytes_ = 0;
  std::atomic<bool> closing_{false};
  bool closed_ = false;
};

}  // namespace odradek::broker
