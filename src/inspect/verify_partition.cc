// One partition: its segments batch by batch, and how they join.
#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "inspect/verify.h"
#include "inspect/verify_sidecars.h"
#include "protocol/records/compression.h"
#include "protocol/records/record.h"
#include "storage/local/batch_walk.h"
#include "storage/local/content_crc.h"
#include "storage/local/file_names.h"
#include "storage/local/footer_checkpoint.h"
#include "storage/local/foreign_log.h"
#include "storage/local/header_scan.h"
#include "storage/local/index_files.h"
#include "storage/local/log_checkpoint.h"
#include "storage/local/log_tail.h"
#include "storage/local/partition_metadata.h"
#include "storage/local/vouched.h"

namespace odradek::inspect {
namespace {

using records::BatchView;
using storage::JoinPath;

constexpr std::string_view kNoBatch = "no batch begins where one should";

class PartitionCheck {
 public:
  PartitionCheck(Files& files, const std::string& folder, const PartitionFacts& facts,
                 Findings& findings, VerifyTotals& totals)
      : files_(files), folder_(folder), facts_(facts), findings_(findings), totals_(totals) {}

  void Run() {
    const Result<std::vector<DirEntry>> entries = files_.List(folder_);
    if (!entries.ok()) return findings_.AddUnreadable(folder_, entries.status());
    for (const DirEntry& entry : *entries)
      if (const auto base = storage::ParseOffsetFileName(entry.name, storage::kLogSuffix))
        bases_.push_back(*base);
    std::sort(bases_.begin(), bases_.end());
    ReadOwner(*entries);
    vouched_ = storage::Vouched(checkpoint_.has_value() ? &*checkpoint_ : nullptr, facts_.boot_id);
    for (size_t i = 0; i < bases_.size(); ++i) {
      const Status status = Segment(bases_[i], i + 1 < bases_.size() ? bases_[i + 1] : -1);
      if (status.ok()) continue;
      findings_.AddUnreadable(SegmentPath(bases_[i], storage::kLogSuffix), status);
      next_ = -1;  // what it holds is not known
    }
    CheckMissing();
    for (const DirEntry& entry : *entries) VerifyBeside(files_, folder_, entry, findings_);
  }

 private:
  std::string PathOf(std::string_view name) const { return JoinPath(folder_, name); }
  std::string SegmentPath(int64_t base, std::string_view suffix) const {
    return PathOf(storage::OffsetFileName(base, suffix));
  }

  // By both files that tell it. One that is there and cannot be read may tell something.
  void ReadOwner(const std::vector<DirEntry>& entries) {
    const std::string metadata_path = PathOf(storage::kPartitionMetadataName);
    const std::string path = PathOf(storage::kCheckpointName);
    const Result<std::string> metadata = files_.ReadAll(metadata_path);
    const Result<std::string> told = files_.ReadAll(path);
    const bool is_missing = told.status().code() == StatusCode::kNotFound;
    std::optional<Uuid> id;
    if (metadata.ok()) id = storage::ParsePartitionMetadata(*metadata);
    if (told.ok()) checkpoint_ = storage::LogCheckpoint::Decode(*told);
    if (!metadata.ok() && metadata.status().code() != StatusCode::kNotFound) {
      findings_.AddUnreadable(metadata_path, metadata.status());
    } else if (!id.has_value() && checkpoint_.has_value()) {
      findings_.AddHarmless(metadata_path, "holds no topic id; the checkpoint tells it");
    } else if (!id.has_value() && !told.ok() && !is_missing) {
      return findings_.AddUnreadable(path, told.status());
    } else if (!id.has_value()) {
      if (IsNobodys(entries)) return;
      findings_.AddHarmless(metadata_path,
                            "holds no topic id; the folder is taken for the topic's");
    }
    if (checkpoint_.has_value()) return CheckOwner(path, id.value_or(checkpoint_->topic_id));
    const std::string why = told.ok() ? "damaged" : is_missing ? "is gone" : "cannot be read";
    if (!is_missing ||
        HasFooters(entries))  // Kafka's logs, and those that crashed early, have none
      findings_.AddHarmless(path, why + "; the log will be read from its first batch on");
    if (id.has_value()) AskFooters(*id);
  }

