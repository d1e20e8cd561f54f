#include "storage/local/recovery.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/crc32c.h"
#include "base/log.h"
#include "storage/local/content_crc.h"
#include "storage/local/file_names.h"
#include "storage/local/footer_checkpoint.h"
#include "storage/local/foreign_log.h"
#include "storage/local/partition_metadata.h"
#include "storage/local/segment_recovery.h"

namespace odradek::storage {
namespace {

using records::BatchView;

class Recovery {
 public:
  Recovery(StoreContext& context, const std::string& directory, const Uuid& topic_id,
           bool may_have_gaps, const SegmentSummary* synced)
      : context_(context),
        may_have_gaps_(may_have_gaps),
        synced_(synced),
        state_(std::make_unique<LogState>(context, directory, topic_id)) {}

  Result<std::unique_ptr<LogState>> Run() {
    Result<std::vector<DirEntry>> entries = context_.files().List(state_->directory);
    if (!entries.ok()) {
      if (entries.status().code() == StatusCode::kNotFound) return std::move(state_);
      return entries.status();
    }
    RETURN_IF_ERROR(ReadCheckpoint());
    ASSIGN_OR_RETURN(const bool is_topics, CheckTopicId(*entries));
    if (!is_topics) return std::move(state_);
    ASSIGN_OR_RETURN(const bool is_ours, CheckPartition());
    if (!is_ours) return std::move(state_);
    UseCheckpoint();
    RETURN_IF_ERROR(EndSwaps(context_.files(), state_->directory, &*entries));
    Sort(*entries);
    RETURN_IF_ERROR(FindSegments());
    if (!state_->has_files()) {
      // Offsets that were given out are not given out again.
      if (checkpoint_.has_value()) state_->start = checkpoint_->start_offset;
      return std::move(state_);
    }
    SettleStart();
    RETURN_IF_ERROR(ReplaySound());
    RETURN_IF_ERROR(Finish());
    return std::move(state_);
  }

 private:
  std::string PathOf(std::string_view name) const { return JoinPath(state_->directory, name); }

  // False if the directory belonged to another topic and is out of the way now. Its files say so
  // twice: one wrong bit in partition.metadata must not cost a partition.
  Result<bool> CheckTopicId(const std::vector<DirEntry>& entries) {
    const Result<std::string> metadata = context_.files().ReadAll(PathOf(kPartitionMetadataName));
    if (!metadata.ok() && metadata.status().code() != StatusCode::kNotFound)
      return metadata.status();
    const std::optional<Uuid> told =
        metadata.ok() ? ParsePartitionMetadata(*metadata) : std::optional<Uuid>();
    if (told == state_->topic_id) return true;
    const std::optional<Uuid> owner =
        checkpoint_.has_value() ? std::optional(checkpoint_->topic_id) : told;
    if (owner.has_value() && *owner != state_->topic_id)
      return MoveStrayOf(*owner, BaseName(state_->directory));
    if (!owner.has_value() && context_.is_power_safe()) {
      // The first flush, or a clean stop, puts both on the device, so that nothing here counts for
      // this topic; it may be what a power cut has brought back of a topic that had the name
      // before. What was written without power safety, and not stopped cleanly, cannot be told
      // apart from that.
      ASSIGN_OR_RETURN(const bool holds_bytes,
                       HoldsBytes(context_.files(), state_->directory, entries));
      if (holds_bytes)
        return MoveStray(kStrayOfUnknown, "nothing tells whose log the folder holds");
    }
    LOG_WARN("{} is not to be read; the directory is the topic's, and gets another",
             PathOf(kPartitionMetadataName));
    RETURN_IF_ERROR(state_->WritePartitionMetadata());
    is_news_ = true;  // to be synced with the rest
    return true;
  }

  // The same for one that holds the log of another partition, perhaps of the same topic.
  Result<bool> CheckPartition() {
    if (!checkpoint_.has_value() || IsOfFolder(*checkpoint_, state_->directory, state_->topic_id))
      return true;
    ASSIGN_OR_RETURN(const bool is_anothers,
                     HoldsLogOf(context_.files(), state_->directory, state_->topic_id, *checkpoint_,
                                &context_.is_closing));
    if (!is_anothers) return true;
    return MoveStrayOf(checkpoint_->topic_id, checkpoint_->partition);
  }

  Result<bool> MoveStrayOf(const Uuid& topic_id, std::string_view partition) {
    const std::string owner = NameOfDeleted(topic_id, partition);
    return MoveStray(owner, "the folder holds the log of " + owner + ", not " +
                                NameOfDeleted(state_->topic_id, BaseName(state_->directory)));
  }

