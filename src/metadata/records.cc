#include "metadata/records.h"

#include <cstring>
#include <utility>

#include "base/varint.h"

namespace odradek::metadata {
namespace {

constexpr char kVersion = 0;  // of every record type so far

// Types on disk: the index of the variant. Never reorder, only add at the end.
static_assert(std::is_same_v<std::variant_alternative_t<0, Record>, ClusterRecord>);
static_assert(std::is_same_v<std::variant_alternative_t<5, Record>, ProducerIdsRecord>);
static_assert(std::is_same_v<std::variant_alternative_t<6, Record>, AclRecord>);
static_assert(std::is_same_v<std::variant_alternative_t<7, Record>, ScramRecord>);
static_assert(std::variant_size_v<Record> == 8);

class Output {
 public:
  void Number(int64_t value) {
    char bytes[kVarint64SizeBytesMax];
    bytes_.append(bytes, PutUvarint(bytes, ZigZag64(value)));
  }
  void Text(std::string_view text) {
    Number(static_cast<int64_t>(text.size()));
    bytes_.append(text);
  }
  void Id(const Uuid& id) {
    bytes_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  }
  void Ids(const std::vector<int32_t>& ids) {
    Number(static_cast<int64_t>(ids.size()));
    for (const int32_t id : ids) Number(id);
  }
  void Partitions(const std::vector<PartitionInfo>& partitions) {
    Number(static_cast<int64_t>(partitions.size()));
    for (const PartitionInfo& partition : partitions) {
      Number(partition.leader);
      Number(partition.leader_epoch);
      Ids(partition.replicas);
      Ids(partition.isr);
    }
  }
  void Byte(char byte) { bytes_.push_back(byte); }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Input {
 public:
  explicit Input(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return at_ != nullptr; }
  bool at_end() const { return at_ == end_; }

  int64_t Number() {
    int64_t value = 0;
    if (ok()) at_ = GetVarint64(at_, end_, &value);
    return ok() ? value : 0;
  }
  int32_t Int() {
    const int64_t value = Number();
    if (value < INT32_MIN || value > INT32_MAX) Fail();
    return static_cast<int32_t>(value);
  }
  char Byte() {
    if (!ok() || at_ == end_) return Fail(), 0;
    return *at_++;
  }
  std::string Text() {
    const size_t size = Count(1);
    std::string text(ok() ? at_ : "", size);
    if (ok()) at_ += size;
    return text;
  }
  Uuid Id() {
    Uuid id;
    if (!ok() || end_ - at_ < static_cast<ptrdiff_t>(id.bytes.size())) return Fail(), id;
    std::memcpy(id.bytes.data(), at_, id.bytes.size());
    at_ += id.bytes.size();
    return id;
  }
  std::vector<int32_t> Ids() {
    std::vector<int32_t> ids(Count(1));
    for (int32_t& id : ids) id = Int();
    return ids;
  }
  std::vector<PartitionInfo> Partitions() {
    std::vector<PartitionInfo> partitions(Count(4));
    for (PartitionInfo& partition : partitions) {
      partition.leader = Int();
      partition.leader_epoch = Int();
      partition.replicas = Ids();
      partition.isr = Ids();
    }
    return partitions;
  }
  // A count of things of at least `size` bytes each; 0 and failure if they cannot be there.
  size_t Count(int64_t size) {
    const int64_t count = Number();
    if (!ok() || count < 0 || count > (end_ - at_) / size) return Fail(), 0;
    return static_cast<size_t>(count);
  }
  void Fail() { at_ = nullptr; }

 private:
  const char* at_;
  const char* end_;
};

void Encode(const ClusterRecord& record, Output* out) { out->Text(record.cluster_id); }
void Encode(const TopicRecord& record, Output* out) {
  const TopicInfo& topic = *record.topic;
  out->Text(topic.name);
  out->Id(topic.id);
  out->Byte(topic.internal ? 1 : 0);
  out->Partitions(topic.partitions);
  out->Number(static_cast<int64_t>(topic.configs.size()));
  for (const auto& [name, value] : topic.configs) {
    out->Text(name);
    out->Text(value);
  }
}
void Encode(const RemoveTopicRecord& record, Output* out) { out->Id(record.id); }
void Encode(const PartitionsRecord& record, Output* out) {
  out->Id(record.topic_id);
  out->Number(record.first);
  out->Partitions(record.partitions);
}
void Encode(const ConfigsRecord& record, Output* out) {
  out->Byte(static_cast<char>(record.type));
  out->Text(record.name);
  out->Number(static_cast<int64_t>(record.values.size()));
  for (const auto& [name, value] : record.values) {
    out->Text(name);
    out->Byte(value ? 1 : 0);
    if (value) out->Text(*value);
  }
}
void Encode(const ProducerIdsRecord& record, Output* out) { out->Number(record.limit); }
void Encode(const AclRecord& record, Output* out) {
  out->Byte(record.is_removed ? 1 : 0);
  out->Byte(static_cast<char>(record.acl.resource));
  out->Byte(static_cast<char>(record.acl.pattern));
  out->Text(record.acl.name);
  out->Text(record.acl.principal);
  out->Text(record.acl.host);
  out->Byte(static_cast<char>(record.acl.operation));
  out->Byte(static_cast<char>(record.acl.permission));
}
void Encode(const ScramRecord& record, Output* out) {
  out->Text(record.name.user);
  out->Byte(static_cast<char>(record.name.mechanism));
  out->Byte(record.credential ? 1 : 0);
  if (!record.credential) return;
  out->Text(record.credential->salt);
  out->Text(record.credential->keys.stored_key);
  out->Text(record.credential->keys.server_key);
  out->Number(record.credential->iterations);
}

Record DecodeTopic(Input* in) {
  auto topic = std::make_shared<TopicInfo>();
  topic->name = in->Text();
  topic->id = in->Id();
  topic->internal = in->Byte() != 0;
  topic->partitions = in->Partitions();
  for (size_t i = in->Count(2); i > 0; --i) {
    std::string name = in->Text();
    topic->configs.insert_or_assign(std::move(name), in->Text());
  }
  return TopicRecord{std::move(topic)};
}

Record DecodePartitions(Input* in) {
  PartitionsRecord record;
  record.topic_id = in->Id();
  record.first = in->Int();
  record.partitions = in->Partitions();
  return record;
}

Record DecodeConfigs(Input* in) {
  ConfigsRecord record;
  record.type = static_cast<ResourceType>(in->Byte());
  record.name = in->Text();
  record.values.resize(in->Count(2));
  for (auto& [name, value] : record.values) {
    name = in->Text();
    if (in->Byte() != 0) value = in->Text();
  }
  return record;
}

Record DecodeAcl(Input* in) {
  AclRecord record;
  record.is_removed = in->Byte() != 0;
  record.acl.resource = AclResourceOf(in->Byte());
  record.acl.pattern = AclPatternOf(in->Byte());
  record.acl.name = in->Text();
  record.acl.principal = in->Text();
  record.acl.host = in->Text();
  record.acl.operation = AclOperationOf(in->Byte());
  record.acl.permission = AclPermissionOf(in->Byte());
  const bool is_legal =
      record.acl.resource > AclResource::kAny && record.acl.pattern > AclPattern::kMatch &&
      record.acl.operation > AclOperation::kAny && record.acl.permission > AclPermission::kAny;
  if (!is_legal) in->Fail();
  return record;
}

Record DecodeScram(Input* in) {
  ScramRecord record;
  record.name.user = in->Text();
  record.name.mechanism = ScramMechanismOf(in->Byte());
  if (record.name.user.empty() || record.name.mechanism == ScramMechanism::kUnknown) in->Fail();
  if (in->Byte() == 0 || !in->ok()) return record;
  ScramCredential& credential = record.credential.emplace();
  credential.salt = in->Text();
  credential.keys.stored_key = in->Text();
  credential.keys.server_key = in->Text();
  credential.iterations = in->Int();
  const size_t size = ScramKeySizeBytes(record.name.mechanism);
  const bool is_legal = credential.keys.stored_key.size() == size &&
                        credential.keys.server_key.size() == size && credential.iterations > 0;
  if (!is_legal) in->Fail();
  return record;
}

Record DecodeRecord(char type, Input* in) {
  switch (type) {
    case 0:
      return ClusterRecord{in->Text()};
    case 1:
      return DecodeTopic(in);
    case 2:
      return RemoveTopicRecord{in->Id()};
    case 3:
      return DecodePartitions(in);
    case 4:
      return DecodeConfigs(in);
    case 5:
      return ProducerIdsRecord{in->Number()};
    case 6:
      return DecodeAcl(in);
    case 7:
      return DecodeScram(in);
    default:
      in->Fail();
      return ClusterRecord{};
  }
}

}  // namespace

std::string EncodeRecords(const std::vector<Record>& records) {
  Output out;
  for (const Record& record : records) {
    out.Byte(static_cast<char>(record.index()));
    out.Byte(kVersion);
    std::visit([&](const auto& r) { Encode(r, &out); }, record);
  }
  return out.Take();
}

Result<std::vector<Record>> DecodeRecords(std::string_view bytes) {
  Input in(bytes);
  std::vector<Record> records;
  while (!in.at_end()) {
    const char type = in.Byte();
    if (const char version = in.Byte(); version != kVersion) {
      return Corrupt("metadata record of type " + std::to_string(type) + " has version " +
                     std::to_string(version) + "; a newer release wrote it");
    }
    records.push_back(DecodeRecord(type, &in));
    if (!in.ok())
      return Corrupt("metadata record of type " + std::to_string(type) + " does not decode");
  }
  return records;
}

}  // namespace odradek::metadata