  static bool HasFooters(const std::vector<DirEntry>& entries) {
    return std::any_of(entries.begin(), entries.end(), [](const DirEntry& entry) {
      return storage::ParseOffsetFileName(entry.name, storage::kFooterSuffix).has_value();
    });
  }

  // A sealed segment is the log up to its end, whoever has lost the checkpoint.
  void AskFooters(const Uuid& topic_id) {
    Result<std::optional<storage::LogCheckpoint>> told =
        storage::CheckpointByFooters(files_, folder_, topic_id, bases_);
    if (!told.ok()) return findings_.AddUnreadable(folder_, told.status());
    checkpoint_ = std::move(*told);
  }

  // Where neither file tells it. With nothing in the log there is nothing to lose.
  bool IsNobodys(const std::vector<DirEntry>& entries) {
    const Result<bool> holds_bytes = storage::HoldsBytes(files_, folder_, entries);
    if (!holds_bytes.ok()) {
      findings_.AddUnreadable(folder_, holds_bytes.status());
    } else if (*holds_bytes) {
      findings_.Add({.file = folder_,
                     .severity = Severity::kDamage,
                     .acked_loss = AckedLoss::kUnknown,
                     .reason = "nothing tells whose log it is; no import takes it, and a start "
                               "with power sets it aside"});
    }
    return !holds_bytes.ok() || *holds_bytes;
  }

  // By the checkpoint and the content of the segments: a topic id may be wrong in its own file.
  void CheckOwner(const std::string& path, const Uuid& topic_id) {
    if (storage::IsOfFolder(*checkpoint_, folder_, topic_id)) return;
    const Result<bool> is_log_of = storage::HoldsLogOf(files_, folder_, topic_id, *checkpoint_);
    if (!is_log_of.ok()) {
      findings_.AddUnreadable(folder_, is_log_of.status());
    } else if (!*is_log_of) {
      findings_.AddHarmless(path,
                            "is another partition's; the log will be read from its first batch on");
      AskFooters(topic_id);
    } else if (checkpoint_->partition != storage::BaseName(folder_)) {
      findings_.Add(
          {.file = folder_,
           .severity = Severity::kDamage,
           .acked_loss = AckedLoss::kYes,
           .reason = "holds the log of " +
                     storage::NameOfDeleted(checkpoint_->topic_id, checkpoint_->partition) +
                     ": give it the right name; it is not served"});
    }
  }

  // `next_base`: of the next segment; -1: it is the last.
  Status Segment(int64_t base, int64_t next_base) {
    const std::string path = SegmentPath(base, storage::kLogSuffix);
    ASSIGN_OR_RETURN(const Ref<File> file, files_.Open(path, OpenMode::kRead));
    ASSIGN_OR_RETURN(const int64_t size, file->Size());
    char first = 0;  // a folder or a pipe can be opened
    RETURN_IF_ERROR(file->ReadAt(0, std::span(&first, 1)).status());
    CheckJoin(path, base);
    next_ = std::max(next_, base);
    places_.clear();
    damage_.clear();
    ASSIGN_OR_RETURN(const int64_t end, Walk(path, base, next_base, *file, size));
    if (end < size) RETURN_IF_ERROR(Rest(path, base, next_base, *file, end, size));
    CheckSummary(path, base, size);
    RETURN_IF_ERROR(CheckContent(path, base, *file, size));
    ++totals_.segments;
    totals_.bytes += size;
    const SegmentContent content{base, std::max(next_, base), places_, damage_};
    const int64_t told = findings_.harmless();
    VerifyIndexes(files_, folder_, content, findings_);
    if (findings_.harmless() == told) CheckIndexes(base);
    return {};
  }

  // What fits the segment may still be another than was written with it.
  void CheckIndexes(int64_t base) {
    const storage::SegmentSummary* const known = VouchedSummary(base);
    if (known == nullptr || known->index_crc == 0) return;
    size_t read = 0;
    const std::optional<uint32_t> crc = storage::IndexCrc(files_, folder_, base, &read);
    if (crc.has_value() && *crc != known->index_crc)
      findings_.AddHarmless(SegmentPath(base, storage::kTimeIndexSuffix),
                            "not what was written with the segment; it will be made again");
  }

