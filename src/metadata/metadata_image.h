// MetadataImage: an immutable snapshot of what the cluster knows: brokers, topics, configs, ACLs,
// SCRAM credentials.
//
// Handlers take one shared_ptr per request and read without locks. MetadataStore publishes the
// next image after each change. Thread: immutable, any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "metadata/acl.h"
#include "metadata/scram.h"

namespace odradek::metadata {

using ConfigMap = std::map<std::string, std::string, std::less<>>;

struct BrokerInfo {
  int32_t id = 0;
  std::string rack;  // empty: none
};

struct PartitionInfo {
  int32_t leader = 0;
  int32_t leader_epoch = 0;
  std::vector<int32_t> replicas;
  std::vector<int32_t> isr;
};

struct TopicInfo {
  std::string name;
  Uuid id;
  bool internal = false;
  std::vector<PartitionInfo> partitions;
  ConfigMap configs;  // overrides only
};
using TopicRef = std::shared_ptr<const TopicInfo>;

// Topics are spread over buckets that images share, so that publishing a change copies one bucket
// and a list of pointers, whatever the number of topics.
class MetadataImage {
 public:
  int64_t version() const { return version_; }
  const std::string& cluster_id() const { return cluster_id_; }
  const std::vector<BrokerInfo>& brokers() const { return brokers_; }  // by id
  int32_t controller_id() const { return brokers_.front().id; }
  bool HasBroker(int32_t id) const;

  // Null if there is no such topic.
  TopicRef FindTopic(std::string_view name) const;
  TopicRef FindTopic(const Uuid& id) const;
  // Any topic whose name differs from `name` in nothing but '.' and '_' (metrics would clash).
  TopicRef FindCollision(std::string_view name) const;
  std::vector<TopicRef> TopicsByName() const;  // sorted
  size_t topic_count() const { return topic_count_; }

  // Dynamic broker configs: of one broker, or the cluster-wide default ("" in Kafka's tools).
  const ConfigMap& BrokerConfigs(int32_t broker_id) const;
  const ConfigMap& DefaultBrokerConfigs() const { return default_broker_configs_; }
  // Dynamic configs of a group or client-metrics resource (empty if none).
  const ConfigMap& GroupConfigs(std::string_view group) const;
  const ConfigMap& ClientMetricsConfigs(std::string_view name) const;

  // Everything with configs of its own, by name.
  using ConfigsByName = std::map<std::string, ConfigMap, std::less<>>;
  const std::map<int32_t, ConfigMap>& AllBrokerConfigs() const { return broker_configs_; }
  const ConfigsByName& AllGroupConfigs() const { return group_configs_; }
  const ConfigsByName& AllClientMetricsConfigs() const { return client_metrics_configs_; }

  const AclSet& acls() const { return *acls_; }
  const ScramCredentials& scram_credentials() const { return *scram_credentials_; }

 private:
  friend class ImageBuilder;

  static constexpr size_t kBuckets = 256;
  // Sorted by name, with '.' and '_' taken as equal at first.
  struct NameBucket {
    std::vector<TopicRef> topics;
  };
  struct IdBucket {
    std::vector<TopicRef> topics;  // sorted by id
  };
  static size_t NameBucketOf(std::string_view name);
  static size_t IdBucketOf(const Uuid& id);

  int64_t version_ = 0;
  std::string cluster_id_;
  std::vector<BrokerInfo> brokers_;
  size_t topic_count_ = 0;
  std::vector<std::shared_ptr<const NameBucket>> names_;  // kBuckets entries; null: empty
  std::vector<std::shared_ptr<const IdBucket>> ids_;
  std::map<int32_t, ConfigMap> broker_configs_;
  ConfigMap default_broker_configs_;
  ConfigsByName group_configs_;
  ConfigsByName client_metrics_configs_;
  std::shared_ptr<const AclSet> acls_ = std::make_shared<AclSet>();
  std::shared_ptr<const ScramCredentials> scram_credentials_ = std::make_shared<ScramCredentials>();
};
using ImageRef = std::shared_ptr<const MetadataImage>;

}  // namespace odradek::metadata
