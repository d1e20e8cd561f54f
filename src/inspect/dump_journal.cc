// The metadata journal and its snapshots: frames, and the records in them.
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "inspect/dump.h"
#include "metadata/records.h"
#include "protocol/print/printer.h"
#include "storage/journal/frame.h"

namespace odradek::inspect {
namespace {

std::string NumberList(const std::vector<int32_t>& numbers) {
  std::string json;
  print::Printer printer(&json);
  printer.BeginArray();
  for (const int32_t number : numbers) printer.Int(number);
  printer.EndArray();
  return json;
}

template <class Configs>
std::string ConfigObject(const Configs& configs) {
  std::string json;
  print::Printer printer(&json);
  printer.BeginObject();
  for (const auto& [name, value] : configs) {
    printer.Key(name);
    if constexpr (std::is_same_v<Configs, metadata::ConfigMap>) {
      printer.String(value);
    } else {
      value.has_value() ? printer.String(*value) : printer.Null();
    }
  }
  printer.EndObject();
  return json;
}

class RecordRows {
 public:
  explicit RecordRows(Report& report) : report_(report) {}

  void operator()(const metadata::ClusterRecord& record) {
    report_.Put(Of("cluster").Text("clusterId", record.cluster_id));
  }
  void operator()(const metadata::TopicRecord& record) {
    const metadata::TopicInfo& topic = *record.topic;
    report_.Put(Of("topic")
                    .Text("name", topic.name)
                    .Text("topicId", topic.id.ToString())
                    .Bool("isInternal", topic.internal)
                    .Json("configs", ConfigObject(topic.configs)));
    Partitions(0, topic.partitions);
  }
  void operator()(const metadata::RemoveTopicRecord& record) {
    report_.Put(Of("removeTopic").Text("topicId", record.id.ToString()));
  }
  void operator()(const metadata::PartitionsRecord& record) {
    report_.Put(Of("partitions").Text("topicId", record.topic_id.ToString()));
    Partitions(record.first, record.partitions);
  }
  void operator()(const metadata::ConfigsRecord& record) {
    report_.Put(Of("configs")
                    .Int("resourceType", static_cast<int>(record.type))
                    .Text("name", record.name)
                    .Json("configs", ConfigObject(record.values)));
  }
  void operator()(const metadata::ProducerIdsRecord& record) {
    report_.Put(Of("producerIds").Int("limit", record.limit));
  }
  void operator()(const metadata::AclRecord& record) {
    report_.Put(Of("acl")
                    .Bool("isRemoved", record.is_removed)
                    .Int("resourceType", static_cast<int>(record.acl.resource))
                    .Int("patternType", static_cast<int>(record.acl.pattern))
                    .Text("name", record.acl.name)
                    .Text("principal", record.acl.principal)
                    .Text("host", record.acl.host)
                    .Int("operation", static_cast<int>(record.acl.operation))
                    .Int("permission", static_cast<int>(record.acl.permission)));
  }
  // Salt and keys are nobody's business.
  void operator()(const metadata::ScramRecord& record) {
    Row row = Of("scram");
    row.Bool("isRemoved", !record.credential)
        .Text("user", record.name.user)
        .Int("mechanism", static_cast<int>(record.name.mechanism));
    if (record.credential) row.Int("iterations", record.credential->iterations);
    report_.Put(row);
  }

 private:
  static Row Of(std::string_view type) {
    Row row("metadata");
    row.Indent().Text("type", type);
    return row;
  }

  void Partitions(int32_t first, const std::vector<metadata::PartitionInfo>& partitions) {
    for (const metadata::PartitionInfo& partition : partitions) {
      report_.Put(Of("partition")
                      .Int("partition", first++)
                      .Int("leader", partition.leader)
                      .Int("leaderEpoch", partition.leader_epoch)
                      .Json("replicas", NumberList(partition.replicas))
                      .Json("isr", NumberList(partition.isr)));
    }
  }

  Report& report_;
};

}  // namespace

bool IsJournalSnapshot(std::string_view content) {
  return storage::FrameReader(content).ReadHeader(storage::FileKind::kSnapshot);
}

void DumpJournalMark(std::string_view content, Report& report) {
  const std::optional<int64_t> sequence = storage::DecodeMark(content);
  if (!sequence.has_value()) return report.Problem(0, "no slot of the mark is sound");
  report.Put(Row("mark").Int("sequence", *sequence));
}

void DumpJournalTail(std::string_view content, Report& report) {
  const size_t rest = content.size() - std::min(content.size(), storage::kFrameOverheadBytes);
  if (rest == 0) return report.Problem(0, "too short to tell which entry it was to be");
  if (content.find_first_not_of('\0') == std::string_view::npos)
    return report.Problem(0, "zeros: none of the entry had been written");
  const storage::FrameClaim claim = storage::ClaimOf(content);
  report.Put(Row("entry")
                 .Int("sequence", claim.sequence)
                 .Int("position", 0)
                 .Int("size", claim.size_bytes));
  // What can be read of it all the same, for who has to make it again by hand.
  if (claim.size_bytes < 0) return report.Problem(0, "no entry has such a size");
  const auto size = static_cast<size_t>(claim.size_bytes);
  if (size > rest)
    return report.Problem(0,
                          "an incomplete entry: " + std::to_string(rest) + " bytes of it are here");
  const auto records = metadata::DecodeRecords(content.substr(storage::kFrameOverheadBytes, size));
  if (records.ok())
    for (const metadata::Record& one : *records) std::visit(RecordRows(report), one);
  std::string why = "the entry does not check out";
  if (records.ok()) why += ": the above may not be what was written";
  if (rest > size) why += "; " + std::to_string(rest - size) + " bytes are behind it";
  report.Problem(0, why);
}

void DumpJournal(std::string_view content, int64_t first, Report& report) {
  const bool is_snapshot = IsJournalSnapshot(content);
  storage::FrameReader reader(content);
  if (!reader.ReadHeader(is_snapshot ? storage::FileKind::kSnapshot : storage::FileKind::kJournal))
    return report.Problem(0, "neither a journal nor a snapshot of one");
  int64_t sequence = is_snapshot ? 0 : first;
  size_t position = reader.position();
  std::string_view record;
  bool has_end = false;
  for (; reader.Next(sequence, &record); position = reader.position()) {
    has_end = is_snapshot && reader.at_end() && storage::IsFooter(record, sequence);
    report.Put(Row(has_end ? "end" : "entry")
                   .Int("sequence", sequence++)
                   .Int("position", static_cast<int64_t>(position))
                   .Int("size", static_cast<int64_t>(record.size())));
    if (has_end) break;
    const Result<std::vector<metadata::Record>> records = metadata::DecodeRecords(record);
    if (!records.ok()) {
      report.Problem(static_cast<int64_t>(position), records.status().message());
      continue;
    }
    for (const metadata::Record& one : *records) std::visit(RecordRows(report), one);
  }
  if (!reader.at_end())
    report.Problem(static_cast<int64_t>(position), "a damaged or incomplete entry");
  if (is_snapshot && reader.at_end() && !has_end)
    report.Problem(static_cast<int64_t>(position), "the snapshot has no end");
}

}  // namespace odradek::inspect