  // All batches, and what is between them, as the broker tells them apart. Returns where the last
  // of both ends.
  Result<int64_t> Walk(const std::string& path, int64_t base, int64_t next_base, const File& file,
                       int64_t size) {
    storage::WalkVisitor visitor;
    visitor.on_batch = [&](const BatchView& batch, int64_t at) { Batch(path, base, at, batch); };
    Status told;
    visitor.on_damage = [&](const storage::DamagedRange& range) {
      if (told.ok()) told = AddDamage(path, base, file, range);
    };
    storage::WalkRequest request{.first_offset = base, .contiguous = IsContiguous(base)};
    // Without gaps an offset that is too large is found where it stands.
    if (!request.contiguous) request.offset_limit = OffsetLimit(base, next_base, size);
    for (const storage::DamagedRange& known : KnownDamage(base)) {
      request.to = std::min(known.from_position, size);
      request.end_offset = known.from_offset;
      RETURN_IF_ERROR(storage::WalkBatches(file, request, visitor).status());
      ASSIGN_OR_RETURN(Headers headers, ReadHeaders(file, known.from_position, known.to_position));
      TellOfKnown(path, known, std::move(headers.producers));
      damage_.push_back(known);
      request.from = std::max(request.from, std::min(known.to_position, size));
      request.first_offset = std::max(request.first_offset, known.to_offset);
    }
    request.to =
        vouched_.KnowsEndOf(base) ? std::min(size, checkpoint_->Find(base)->size_bytes) : size;
    request.end_offset = -1;
    request.pass_over_before = 0;  // what no batch follows is looked at by itself
    // Also where a start cuts at the first damage: the batches behind it say how little it is.
    request.torn_at_end_only = true;
    ASSIGN_OR_RETURN(const storage::WalkResult walked,
                     storage::WalkBatches(file, request, visitor));
    RETURN_IF_ERROR(told);
    return walked.end_position;
  }

  // Whether the batches of a segment follow each other without gaps, which compaction leaves.
  bool IsContiguous(int64_t base) const {
    const storage::SegmentSummary* const known = Summary(base);
    if (known == nullptr)
      return !facts_.may_have_gaps && (!checkpoint_.has_value() || checkpoint_->swapped_to <= base);
    int64_t count = known->record_count;
    for (const storage::DamagedRange& range : KnownDamage(base))
      count += range.to_offset - range.from_offset;
    return count == known->next_offset - known->base_offset;
  }

  int64_t OffsetLimit(int64_t base, int64_t next_base, int64_t size) const {
    const storage::SegmentSummary* const known = Summary(base);
    if (known != nullptr && size <= known->size_bytes) return known->next_offset;
    return next_base >= 0 ? next_base : INT64_MAX;
  }

  void CheckJoin(const std::string& path, int64_t base) {
    if (next_ < 0 || base == next_) return;
    const bool is_gap = base > next_;
    const bool was_cleaned = checkpoint_.has_value() && checkpoint_->swapped_to >= base;
    if (is_gap && (facts_.may_have_gaps || was_cleaned)) return;
    findings_.Add({.file = path,
                   .severity = Severity::kDamage,
                   .acked_loss = is_gap ? AckedLoss::kYes : AckedLoss::kUnknown,
                   .reason = is_gap ? "records are missing before this segment"
                                    : "begins before the end of the segment before it",
                   .from_offset = std::min(next_, base),
                   .to_offset = std::max(next_, base)});
  }

  // One that the walk takes for good.
  void Batch(const std::string& path, int64_t base, int64_t position, const BatchView& batch) {
    if (std::string reason = WhyUnreadable(path, batch); !reason.empty()) {
      const storage::DamagedRange range{position, position + batch.size(), batch.base_offset(),
                                        batch.last_offset() + 1};
      TellOfDamage(path, base, range, std::move(reason),
                   batch.has_producer_id() ? std::vector<int64_t>{batch.producer_id()}
                                           : std::vector<int64_t>{});
    }
    next_ = std::max(next_, batch.last_offset() + 1);
    places_.push_back({position, batch.last_offset()});
    ++totals_.batches;
  }

  Status AddDamage(const std::string& path, int64_t base, const File& file,
                   const storage::DamagedRange& range) {
    std::vector<int64_t> producers;
    ASSIGN_OR_RETURN(std::string reason,
                     WhyNoBatch(file, range.from_position, range.to_position, &producers));
    TellOfDamage(path, base, range, std::move(reason), std::move(producers));
    return {};
  }

