// ImageBuilder: the only thing that changes an image. It starts from one and applies records, as a
// command issues them or as the journal replays them; what is untouched stays shared.
//
// Owner: one command or one start-up. Thread: one at a time.
#pragma once

#include <bitset>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metadata/metadata_image.h"
#include "metadata/records.h"

namespace odradek::metadata {

class ImageBuilder {
 public:
  // `base` may be null: nothing yet.
  explicit ImageBuilder(const ImageRef& base);

  // The image as it would be published now; valid until the next change.
  const MetadataImage& image() const { return *next_; }

  // Applies a record and keeps it for the journal. kCorrupt if it does not fit the image.
  Status Add(Record record);
  // Applies a record that is in the journal already.
  Status Replay(const Record& record);

  void SetBrokers(std::vector<BrokerInfo> brokers);

  const std::vector<Record>& records() const { return records_; }
  std::vector<std::string> TakeChangedTopics() { return {changed_.begin(), changed_.end()}; }
  bool configs_changed() const { return configs_changed_; }
  bool acls_changed() const { return owned_acls_ != nullptr; }
  int64_t producer_id_limit() const { return producer_id_limit_; }  // -1: no record of it

  // Ends the building; no call may follow.
  ImageRef Finish(int64_t version);

 private:
  Status Apply(const ClusterRecord& record);
  Status Apply(const TopicRecord& record);
  Status Apply(const RemoveTopicRecord& record);
  Status Apply(const PartitionsRecord& record);
  Status Apply(const ConfigsRecord& record);
  Status Apply(const ProducerIdsRecord& record);
  Status Apply(const AclRecord& record);
  Status Apply(const ScramRecord& record);

  // A copy of the topic that may be changed, made once per builder; null if there is none.
  TopicInfo* MutableTopic(const Uuid& id);
  void Insert(const TopicRef& topic);
  void Replace(const TopicRef& topic);
  void Erase(const TopicInfo& topic);
  std::vector<TopicRef>& NamesFor(std::string_view name);
  std::vector<TopicRef>& IdsFor(const Uuid& id);

  std::shared_ptr<MetadataImage> next_;
  std::bitset<MetadataImage::kBuckets> owned_names_;  // buckets that are ours alone
  std::bitset<MetadataImage::kBuckets> owned_ids_;
  std::unordered_map<Uuid, std::shared_ptr<TopicInfo>, UuidHash> owned_topics_;
  std::shared_ptr<AclSet> owned_acls_;  // null: not changed
  std::shared_ptr<ScramCredentials> owned_scram_credentials_;
  std::vector<Record> records_;
  std::set<std::string> changed_;
  bool configs_changed_ = false;
  int64_t producer_id_limit_ = -1;
};

// The records that make `image` out of nothing, in portions for a snapshot.
std::vector<std::string> EncodeSnapshot(const MetadataImage& image, int64_t producer_id_limit);

}  // namespace odradek::metadata
