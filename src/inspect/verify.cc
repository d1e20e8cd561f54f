#include "inspect/verify.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "inspect/file_kind.h"
#include "metadata/image_builder.h"
#include "metadata/records.h"
#include "storage/journal/journal.h"
#include "storage/local/file_names.h"
#include "storage/local/partition_metadata.h"

namespace odradek::inspect {
namespace {

using storage::JoinPath;

const std::string& MetadataFolder() {
  static const std::string* const kName = new std::string("metadata");
  return *kName;
}

bool IsNumber(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

class DirectoryCheck {
 public:
  DirectoryCheck(Files& files, Findings& findings) : files_(files), findings_(findings) {}

  Result<VerifyTotals> Run() {
    ASSIGN_OR_RETURN(std::vector<DirEntry> entries, files_.List(""));
    std::sort(entries.begin(), entries.end(),
              [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
    RETURN_IF_ERROR(ReadMetadata());
    for (const DirEntry& entry : entries) {
      if (!entry.is_directory || entry.name == storage::kDeletedFolderName) continue;
      std::string_view topic;
      int32_t partition = 0;
      if (ParsePartitionFolder(entry.name, &topic, &partition) && IsPartition(entry.name)) {
        RETURN_IF_ERROR(VerifyPartition(files_, entry.name, true, findings_, totals_));
        ++totals_.partitions;
      } else {
        RETURN_IF_ERROR(TopicFolder(entry.name));
      }
    }
    return totals_;
  }

 private:
  bool IsPartition(const std::string& folder) {
    return files_.Exists(JoinPath(folder, storage::kPartitionMetadataName));
  }

  // The journal is loaded as a broker would, from a copy in memory: loading cuts torn tails.
  Status ReadMetadata() {
    const Result<std::vector<DirEntry>> entries = files_.List(MetadataFolder());
    if (!entries.ok()) return {};  // Kafka's, or not ours
    const std::unique_ptr<Files> copy = MakeMemoryFiles();
    RETURN_IF_ERROR(copy->MakeDirs(MetadataFolder()));
    bool has_journal = false;
    for (const DirEntry& entry : *entries) {
      const std::string path = JoinPath(MetadataFolder(), entry.name);
      if (entry.name.ends_with(storage::kCutSuffix))
        findings_.AddHarmless(path, "was taken out of the journal by a start");
      const FileKind kind = ParseFileName(entry.name).kind;
      const bool is_journal = kind == FileKind::kJournal || kind == FileKind::kSnapshot;
      if (!is_journal && kind != FileKind::kJournalMark) continue;
      ASSIGN_OR_RETURN(const std::string content, files_.ReadAll(path));
      RETURN_IF_ERROR(copy->WriteAtomically(path, content));
      has_journal |= is_journal;
    }
    if (!has_journal) return {};
    metadata::ImageBuilder builder(nullptr);
    const auto replay = [&](std::string_view bytes) -> Status {
      ASSIGN_OR_RETURN(const std::vector<metadata::Record> records, metadata::DecodeRecords(bytes));
      for (const metadata::Record& record : records) RETURN_IF_ERROR(builder.Replay(record));
      return {};
    };
    const auto journal = storage::Journal::Open(*copy, MetadataFolder(), replay);
    if (!journal.ok()) {
      findings_.Add({.file = MetadataFolder(),
                     .severity = Severity::kDamage,
                     .acked_loss = AckedLoss::kUnknown,
                     .reason = std::string(journal.status().message())});
      return {};
    }
    if ((*journal)->cut_bytes() > 0) TellOfTail(**journal);
    image_ = builder.Finish((*journal)->next_sequence());
    return {};
  }

  void TellOfTail(const storage::Journal& journal) {
    const bool is_damage = journal.cut_may_be_a_record();
    std::string reason =
        "the last journal ends in " + std::to_string(journal.cut_bytes()) + " bytes of a record ";
    reason += is_damage ? "that does not check out" : "that was not acknowledged";
    findings_.Add({.file = MetadataFolder(),
                   .severity = is_damage ? Severity::kDamage : Severity::kHarmless,
                   .acked_loss = is_damage ? AckedLoss::kUnknown : AckedLoss::kNo,
                   .reason = std::move(reason)});
  }

  Status TopicFolder(const std::string& topic) {
    ASSIGN_OR_RETURN(std::vector<DirEntry> entries, files_.List(topic));
    std::sort(entries.begin(), entries.end(),
              [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
    for (const DirEntry& entry : entries) {
      const std::string folder = JoinPath(topic, entry.name);
      if (!entry.is_directory) continue;
      if (!storage::IsLegalTopicName(topic)) {
        findings_.AddHarmless(folder, "left by an import that was broken off");
      } else if (IsNumber(entry.name)) {
        RETURN_IF_ERROR(OurPartition(topic, folder, entry.name));
      }
    }
    return {};
  }

  Status OurPartition(const std::string& topic, const std::string& folder,
                      const std::string& number) {
    ++totals_.partitions;
    bool may_have_gaps = image_ == nullptr;
    if (image_ != nullptr) {
      const metadata::TopicRef known = image_->FindTopic(topic);
      CheckOwner(known.get(), folder, number);
      if (known != nullptr) {
        const auto policy = known->configs.find("cleanup.policy");
        may_have_gaps = known->internal || (policy != known->configs.end() &&
                                            policy->second.find("compact") != std::string::npos);
      }
    }
    return VerifyPartition(files_, folder, may_have_gaps, findings_, totals_);
  }

  void CheckOwner(const metadata::TopicInfo* topic, const std::string& folder,
                  const std::string& number) {
    const std::string path = JoinPath(folder, storage::kPartitionMetadataName);
    const Result<std::string> text = files_.ReadAll(path);
    std::string_view name;
    int32_t partition = 0;
    const std::optional<Uuid> id =
        text.ok() ? storage::ParsePartitionMetadata(*text) : std::nullopt;
    if (!id.has_value()) {
      findings_.AddHarmless(path, "holds no topic id; the folder is taken for the topic's");
    } else if (topic == nullptr || topic->id != *id) {
      findings_.AddHarmless(folder, "belongs to topic id " + id->ToString() +
                                        ", which the metadata does not know by this name");
    } else if (!ParsePartitionFolder(topic->name + "-" + number, &name, &partition) ||
               static_cast<size_t>(partition) >= topic->partitions.size()) {
      findings_.AddHarmless(folder, "the topic has no partition of this number");
    }
  }

  Files& files_;
  Findings& findings_;
  metadata::ImageRef image_;  // null: not known
  VerifyTotals totals_;
};

}  // namespace

Result<VerifyTotals> Verify(Files& files, Findings& findings) {
  return DirectoryCheck(files, findings).Run();
}

}  // namespace odradek::inspect