  void TellOfDamage(const std::string& path, int64_t base, const storage::DamagedRange& range,
                    std::string reason, std::vector<int64_t> producers) {
    damage_.push_back(range);
    next_ = std::max(next_, range.to_offset);
    findings_.Add({.file = path,
                   .severity = Severity::kDamage,
                   .acked_loss = vouched_.Covers(base, range.from_position) ? AckedLoss::kYes
                                                                            : AckedLoss::kUnknown,
                   .reason = std::move(reason),
                   .from_byte = range.from_position,
                   .to_byte = range.to_position,
                   .from_offset = range.from_offset,
                   .to_offset = range.to_offset,
                   .producers = std::move(producers)});
  }

  // The sound headers that follow each other from the beginning of a range on.
  struct Headers {
    int64_t end = 0;                   // of the last one's batch
    std::vector<int64_t> producers{};  // rising
  };
  using OnHeader = std::function<Status(int64_t position, const BatchView& header)>;

  static Result<Headers> ReadHeaders(const File& file, int64_t from, int64_t to,
                                     const OnHeader& on_header = {}) {
    Headers headers{.end = from};
    std::set<int64_t> producers;
    char bytes[records::kHeaderSizeBytes];
    const BatchView header(bytes);
    while (to - headers.end >= static_cast<int64_t>(sizeof(bytes))) {
      ASSIGN_OR_RETURN(const size_t read, file.ReadAt(headers.end, bytes));
      if (read != sizeof(bytes) || !storage::IsSoundHeader(header)) break;
      if (header.has_producer_id()) producers.insert(header.producer_id());
      if (on_header) RETURN_IF_ERROR(on_header(headers.end, header));
      headers.end += header.size();
    }
    headers.producers.assign(producers.begin(), producers.end());
    return headers;
  }

  // Why the walk takes nothing in [from, to), and whose batches seem to stand there.
  Result<std::string> WhyNoBatch(const File& file, int64_t from, int64_t to,
                                 std::vector<int64_t>* producers) {
    bool are_intact = true;
    const auto check = [&](int64_t position, const BatchView& header) -> Status {
      if (!are_intact || position + header.size() > to) return {};
      bytes_.resize(static_cast<size_t>(header.size()));
      ASSIGN_OR_RETURN(const size_t read, file.ReadAt(position, bytes_));
      are_intact = read == bytes_.size() && BatchView(bytes_.data()).IsIntact();
      return {};
    };
    ASSIGN_OR_RETURN(Headers headers, ReadHeaders(file, from, to, check));
    *producers = std::move(headers.producers);
    if (headers.end != to) return std::string(kNoBatch);
    return std::string(are_intact ? "the offsets of a batch are wrong"
                                  : "the checksum of a batch is wrong");
  }

  std::string WhyUnreadable(const std::string& path, const BatchView& batch) {
    if (batch.codec_number() >= records::kCodecCount)
      return "a batch has a codec that does not exist";
    decompressor_.Start(batch.codec(), batch.records());
    records::RecordScanner scanner(decompressor_);
    records::RecordSummary record;
    int64_t last_delta = -1;
    bool is_odd = false;
    for (int32_t i = 0; i < batch.count(); ++i) {
      if (!scanner.Next(&record)) return "a record cannot be read: " + std::string(scanner.error());
      is_odd |=
          record.offset_delta <= last_delta || record.offset_delta > batch.last_offset_delta();
      last_delta = record.offset_delta;
    }
    if (!scanner.AtEnd()) return "a batch holds more than it says";
    totals_.records += batch.count();
    // Kafka takes these from a producer as they are, unless it has to decompress them.
    const bool is_as_written = batch.codec() == records::Codec::kNone;
    if (is_odd && !is_as_written) return "a record has an offset that it cannot have";
    if (is_odd)
      findings_.AddHarmless(path, "the producer of the batch at offset " +
                                      std::to_string(batch.base_offset()) +
                                      " numbered its records wrongly; they are served so");
    return {};
  }

