#include "inspect/verify.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "inspect/file_kind.h"
#include "metadata/image_builder.h"
#include "metadata/meta_properties.h"
#include "metadata/metadata_store.h"
#include "metadata/records.h"
#include "storage/journal/journal.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/partition_metadata.h"

namespace odradek::inspect {
namespace {

using storage::JoinPath;

const std::string& MetadataFolder() {
  static const std::string* const kName = new std::string(metadata::kMetadataDirectoryName);
  return *kName;
}

bool IsNumber(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

class DirectoryCheck {
 public:
  DirectoryCheck(Files& files, const std::string& boot_id, Findings& findings)
      : files_(files), boot_id_(boot_id), findings_(findings) {}

  Result<VerifyTotals> Run() {
    ASSIGN_OR_RETURN(std::vector<DirEntry> entries, files_.List(""));
    is_marked_ = files_.Exists(std::string(metadata::kMetaPropertiesName));
    std::sort(entries.begin(), entries.end(),
              [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
    if (const Status status = ReadMetadata(); !status.ok()) {
      is_metadata_told_of_ = true;
      findings_.AddUnreadable(MetadataFolder(), status);
    }
    for (const DirEntry& entry : entries) {
      if (!entry.is_directory && entry.name == metadata::kMetaPropertiesDraftName)
        findings_.AddHarmless(entry.name, "was not finished; the next start settles it");
      if (!IsFolder(entry.name, entry) || entry.name == storage::kDeletedFolderName) continue;
      std::string_view topic;
      int32_t partition = 0;
      if (ParsePartitionFolder(entry.name, &topic, &partition) && IsPartition(entry.name)) {
        Partition(entry.name, /*may_have_gaps=*/true);
      } else if (const Status status = TopicFolder(entry.name); !status.ok()) {
        findings_.AddUnreadable(entry.name, status);
      }
    }
    CheckProperties();
    CheckMetadata();
    if (IsSomethingElse())
      return Invalid("this is no data directory: it holds no meta.properties and no partition");
    return totals_;
  }

 private:
  // A link to a folder is one for the broker, too.
  bool IsFolder(const std::string& path, const DirEntry& entry) {
    return entry.is_directory || (!entry.is_special && files_.List(path).ok());
  }

  bool IsSomethingElse() {
    const bool is_told_of = findings_.damage() > 0 || findings_.harmless() > 0;
    return !is_told_of && !has_metadata_ && totals_.partitions == 0 && !is_marked_;
  }

  // Else any folder with a number in a folder would be a partition, in any directory.
  bool HoldsDataFiles(const std::string& folder) {
    const Result<std::vector<DirEntry>> entries = files_.List(folder);
    return !entries.ok() ||
           std::any_of(entries->begin(), entries->end(), [](const DirEntry& entry) {
             const FileKind kind = ParseFileName(entry.name).kind;
             return kind != FileKind::kUnknown && kind != FileKind::kReports &&
                    entry.name != metadata::kMetaPropertiesName;  // a data directory of its own
           });
  }

  bool IsPartition(const std::string& folder) {
    return files_.Exists(JoinPath(folder, storage::kPartitionMetadataName));
  }

  void AddDamage(const std::string& file, AckedLoss acked_loss, std::string reason) {
    findings_.Add({.file = file,
                   .severity = Severity::kDamage,
                   .acked_loss = acked_loss,
                   .reason = std::move(reason)});
  }

  // Whose directory it is: without that no broker serves what is in it.
  void CheckProperties() {
    if (!has_our_partitions_ && !has_metadata_) return;  // Kafka's
    const std::string path(metadata::kMetaPropertiesName);
    const auto properties = metadata::ReadMetaProperties(files_);
    if (!properties.ok())
      return AddDamage(path, AckedLoss::kNo, std::string(properties.status().message()));
    if (!properties->has_value()) {
      return AddDamage(path, AckedLoss::kNo,
                       "is missing: no broker takes the directory for its own");
    }
    if (image_ != nullptr && !image_->cluster_id().empty() &&
        image_->cluster_id() != (*properties)->cluster_id) {
      AddDamage(
          path, AckedLoss::kNo,
          "says cluster " + (*properties)->cluster_id + ", the metadata " + image_->cluster_id());
    }
    for (const std::string& name : (*properties)->repeated)
      AddDamage(path, AckedLoss::kNo, name + " is there more than once");
  }

  // Folders of topics, and nothing that knows the topics.
  void CheckMetadata() {
    if (!has_our_partitions_ || is_metadata_told_of_ || metadata_records_ > 0) return;
    AddDamage(MetadataFolder(), AckedLoss::kYes,
              has_metadata_ ? "holds no record, and there are folders of topics: none is served"
                            : "is missing, and there are folders of topics: none is served");
  }

  // The journal is loaded as a broker would, from a copy in memory: loading cuts torn tails.
  Status ReadMetadata() {
    const Result<std::vector<DirEntry>> entries = files_.List(MetadataFolder());
    if (!entries.ok()) return {};  // Kafka's, or not ours
    has_metadata_ = true;
    const std::unique_ptr<Files> copy = MakeMemoryFiles();
    RETURN_IF_ERROR(copy->MakeDirs(MetadataFolder()));
    bool has_journal = false;
    for (const DirEntry& entry : *entries) {
      const std::string path = JoinPath(MetadataFolder(), entry.name);
      if (entry.name.ends_with(storage::kCutSuffix)) TellOfSetAside(files_, path, findings_);
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
      is_metadata_told_of_ = true;
      // A start of the copy has reported it as one of the directory would.
      const bool is_reported = copy->Exists(std::string(storage::kDamageReportsName));
      AddDamage(
          MetadataFolder(), is_reported ? AckedLoss::kYes : AckedLoss::kUnknown,
          std::string(journal.status().message()) + "; what to do: " + metadata::RescueAdvice());
      return {};
    }
    if ((*journal)->cut_bytes() > 0) TellOfTail(**journal);
    metadata_records_ = (*journal)->next_sequence();
    image_ = builder.Finish((*journal)->next_sequence());
    return {};
  }

  void TellOfTail(const storage::Journal& journal) {
    const bool is_harmless = journal.cut().acked_loss == storage::DamageReport::AckedLoss::kNo;
    findings_.Add({.file = MetadataFolder(),
                   .severity = is_harmless ? Severity::kHarmless : Severity::kDamage,
                   .acked_loss = is_harmless ? AckedLoss::kNo : AckedLoss::kUnknown,
                   .reason = "the last journal ends in " + std::to_string(journal.cut_bytes()) +
                             " bytes, which the next start cuts off: " + journal.cut().reason});
  }

  Status TopicFolder(const std::string& topic) {
    ASSIGN_OR_RETURN(std::vector<DirEntry> entries, files_.List(topic));
    std::sort(entries.begin(), entries.end(),
              [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
    for (const DirEntry& entry : entries) {
      const std::string folder = JoinPath(topic, entry.name);
      if (!IsFolder(folder, entry)) continue;
      if (!storage::IsLegalTopicName(topic)) {
        findings_.AddHarmless(folder, "left by an import that was broken off");
      } else if (IsNumber(entry.name)) {
        if (is_marked_ || has_metadata_ || HoldsDataFiles(folder))
          OurPartition(topic, folder, entry.name);
      } else if (entry.name.find(storage::kStrayMark) != std::string::npos) {
        TellOfSetAside(files_, folder, findings_);
      }
    }
    return {};
  }

  void Partition(const std::string& folder, bool may_have_gaps) {
    ++totals_.partitions;
    VerifyPartition(files_, folder, {.may_have_gaps = may_have_gaps, .boot_id = boot_id_},
                    findings_, totals_);
  }

  void OurPartition(const std::string& topic, const std::string& folder,
                    const std::string& number) {
    has_our_partitions_ = true;
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
    Partition(folder, may_have_gaps);
  }

  void CheckOwner(const metadata::TopicInfo* topic, const std::string& folder,
                  const std::string& number) {
    const Result<std::string> text =
        files_.ReadAll(JoinPath(folder, storage::kPartitionMetadataName));
    std::optional<Uuid> id = text.ok() ? storage::ParsePartitionMetadata(*text) : std::nullopt;
    const std::string checkpoint = JoinPath(folder, storage::kCheckpointName);
    const Result<std::string> content = files_.ReadAll(checkpoint);
    const std::optional<Uuid> told = IdInCheckpoint(content);
    if (!id.has_value()) id = told;
    if (!id.has_value()) return;  // VerifyPartition tells of it
    const bool is_unread = !content.ok() && content.status().code() != StatusCode::kNotFound;
    if (is_unread && (topic == nullptr || topic->id != *id))
      return findings_.AddUnreadable(checkpoint, content.status());  // a start waits for it, too
    std::string_view name;
    int32_t partition = 0;
    if (topic == nullptr || topic->id != *id) {
      AnothersFolder(topic, folder, *id, told);
    } else if (!ParsePartitionFolder(topic->name + "-" + number, &name, &partition) ||
               static_cast<size_t>(partition) >= topic->partitions.size()) {
      findings_.AddHarmless(folder, "the topic has no partition of this number");
    }
  }

  static std::optional<Uuid> IdInCheckpoint(const Result<std::string>& content) {
    if (!content.ok()) return std::nullopt;
    const auto checkpoint = storage::LogCheckpoint::Decode(*content);
    return checkpoint.has_value() ? std::optional<Uuid>(checkpoint->topic_id) : std::nullopt;
  }

  // `id`: what the folder says itself. `told`: what its checkpoint says.
  void AnothersFolder(const metadata::TopicInfo* topic, const std::string& folder, const Uuid& id,
                      const std::optional<Uuid>& told) {
    const metadata::TopicRef owner = image_->FindTopic(id);
    if (topic != nullptr && told == topic->id) {
      findings_.AddHarmless(JoinPath(folder, storage::kPartitionMetadataName),
                            "names another topic than the log; it will be written again");
    } else if (owner != nullptr) {
      AddDamage(folder, AckedLoss::kYes,
                "belongs to topic " + owner->name + ": give it the right name; it is not served");
    } else {
      // A deleted topic's that a crash has left, or one whose creation the metadata has lost.
      findings_.Add({.file = folder,
                     .acked_loss = AckedLoss::kUnknown,
                     .reason = "belongs to topic id " + id.ToString() +
                               ", which the metadata does not know; it is not served"});
    }
  }

  Files& files_;
  const std::string& boot_id_;
  Findings& findings_;
  metadata::ImageRef image_;  // null: not known
  VerifyTotals totals_;
  bool has_our_partitions_ = false;
  bool has_metadata_ = false;
  bool is_marked_ = false;            // by meta.properties
  bool is_metadata_told_of_ = false;  // that it cannot be read
  int64_t metadata_records_ = 0;
};

}  // namespace

Result<VerifyTotals> Verify(Files& files, const std::string& boot_id, Findings& findings) {
  return DirectoryCheck(files, boot_id, findings).Run();
}

}  // namespace odradek::inspect