  // Nothing of it is removed: it may be the only copy of what somebody else has acknowledged.
  Result<bool> MoveStray(std::string_view owner, std::string reason) {
    RETURN_IF_ERROR(checkpoint_failure_);  // it may tell otherwise
    DamageReport report;
    report.file = state_->directory;
    report.reason = std::move(reason);
    report.kept_aside = state_->directory + std::string(kStrayMark) + std::string(owner);
    while (context_.files().Exists(report.kept_aside)) report.kept_aside += "+";
    report.effect = "the partition begins anew, without records";
    // A start that finds no folder has nothing to tell; what fails now is tried, and told, again.
    context_.Report(report);
    RETURN_IF_ERROR(context_.files().Rename(state_->directory, report.kept_aside));
    RETURN_IF_ERROR(context_.files().SyncDir(ParentOf(state_->directory)));
    return false;
  }

  void Sort(const std::vector<DirEntry>& entries) {
    for (const DirEntry& entry : entries) {
      if (const std::optional<int64_t> base = ParseOffsetFileName(entry.name, kLogSuffix)) {
        bases_.push_back(*base);
      } else if (const std::optional<int64_t> offset =
                     ParseOffsetFileName(entry.name, kSnapshotSuffix)) {
        snapshots_.push_back(*offset);
      } else if (entry.name.ends_with(kTemporarySuffix)) {
        (void)context_.files().Remove(PathOf(entry.name));
      }
    }
    std::sort(bases_.begin(), bases_.end());
    std::sort(snapshots_.begin(), snapshots_.end());
  }

  // One that is there and cannot be read may say that the log ends where it ends now: it has to go
  // before anything is appended.
  Status ReadCheckpoint() {
    const Result<std::string> text = context_.files().ReadAll(PathOf(kCheckpointName));
    if (text.ok()) {
      checkpoint_ = LogCheckpoint::Decode(*text);
      return Status();
    }
    if (text.status().code() == StatusCode::kNotFound) return Status();
    if (text.status().code() != StatusCode::kFatal) return text.status();
    checkpoint_failure_ = text.status();
    LOG_WARN("{}: all segments are read instead", text.status().ToString());
    is_news_ = state_->clean_on_device = true;
    return Status();
  }

  // Requires: the directory is the topic's.
  void UseCheckpoint() {
    if (!checkpoint_.has_value()) return;
    if (!IsOfFolder(*checkpoint_, state_->directory, state_->topic_id)) {
      LOG_WARN("{} is of another partition: all segments are read instead",
               PathOf(kCheckpointName));
      checkpoint_.reset();
      return;
    }
    state_->synced.base_offset = checkpoint_->synced_segment;
    state_->synced.size_bytes = checkpoint_->synced_position;
    state_->cleaned_to = checkpoint_->cleaned_to;
    state_->swapped_to = checkpoint_->swapped_to;
    state_->clean_on_device = checkpoint_->clean;
  }

  Status FindSegments() {
    const LogCheckpoint* told = checkpoint_.has_value() ? &*checkpoint_ : nullptr;
    std::optional<LogCheckpoint> by_footers;
    if (told == nullptr) {
      ASSIGN_OR_RETURN(by_footers, CheckpointByFooters(context_.files(), state_->directory,
                                                       state_->topic_id, bases_));
    }
    if (by_footers.has_value()) {
      by_footers->power = context_.is_power_safe();
      // Where compaction has left gaps is not known.
      state_->swapped_to = INT64_MAX;
      told = &*by_footers;
    }
    const bool is_lost = by_footers.has_value();
    SegmentRecovery segments(context_, *state_, told,
                             {.reads_all = is_lost, .tells_of_gaps = is_lost && !may_have_gaps_});
    RETURN_IF_ERROR(segments.Run(&bases_));
    unchecked_from_ = segments.unchecked_from();
    is_news_ |= segments.is_news();
    return Status();
  }

  void SettleStart() {
    state_->start = state_->segments.front()->base_offset();
    const int64_t told = checkpoint_.has_value() ? checkpoint_->start_offset : StartByEpochs();
    state_->start = std::clamp(told, state_->start, state_->end());
  }

  // Without a checkpoint: where the first epoch that is known begins, if the first batch has one.
  // Epochs are cut off below the start, so that it is the start or the first batch.
  int64_t StartByEpochs() {
    Segment& first = *state_->segments.front();
    const Result<std::string> text = context_.files().ReadAll(PathOf(kLeaderEpochsName));
    const std::optional<LeaderEpochs> epochs =
        text.ok() ? LeaderEpochs::Decode(*text) : std::nullopt;
    if (!epochs.has_value() || epochs->entries().empty()) return 0;
    const Result<Ref<odradek::File>> file = first.Open(OpenMode::kReadWrite);
    if (!file.ok()) return 0;
    HeaderScan scan(**file, 0, first.size_bytes(), first.damage());
    if (!scan.Next() || scan.batch().leader_epoch() < 0) return 0;
    return epochs->entries().front().start_offset;
  }