  // What stands behind the last good batch.
  Status Rest(const std::string& path, int64_t base, int64_t next_base, const File& file,
              int64_t position, int64_t size) {
    Finding finding{.file = path, .reason = {}};
    finding.from_byte = position;
    finding.to_byte = size;
    finding.from_offset = std::max(next_, base);
    ASSIGN_OR_RETURN(finding.reason, WhyNoBatch(file, position, size, &finding.producers));
    // One that joins took over after a failed sync: what was torn is no part of the log.
    const bool is_tail = next_base < 0 || next_base == next_ || vouched_.KnowsEndOf(base);
    if (is_tail && !vouched_.Covers(base, position)) {
      RETURN_IF_ERROR(JudgeTail(base, file, &finding));
    } else {
      finding.severity = Severity::kDamage;
      finding.acked_loss = AckedLoss::kYes;
      // What the checkpoint and the next segment tell as well is the same damage.
      const storage::SegmentSummary* const known = VouchedSummary(base);
      if (const int64_t end = known != nullptr ? known->next_offset : next_base; end >= 0)
        next_ = finding.to_offset = std::max(next_, end);
      damage_.push_back({position, size, finding.from_offset, finding.to_offset});
    }
    findings_.Add(finding);
    return {};
  }

  // What nothing vouches for, and a start cuts off. Its reason may say already why it is no batch.
  Status JudgeTail(int64_t base, const File& file, Finding* finding) {
    if (vouched_.KnowsEndOf(base)) {
      finding->reason = "bytes behind the end of what was written";
      // If the log goes on there, the checkpoint seems to be of an earlier stop, put back.
      ASSIGN_OR_RETURN(const bool goes_on,
                       storage::GoesOn(file, finding->from_byte, finding->to_byte, next_));
      if (!goes_on) return {};
      finding->severity = Severity::kDamage;
      finding->acked_loss = AckedLoss::kUnknown;
      return {};
    }
    ASSIGN_OR_RETURN(const bool is_zero,
                     storage::IsZero(file, finding->from_byte, finding->to_byte));
    if (finding->reason == kNoBatch)
      finding->reason = is_zero ? "zeros behind the last batch" : "a torn tail";
    finding->acked_loss = AckedLoss::kUnknown;
    // The checkpoint is older than what was last acknowledged, but a write that the end of the
    // process has broken off was not.
    const bool may_count = checkpoint_.has_value() && checkpoint_->power && !vouched_.is_same_run();
    ASSIGN_OR_RETURN(const bool is_cut,
                     storage::IsCutShort(file, finding->from_byte, finding->to_byte));
    if (may_count || !(is_zero || is_cut)) finding->severity = Severity::kDamage;
    return {};
  }

  // What the checkpoint says of a segment; null: nothing.
  const storage::SegmentSummary* Summary(int64_t base) const {
    return checkpoint_.has_value() ? checkpoint_->Find(base) : nullptr;
  }

  // What the checkpoint says of a segment that the device has all of; null: nothing.
  const storage::SegmentSummary* VouchedSummary(int64_t base) const {
    const storage::SegmentSummary* const known = Summary(base);
    const bool is_vouched =
        known != nullptr && known->size_bytes > 0 && vouched_.Covers(base, known->size_bytes - 1);
    return is_vouched ? known : nullptr;
  }

  // The segment against what the checkpoint says of it, where the device has all of that.
  void CheckSummary(const std::string& path, int64_t base, int64_t size) {
    const storage::SegmentSummary* const known = VouchedSummary(base);
    if (known == nullptr || (!damage_.empty() && next_ >= known->next_offset)) return;
    const bool is_short = size < known->size_bytes;
    const auto at = std::find_if(places_.begin(), places_.end(), [&](const BatchPlace& place) {
      return place.position >= known->size_bytes;
    });
    const int64_t end = at == places_.begin() ? base : std::prev(at)->last_offset + 1;
    if (!is_short && end == known->next_offset) return;
    next_ = std::max(next_, known->next_offset);
    findings_.Add({.file = path,
                   .severity = Severity::kDamage,
                   .acked_loss = AckedLoss::kYes,
                   .reason = is_short ? "shorter than the checkpoint vouches for"
                                      : "ends at another offset than the checkpoint says",
                   .from_byte = std::min(size, known->size_bytes),
                   .to_byte = known->size_bytes,
                   .from_offset = std::min(end, known->next_offset),
                   .to_offset = std::max(end, known->next_offset)});
  }

