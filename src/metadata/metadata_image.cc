#include "metadata/metadata_image.h"

#include <algorithm>

#include "metadata/topic_name.h"

namespace odradek::metadata {
namespace {

const ConfigMap& NoConfigs() {
  static const ConfigMap* const kNone = new ConfigMap();
  return *kNone;
}

template <class Map, class Key>
const ConfigMap& FindIn(const Map& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? NoConfigs() : at->second;
}

}  // namespace

size_t MetadataImage::NameBucketOf(std::string_view name) {
  uint32_t hash = 2166136261;  // FNV-1a over the folded name: names that clash share a bucket
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c == '.' ? '_' : c)) * 16777619;
  }
  return (hash ^ hash >> 16) % kBuckets;
}

size_t MetadataImage::IdBucketOf(const Uuid& id) { return UuidHash()(id) % kBuckets; }

bool MetadataImage::HasBroker(int32_t id) const {
  return std::any_of(brokers_.begin(), brokers_.end(),
                     [id](const BrokerInfo& b) { return b.id == id; });
}

TopicRef MetadataImage::FindTopic(std::string_view name) const {
  const auto& bucket = names_[NameBucketOf(name)];
  if (bucket == nullptr) return nullptr;
  const auto& topics = bucket->topics;
  auto at = std::lower_bound(
      topics.begin(), topics.end(), name,
      [](const TopicRef& t, std::string_view key) { return CompareFoldingDots(t->name, key) < 0; });
  for (; at != topics.end() && CompareFoldingDots((*at)->name, name) == 0; ++at) {
    if ((*at)->name == name) return *at;
  }
  return nullptr;
}

TopicRef MetadataImage::FindCollision(std::string_view name) const {
  if (name.find_first_of("._") == std::string_view::npos) return nullptr;
  const auto& bucket = names_[NameBucketOf(name)];
  if (bucket == nullptr) return nullptr;
  const auto& topics = bucket->topics;
  const auto at = std::lower_bound(
      topics.begin(), topics.end(), name,
      [](const TopicRef& t, std::string_view key) { return CompareFoldingDots(t->name, key) < 0; });
  return at != topics.end() && CompareFoldingDots((*at)->name, name) == 0 ? *at : nullptr;
}

TopicRef MetadataImage::FindTopic(const Uuid& id) const {
  const auto& bucket = ids_[IdBucketOf(id)];
  if (bucket == nullptr) return nullptr;
  const auto& topics = bucket->topics;
  const auto at = std::lower_bound(topics.begin(), topics.end(), id,
                                   [](const TopicRef& t, const Uuid& key) { return t->id < key; });
  return at != topics.end() && (*at)->id == id ? *at : nullptr;
}

std::vector<TopicRef> MetadataImage::TopicsByName() const {
  std::vector<TopicRef> all;
  all.reserve(topic_count_);
  for (const auto& bucket : names_) {
    if (bucket != nullptr) all.insert(all.end(), bucket->topics.begin(), bucket->topics.end());
  }
  std::sort(all.begin(), all.end(),
            [](const TopicRef& a, const TopicRef& b) { return a->name < b->name; });
  return all;
}

const ConfigMap& MetadataImage::BrokerConfigs(int32_t broker_id) const {
  return FindIn(broker_configs_, broker_id);
}

const ConfigMap& MetadataImage::GroupConfigs(std::string_view group) const {
  return FindIn(group_configs_, group);
}

const ConfigMap& MetadataImage::ClientMetricsConfigs(std::string_view name) const {
  return FindIn(client_metrics_configs_, name);
}

}  // namespace odradek::metadata