  // Vouched bytes were not read before, and a header among them may be wrong.
  Status ReplaySound() {
    Status status = Replay();
    for (size_t i = 0; status.code() == StatusCode::kCorrupt && i < state_->segments.size(); ++i) {
      RETURN_IF_ERROR(state_->Recheck(*replayed_));
      is_news_ = true;
      state_->producers.Clear();
      state_->aborted = {};
      state_->epochs = {};
      status = Replay();
    }
    return status;
  }

  // Rebuilds what only the batches tell: producers, aborted transactions, epochs.
  Status Replay() {
    int64_t aborted_from = LoadAborted();
    int64_t from = std::min(aborted_from, std::min(unchecked_from_, state_->end()));
    const int64_t producers_from = LoadProducers(from);
    from = std::min(from, producers_from);
    epochs_from_ = LoadEpochs();
    from = std::min(from, epochs_from_);
    // What has to be found again is written when the log is closed.
    if (from < state_->end()) ++state_->checkpoint_version;
    for (const auto& segment : state_->segments) {
      if (segment->next_offset() <= from) continue;
      if (context_.is_closing) return Retriable("the store is closing");
      replayed_ = segment.get();
      RETURN_IF_ERROR(ReplaySegment(*segment, from, producers_from));
    }
    return Status();
  }

  Status ReplaySegment(Segment& segment, int64_t from, int64_t producers_from) {
    Result<Ref<odradek::File>> file = segment.Open(OpenMode::kReadWrite);
    if (!file.ok()) return file.status();
    std::string bytes;
    HeaderScan scan(**file, 0, segment.size_bytes(), segment.damage());
    while (scan.Next()) {
      BatchView batch = scan.batch();
      if (batch.last_offset() < from) continue;
      // Of what the checkpoint tells, the batches need not be right: they were not checked yet.
      if (batch.last_offset() >= epochs_from_)
        epochs_changed_ |= state_->epochs.Assign(batch.leader_epoch(), batch.base_offset());
      if (batch.base_offset() < producers_from || !batch.has_producer_id()) continue;
      if (batch.is_control()) {
        bytes.resize(static_cast<size_t>(batch.size()));
        const Result<size_t> read = (*file)->ReadAt(scan.position(), bytes);
        if (!read.ok()) return read.status();
        batch = BatchView(bytes.data());
      }
      const std::optional<AbortedEntry> entry = state_->producers.Apply(batch);
      const auto& known = state_->aborted.entries();
      if (entry.has_value() && (known.empty() || known.back().last_offset < entry->last_offset)) {
        state_->aborted.Add(*entry);
      }
    }
    return scan.status();
  }

  // Takes in the .txnindex files of checked segments; returns from where they must be found again.
  int64_t LoadAborted() {
    for (const auto& segment : state_->segments) {
      const SegmentSummary* const known =
          checkpoint_.has_value() ? checkpoint_->Find(segment->base_offset()) : nullptr;
      if (known == nullptr || segment->base_offset() >= unchecked_from_)
        return segment->base_offset();
      if (known->txn_index_crc == 0) continue;  // nothing was aborted in it
      const Result<std::string> content =
          context_.files().ReadAll(segment->PathOf(kTxnIndexSuffix));
      if (!content.ok() && content.status().code() != StatusCode::kNotFound)
        return segment->base_offset();
      const std::string_view bytes = content.ok() ? std::string_view(*content) : std::string_view();
      std::optional<std::vector<AbortedEntry>> entries;
      if (Crc32c(bytes) == known->txn_index_crc) {
        entries = AbortedIndex::Decode(bytes, segment->base_offset(), segment->next_offset());
      }
      if (!entries.has_value()) return segment->base_offset();
      for (const AbortedEntry& entry : *entries) state_->aborted.Add(entry);
    }
    return state_->end();
  }

  // Loads the newest sound snapshot at or below `needed`; returns its offset, or the first offset
  // of the log if there is none.
  int64_t LoadProducers(int64_t needed) {
    const int64_t first = state_->segments.front()->base_offset();
    for (auto at = snapshots_.rbegin(); at != snapshots_.rend(); ++at) {
      if (*at > needed || *at < first) continue;
      const std::string path = PathOf(OffsetFileName(*at, kSnapshotSuffix));
      const Result<std::string> content = context_.files().ReadAll(path);
      const Status status = content.ok() ? state_->producers.LoadSnapshot(
                                               *content, OwnerCrcAt(state_->owner_crc(), *at))
                                         : content.status();
      if (status.ok()) return *at;
      LOG_WARN("{}: {}; an older state is replayed", path, status.ToString());
    }
    return first;
  }