  // All bytes against what was written: batches leave their first ones bare.
  Status CheckContent(const std::string& path, int64_t base, const File& file, int64_t size) {
    const storage::SegmentSummary* const known = VouchedSummary(base);
    // What has a place of its own already is not told again.
    if (known == nullptr || !damage_.empty() || size < known->size_bytes) return {};
    const uint32_t seed =
        storage::OwnerCrcAt(storage::OwnerCrc(checkpoint_->topic_id, checkpoint_->partition), base);
    ASSIGN_OR_RETURN(const uint32_t crc,
                     storage::ContentCrc(file, 0, known->size_bytes, seed, &bytes_));
    if (crc == static_cast<uint32_t>(known->content_crc)) return {};
    findings_.Add({.file = path,
                   .severity = Severity::kDamage,
                   .acked_loss = AckedLoss::kUnknown,
                   .reason = "the content is not what was written, by the checksum over all of it",
                   .from_byte = 0,
                   .to_byte = known->size_bytes,
                   .from_offset = base,
                   .to_offset = known->next_offset});
    return {};
  }

  // What recovery or a read has found in a segment, and does not serve. It is told once, as that.
  std::vector<storage::DamagedRange> KnownDamage(int64_t base) const {
    std::vector<storage::DamagedRange> known;
    if (!checkpoint_.has_value()) return known;
    for (const auto& [segment, range] : checkpoint_->damage)
      if (segment == base) known.push_back(range);
    return known;
  }

  void TellOfKnown(const std::string& path, const storage::DamagedRange& range,
                   std::vector<int64_t> producers) {
    findings_.Add({.file = path,
                   .severity = Severity::kDamage,
                   .acked_loss = AckedLoss::kYes,
                   .reason = "known to be damaged, and not served",
                   .from_byte = range.from_position,
                   .to_byte = range.to_position,
                   .from_offset = range.from_offset,
                   .to_offset = range.to_offset,
                   .producers = std::move(producers)});
    next_ = std::max(next_, range.to_offset);
  }

  void TellOfLostEnd(const storage::SegmentSummary& known) {
    findings_.Add({.file = SegmentPath(known.base_offset, storage::kLogSuffix),
                   .severity = Severity::kDamage,
                   .acked_loss = AckedLoss::kUnknown,
                   .reason = "the file that the log ended in is gone",
                   .from_offset = known.next_offset});
  }

  // Segments that the checkpoint knows and that are gone.
  void CheckMissing() {
    if (!checkpoint_.has_value()) return;
    for (const storage::SegmentSummary& known : checkpoint_->segments) {
      const bool is_there = std::binary_search(bases_.begin(), bases_.end(), known.base_offset);
      if (is_there) continue;
      const auto damage = KnownDamage(known.base_offset);
      for (const storage::DamagedRange& range : damage)
        TellOfKnown(SegmentPath(known.base_offset, storage::kLogSuffix), range, {});
      if (!checkpoint_->clean && vouched_.HadFileOf(known.base_offset)) TellOfLostEnd(known);
      if (!damage.empty() || known.size_bytes == 0 ||
          known.next_offset <= checkpoint_->start_offset ||
          !vouched_.Covers(known.base_offset, 0)) {
        continue;
      }
      findings_.Add({.file = SegmentPath(known.base_offset, storage::kLogSuffix),
                     .severity = Severity::kDamage,
                     .acked_loss = AckedLoss::kYes,
                     .reason = "the checkpoint knows this segment, and it is gone",
                     .from_offset = known.base_offset,
                     .to_offset = known.next_offset});
    }
  }

  Files& files_;
  const std::string& folder_;
  const PartitionFacts& facts_;
  Findings& findings_;
  VerifyTotals& totals_;
  std::vector<int64_t> bases_;
  std::optional<storage::LogCheckpoint> checkpoint_;
  storage::Vouched vouched_{nullptr, {}};
  int64_t next_ = -1;                          // the next offset; -1: not known
  std::vector<BatchPlace> places_;             // of the segment at hand
  std::vector<storage::DamagedRange> damage_;  // the same
  std::string bytes_;
  records::Decompressor decompressor_;
};

}  // namespace

void VerifyPartition(Files& files, const std::string& folder, const PartitionFacts& facts,
                     Findings& findings, VerifyTotals& totals) {
  PartitionCheck(files, folder, facts, findings, totals).Run();
}

}  // namespace odradek::inspect
