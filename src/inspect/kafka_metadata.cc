// The log of Kafka's own metadata: the newest snapshot, and the records behind it.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "inspect/file_kind.h"
#include "inspect/kafka_log_dir.h"
#include "protocol/records/compression.h"
#include "protocol/records/record.h"
#include "protocol/wire/reader.h"
#include "storage/local/file_names.h"
#include "storage/local/header_scan.h"

namespace odradek::inspect {
namespace {

constexpr std::string_view kFolder = "__cluster_metadata-0";
constexpr std::string_view kSnapshotSuffix = ".checkpoint";
constexpr uint32_t kFrameVersion = 1;
constexpr int8_t kTopicResource = 2;

// The keys of Kafka's metadata records that matter here.
enum RecordKey : uint32_t { kTopic = 2, kConfig = 4, kRemoveTopic = 9, kProducerIds = 15 };

class MetadataReplay {
 public:
  explicit MetadataReplay(Files& files) : files_(files) {}

  Result<KafkaMetadata> Run(const std::vector<DirEntry>& entries) {
    std::string newest;
    std::vector<std::string> logs;
    for (const DirEntry& entry : entries) {
      if (ParseFileName(entry.name).kind != FileKind::kLog) continue;
      if (entry.name.ends_with(kSnapshotSuffix)) newest = std::max(newest, entry.name);
      if (entry.name.ends_with(storage::kLogSuffix)) logs.push_back(entry.name);
    }
    std::sort(logs.begin(), logs.end());
    if (!newest.empty()) {
      RETURN_IF_ERROR(File(newest, 0));
      from_ = ParseFileName(newest).base_offset;
    }
    for (const std::string& log : logs) RETURN_IF_ERROR(File(log, from_));
    return std::move(found_);
  }

 private:
  // Takes in the records of batches from offset `from` on. What follows a damaged batch was never
  // committed, or Kafka would not start either.
  Status File(const std::string& name, int64_t from) {
    const std::string path = storage::JoinPath(kFolder, name);
    ASSIGN_OR_RETURN(const Ref<odradek::File> file, files_.Open(path, OpenMode::kRead));
    ASSIGN_OR_RETURN(const int64_t size, file->Size());
    storage::HeaderScan scan(*file, 0, size);
    std::string bytes;
    while (scan.Next()) {
      if (scan.batch().last_offset() < from || scan.batch().is_control()) continue;
      bytes.resize(static_cast<size_t>(scan.batch().size()));
      ASSIGN_OR_RETURN(const size_t read, file->ReadAt(scan.position(), bytes));
      const records::BatchView batch(bytes.data());
      if (read != bytes.size() || !batch.IsIntact())
        return Corrupt(path + ": damaged at byte " + std::to_string(scan.position()));
      RETURN_IF_ERROR(Batch(batch, from).Annotate(path));
    }
    return {};
  }

  Status Batch(const records::BatchView& batch, int64_t from) {
    std::string content;
    ASSIGN_OR_RETURN(const std::string_view plain, records::PlainRecords(batch, &content));
    records::RecordCursor cursor(plain);
    records::Record record;
    while (cursor.Next(&record)) {
      if (batch.base_offset() + record.offset_delta < from || !record.value.has_value()) continue;
      if (!Value(*record.value)) return Corrupt("a record of Kafka's metadata does not decode");
    }
    return cursor.ok() ? Status() : Corrupt("a malformed record");
  }

  bool Value(std::string_view value) {
    Arena arena;
    wire::Reader reader(value, arena);
    if (reader.Uvarint() != kFrameVersion) return false;
    const uint32_t key = reader.Uvarint();
    const uint32_t version = reader.Uvarint();
    if (key == kTopic) {
      const std::string name(reader.String(true));
      names_[reader.Uuid()] = name;
    } else if (key == kRemoveTopic) {
      const auto removed = names_.find(reader.Uuid());
      if (removed != names_.end()) found_.topic_configs.erase(removed->second);
    } else if (key == kConfig) {
      Config(reader);
    } else if (key == kProducerIds) {
      reader.Int32();  // broker
      reader.Int64();  // its epoch
      found_.next_producer_id = std::max(found_.next_producer_id, reader.Int64());
    }
    // Fields are only ever added behind those of version 0.
    return reader.ok() && version <= INT16_MAX;
  }

  void Config(wire::Reader& reader) {
    const int8_t type = reader.Int8();
    const std::string topic(reader.String(true));
    const std::string name(reader.String(true));
    const auto value = reader.NullableString(true, true);
    if (!reader.ok() || type != kTopicResource) return;
    metadata::ConfigMap& configs = found_.topic_configs[topic];
    if (value.has_value()) {
      configs.insert_or_assign(name, std::string(*value));
    } else {
      configs.erase(name);
    }
  }

  Files& files_;
  int64_t from_ = 0;
  std::map<Uuid, std::string> names_;
  KafkaMetadata found_;
};

}  // namespace

Result<std::optional<KafkaMetadata>> ReadKafkaMetadata(Files& files) {
  const Result<std::vector<DirEntry>> entries = files.List(std::string(kFolder));
  if (!entries.ok()) return std::optional<KafkaMetadata>();
  ASSIGN_OR_RETURN(KafkaMetadata found, MetadataReplay(files).Run(*entries));
  return std::optional(std::move(found));
}

}  // namespace odradek::inspect