  // Takes in what the checkpoint tells of epochs; returns from where batches must tell the rest.
  int64_t LoadEpochs() {
    if (!checkpoint_.has_value()) return state_->start;
    for (const LeaderEpochs::Entry& entry : checkpoint_->epochs)
      state_->epochs.Assign(entry.epoch, entry.start_offset);
    return std::min(unchecked_from_, state_->end());
  }

  Status Finish() {
    state_->cleaned_to = std::min(state_->cleaned_to, state_->end());
    state_->swapped_to = std::min(state_->swapped_to, state_->end());
    state_->epochs.TrimPrefix(state_->start);
    state_->aborted.TrimPrefix(state_->start);
    state_->active_since_ms = context_.env.clock->WallMs();
    state_->active_since_monotonic_ms = context_.env.clock->MonotonicMs();
    for (const int64_t offset : snapshots_) {
      const bool used =
          offset == state_->end() || std::binary_search(bases_.begin(), bases_.end(), offset);
      if (!used || offset > state_->end())
        (void)context_.files().Remove(PathOf(OffsetFileName(offset, kSnapshotSuffix)));
    }
    state_->epochs.TrimSuffix(state_->end());
    state_->unflushed_from = state_->end();
    if (!WasClosed()) state_->EndReserve();  // a clean stop has done it
    if (is_news_ || epochs_changed_) state_->WriteEpochs();
    if (is_news_) state_->WriteSnapshot();
    if (!context_.is_power_safe()) return is_news_ ? WriteCheckpoint() : Status();
    if (synced_ != nullptr) {
      state_->synced = *synced_;
      // The first sync failed: the first checkpoint may count as synced and is not.
      is_news_ |= synced_->size_bytes == 0;
    }
    // Also of a sealed segment that it does not vouch for, as after a compaction.
    const bool is_news = is_news_ || state_->synced.base_offset != state_->active().base_offset() ||
                         state_->synced.size_bytes != state_->active().size_bytes() ||
                         unchecked_from_ < state_->active().base_offset();
    if (!is_news && WasClosedAsItIs()) {
      state_->synced = state_->active().Summarize();
      return Status();
    }
    // What a reader has seen must not go away again.
    RETURN_IF_ERROR(state_->SyncAll());
    return is_news ? WriteCheckpoint() : Status();
  }

  // A full device serves what it has. The checkpoint that is there is only behind, and the next
  // flush writes it; if it says that the log was closed as it is, or may say so, no append comes
  // before a new one, and a second segment does not either.
  Status WriteCheckpoint() {
    const Status status = state_->WriteCheckpointNow();
    if (status.code() != StatusCode::kFull) return status;
    LOG_WARN("could not write {}: {}; a restart has as much to read again", PathOf(kCheckpointName),
             status.ToString());
    ++state_->checkpoint_version;
    state_->names_synced = 0;
    return Status();
  }

  bool WasClosed() const { return checkpoint_.has_value() && checkpoint_->clean; }
  // A clean stop has put all of it on the device. Names count as new again: since then the folder
  // may have been copied, or given its name back. The flush behind an append syncs them.
  bool WasClosedAsItIs() const {
    return WasClosed() && !is_news_ && bases_.size() == checkpoint_->segments.size();
  }

  StoreContext& context_;
  const bool may_have_gaps_;
  const SegmentSummary* const synced_;
  std::unique_ptr<LogState> state_;
  Segment* replayed_ = nullptr;  // last
  std::vector<int64_t> bases_;
  std::vector<int64_t> snapshots_;
  std::optional<LogCheckpoint> checkpoint_;
  Status checkpoint_failure_;  // it is there and cannot be read
  int64_t unchecked_from_ =
      SegmentRecovery::kAllChecked;  // the first offset that the checkpoint does not vouch for
  int64_t epochs_from_ = 0;          // the checkpoint tells of the epochs before it
  bool is_news_ = false;
  bool epochs_changed_ = false;
};

}  // namespace

Result<std::unique_ptr<LogState>> LoadLog(StoreContext& context, const std::string& directory,
                                          const Uuid& topic_id, bool may_have_gaps,
                                          const SegmentSummary* synced) {
  Result<std::unique_ptr<LogState>> state =
      Recovery(context, directory, topic_id, may_have_gaps, synced).Run();
  if (state.ok()) (*state)->loaded = true;
  return state;
}

}  // namespace odradek::storage
