#include "metadata/image_builder.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "metadata/topic_name.h"

namespace odradek::metadata {
namespace {

constexpr size_t kSnapshotRecordsPerFrame = 1000;

bool NameLess(const TopicRef& a, const TopicRef& b) {
  const int order = CompareFoldingDots(a->name, b->name);
  return order != 0 ? order < 0 : a->name < b->name;
}

bool IdLess(const TopicRef& a, const TopicRef& b) { return a->id < b->id; }

template <class Less>
std::vector<TopicRef>::iterator Position(std::vector<TopicRef>& topics, const TopicRef& topic,
                                         Less less) {
  return std::lower_bound(topics.begin(), topics.end(), topic, less);
}

void SetValues(const ConfigsRecord& record, ConfigMap* configs) {
  for (const auto& [name, value] : record.values) {
    if (value) {
      configs->insert_or_assign(name, *value);
    } else {
      configs->erase(name);
    }
  }
}

// Keeps the map free of resources without configs.
template <class Map, class Key>
void SetValuesIn(const ConfigsRecord& record, const Key& key, Map* map) {
  ConfigMap& configs = (*map)[key];
  SetValues(record, &configs);
  if (configs.empty()) map->erase(key);
}

}  // namespace

ImageBuilder::ImageBuilder(const ImageRef& base)
    : next_(base == nullptr ? std::make_shared<MetadataImage>()
                            : std::make_shared<MetadataImage>(*base)) {
  next_->names_.resize(MetadataImage::kBuckets);
  next_->ids_.resize(MetadataImage::kBuckets);
}

void ImageBuilder::SetBrokers(std::vector<BrokerInfo> brokers) {
  next_->brokers_ = std::move(brokers);
}

Status ImageBuilder::Add(Record record) {
  RETURN_IF_ERROR(Replay(record));
  records_.push_back(std::move(record));
  return {};
}

Status ImageBuilder::Replay(const Record& record) {
  return std::visit([this](const auto& r) { return Apply(r); }, record);
}

ImageRef ImageBuilder::Finish(int64_t version) {
  next_->version_ = version;
  return std::move(next_);
}

std::vector<TopicRef>& ImageBuilder::NamesFor(std::string_view name) {
  const size_t index = MetadataImage::NameBucketOf(name);
  auto& slot = next_->names_[index];
  if (!owned_names_[index]) {
    owned_names_.set(index);
    slot = slot == nullptr ? std::make_shared<MetadataImage::NameBucket>()
                           : std::make_shared<MetadataImage::NameBucket>(*slot);
  }
  // Ours alone until Finish.
  return const_cast<MetadataImage::NameBucket&>(*slot).topics;
}

std::vector<TopicRef>& ImageBuilder::IdsFor(const Uuid& id) {
  const size_t index = MetadataImage::IdBucketOf(id);
  auto& slot = next_->ids_[index];
  if (!owned_ids_[index]) {
    owned_ids_.set(index);
    slot = slot == nullptr ? std::make_shared<MetadataImage::IdBucket>()
                           : std::make_shared<MetadataImage::IdBucket>(*slot);
  }
  return const_cast<MetadataImage::IdBucket&>(*slot).topics;
}

void ImageBuilder::Insert(const TopicRef& topic) {
  std::vector<TopicRef>& names = NamesFor(topic->name);
  names.insert(Position(names, topic, NameLess), topic);
  std::vector<TopicRef>& ids = IdsFor(topic->id);
  ids.insert(Position(ids, topic, IdLess), topic);
  ++next_->topic_count_;
}

void ImageBuilder::Replace(const TopicRef& topic) {
  std::vector<TopicRef>& names = NamesFor(topic->name);
  *Position(names, topic, NameLess) = topic;
  std::vector<TopicRef>& ids = IdsFor(topic->id);
  *Position(ids, topic, IdLess) = topic;
}

void ImageBuilder::Erase(const TopicInfo& topic) {
  const TopicRef key(TopicRef(), &topic);  // for the comparison alone, owns nothing
  std::vector<TopicRef>& ids = IdsFor(topic.id);
  std::vector<TopicRef>& names = NamesFor(topic.name);
  names.erase(Position(names, key, NameLess));
  ids.erase(Position(ids, key, IdLess));
  --next_->topic_count_;
}

TopicInfo* ImageBuilder::MutableTopic(const Uuid& id) {
  const auto owned = owned_topics_.find(id);
  if (owned != owned_topics_.end()) return owned->second.get();
  const TopicRef shared = next_->FindTopic(id);
  if (shared == nullptr) return nullptr;
  auto copy = std::make_shared<TopicInfo>(*shared);
  Replace(copy);
  owned_topics_.emplace(id, copy);
  return copy.get();
}

Status ImageBuilder::Apply(const ClusterRecord& record) {
  next_->cluster_id_ = record.cluster_id;
  return {};
}

Status ImageBuilder::Apply(const TopicRecord& record) {
  const TopicInfo& topic = *record.topic;
  if (!IsLegalTopicName(topic.name) || topic.id.is_zero() || topic.partitions.empty()) {
    return Corrupt("metadata: topic record without a legal name, an id and partitions");
  }
  if (next_->FindTopic(topic.name) != nullptr || next_->FindTopic(topic.id) != nullptr) {
    return Corrupt("metadata: topic " + topic.name + " is there twice");
  }
  Insert(record.topic);
  changed_.insert(topic.name);
  return {};
}

Status ImageBuilder::Apply(const RemoveTopicRecord& record) {
  const TopicRef topic = next_->FindTopic(record.id);
  if (topic == nullptr)
    return Corrupt("metadata: removal of an unknown topic " + record.id.ToString());
  Erase(*topic);
  owned_topics_.erase(record.id);
  changed_.insert(topic->name);
  return {};
}

Status ImageBuilder::Apply(const PartitionsRecord& record) {
  TopicInfo* topic = MutableTopic(record.topic_id);
  if (topic == nullptr)
    return Corrupt("metadata: partitions of an unknown topic " + record.topic_id.ToString());
  const auto first = static_cast<size_t>(record.first);
  if (record.first < 0 || first > topic->partitions.size()) {
    return Corrupt("metadata: partitions of " + topic->name + " leave a gap");
  }
  const size_t end = std::max(topic->partitions.size(), first + record.partitions.size());
  topic->partitions.resize(end);
  std::copy(record.partitions.begin(), record.partitions.end(),
            topic->partitions.begin() + static_cast<ptrdiff_t>(first));
  changed_.insert(topic->name);
  return {};
}

Status ImageBuilder::Apply(const ConfigsRecord& record) {
  switch (record.type) {
    case ResourceType::kTopic: {
      const TopicRef shared = next_->FindTopic(record.name);
      if (shared == nullptr) return Corrupt("metadata: configs of an unknown topic " + record.name);
      SetValues(record, &MutableTopic(shared->id)->configs);
      changed_.insert(record.name);
      return {};
    }
    case ResourceType::kBroker: {
      configs_changed_ = true;
      if (record.name.empty()) return SetValues(record, &next_->default_broker_configs_), Status();
      int32_t id = 0;
      const char* end = record.name.data() + record.name.size();
      if (std::from_chars(record.name.data(), end, id).ptr != end) {
        return Corrupt("metadata: configs of a broker called " + record.name);
      }
      SetValuesIn(record, id, &next_->broker_configs_);
      return {};
    }
    case ResourceType::kGroup:
      configs_changed_ = true;
      SetValuesIn(record, record.name, &next_->group_configs_);
      return {};
    case ResourceType::kClientMetrics:
      configs_changed_ = true;
      SetValuesIn(record, record.name, &next_->client_metrics_configs_);
      return {};
    case ResourceType::kBrokerLogger:
      break;
  }
  return Corrupt("metadata: configs of an unknown kind of resource");
}

Status ImageBuilder::Apply(const ProducerIdsRecord& record) {
  producer_id_limit_ = record.limit;
  return {};
}

Status ImageBuilder::Apply(const AclRecord& record) {
  if (owned_acls_ == nullptr) {
    owned_acls_ = std::make_shared<AclSet>(next_->acls());
    next_->acls_ = owned_acls_;
  }
  const bool changed = record.is_removed ? owned_acls_->erase(record.acl) > 0
                                         : owned_acls_->insert(record.acl).second;
  if (!changed) return Corrupt("metadata: an ACL is there twice, or is removed twice");
  return {};
}

Status ImageBuilder::Apply(const ScramRecord& record) {
  if (owned_scram_credentials_ == nullptr) {
    owned_scram_credentials_ = std::make_shared<ScramCredentials>(next_->scram_credentials());
    next_->scram_credentials_ = owned_scram_credentials_;
  }
  if (record.credential) {
    owned_scram_credentials_->insert_or_assign(record.name, *record.credential);
  } else if (owned_scram_credentials_->erase(record.name) == 0) {
    return Corrupt("metadata: a SCRAM credential is removed that is not there");
  }
  return {};
}

namespace {

void AddConfigs(ResourceType type, const std::string& name, const ConfigMap& configs,
                std::vector<Record>* records) {
  if (configs.empty()) return;
  ConfigsRecord record{type, name, {}};
  for (const auto& [key, value] : configs) record.values.emplace_back(key, value);
  records->emplace_back(std::move(record));
}

}  // namespace

std::vector<std::string> EncodeSnapshot(const MetadataImage& image, int64_t producer_id_limit) {
  std::vector<Record> records;
  records.emplace_back(ClusterRecord{image.cluster_id()});
  records.emplace_back(ProducerIdsRecord{producer_id_limit});
  AddConfigs(ResourceType::kBroker, "", image.DefaultBrokerConfigs(), &records);
  for (const auto& [id, configs] : image.AllBrokerConfigs()) {
    AddConfigs(ResourceType::kBroker, std::to_string(id), configs, &records);
  }
  for (const auto& [name, configs] : image.AllGroupConfigs()) {
    AddConfigs(ResourceType::kGroup, name, configs, &records);
  }
  for (const auto& [name, configs] : image.AllClientMetricsConfigs()) {
    AddConfigs(ResourceType::kClientMetrics, name, configs, &records);
  }
  std::vector<std::string> frames;
  const auto add = [&](Record record) {
    records.push_back(std::move(record));
    if (records.size() < kSnapshotRecordsPerFrame) return;
    frames.push_back(EncodeRecords(records));
    records.clear();
  };
  for (const AclBinding& acl : image.acls()) add(AclRecord{acl, false});
  for (const auto& [name, credential] : image.scram_credentials())
    add(ScramRecord{name, credential});
  for (TopicRef& topic : image.TopicsByName()) add(TopicRecord{std::move(topic)});
  frames.push_back(EncodeRecords(records));
  return frames;
}

}  // namespace odradek::metadata
