#include "storage/local/recovery.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/crc32c.h"
#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/partition_metadata.h"
#include "storage/local/removal.h"

namespace odradek::storage {
namespace {

using records::BatchView;

class Recovery {
 public:
  Recovery(StoreContext& context, const std::string& directory, const Uuid& topic_id,
           const SegmentSummary* synced)
      : context_(context),
        synced_(synced),
        state_(std::make_unique<LogState>(context, directory, topic_id)) {}

  Result<std::unique_ptr<LogState>> Run() {
    Result<std::vector<DirEntry>> entries = context_.files().List(state_->directory);
    if (!entries.ok()) {
      if (entries.status().code() == StatusCode::kNotFound) return std::move(state_);
      return entries.status();
    }
    const Result<bool> ours = CheckTopicId();
    if (!ours.ok()) return ours.status();
    if (!*ours) return std::move(state_);
    RETURN_IF_ERROR(EndSwaps(context_.files(), state_->directory, &*entries));
    Sort(*entries);
    ReadCheckpoint();
    RETURN_IF_ERROR(OpenSegments());
    if (!state_->has_files()) {
      // Offsets that were given out are not given out again.
      if (checkpoint_.has_value()) state_->start = checkpoint_->start_offset;
      return std::move(state_);
    }
    SettleStart();
    RETURN_IF_ERROR(Replay());
    RETURN_IF_ERROR(Finish());
    return std::move(state_);
  }

 private:
  std::string PathOf(std::string_view name) const { return JoinPath(state_->directory, name); }

  // False if the directory belonged to another topic and is gone now.
  Result<bool> CheckTopicId() {
    const Result<std::string> metadata = context_.files().ReadAll(PathOf(kPartitionMetadataName));
    if (!metadata.ok()) {
      if (metadata.status().code() == StatusCode::kNotFound) return true;
      return metadata.status();
    }
    const std::optional<Uuid> id = ParsePartitionMetadata(*metadata);
    if (!id.has_value()) {
      LOG_WARN("{} cannot be read; the directory is taken for the topic's",
               PathOf(kPartitionMetadataName));
      return true;
    }
    if (*id == state_->topic_id) return true;
    LOG_WARN("{} belongs to topic id {}, not {}: removing it", state_->directory, id->ToString(),
             state_->topic_id.ToString());
    RETURN_IF_ERROR(RemovePartitionDirectory(context_.files(), state_->directory, id->ToString()));
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

  void ReadCheckpoint() {
    const Result<std::string> text = context_.files().ReadAll(PathOf(kCheckpointName));
    if (text.ok()) checkpoint_ = LogCheckpoint::Decode(*text);
    if (!checkpoint_.has_value() || checkpoint_->segments.empty()) return;
    state_->synced.base_offset = checkpoint_->synced_segment;
    state_->synced.size_bytes = checkpoint_->synced_position;
    state_->cleaned_to = checkpoint_->cleaned_to;
    state_->swapped_to = checkpoint_->swapped_to;
    const bool same_run =
        !checkpoint_->boot_id.empty() && checkpoint_->boot_id == context_.options.boot_id;
    const SegmentSummary& last = checkpoint_->segments.back();
    trusted_segment_ = same_run ? last.base_offset : checkpoint_->synced_segment;
    trusted_position_ = same_run ? last.size_bytes : checkpoint_->synced_position;
  }

  Status OpenSegments() {
    for (size_t i = 0; i < bases_.size() && !cut_; ++i) {
      auto segment = std::make_unique<Segment>(context_.open_files, state_->directory, bases_[i],
                                               context_.options.index_interval_bytes);
      if (!state_->segments.empty() && bases_[i] < state_->end()) {
        LOG_WARN("{} begins before offset {}, where the segment before it ends",
                 segment->PathOf(kLogSuffix), state_->end());
        cut_ = true;
        SetAside(i);
        break;
      }
      if (IsTorn(bases_[i])) {
        LOG_WARN("{} begins behind offset {}, where the segment before it was torn",
                 segment->PathOf(kLogSuffix), state_->end());
        cut_ = true;
        SetAside(i);
        break;
      }
      RETURN_IF_ERROR(OpenSegment(*segment, i + 1 == bases_.size()));
      state_->segments.push_back(std::move(segment));
      if (cut_) SetAside(i + 1);
    }
    return Status();
  }

  // Compaction leaves gaps between segments, but only where the checkpoint tells of them.
  bool IsTorn(int64_t next_base) const {
    return checkpoint_.has_value() && !state_->segments.empty() && next_base > state_->end() &&
           next_base > std::max(trusted_segment_, state_->swapped_to);
  }

  Status OpenSegment(Segment& segment, bool is_active) {
    Result<Ref<odradek::File>> file = segment.Open(OpenMode::kReadWrite);
    if (!file.ok()) return file.status();
    const Result<int64_t> size = (*file)->Size();
    if (!size.ok()) return size.status();
    const SegmentSummary* const known =
        checkpoint_.has_value() ? checkpoint_->Find(segment.base_offset()) : nullptr;
    int64_t checked_to = 0;
    if (known != nullptr && IsTrusted(*known, *size)) {
      segment.Restore(*known);
      checked_to = known->size_bytes;
      if (*size > checked_to) RETURN_IF_ERROR(segment.LoadIndex(context_.files()));
    }
    unchecked_from_ =
        std::min(unchecked_from_, checked_to < *size ? segment.next_offset() : kAllChecked);
    return CheckRest(segment, **file, is_active, checked_to, *size);
  }

  bool IsTrusted(const SegmentSummary& known, int64_t size) const {
    if (known.base_offset > trusted_segment_) return false;
    if (known.base_offset < trusted_segment_) return size == known.size_bytes;
    return known.size_bytes == trusted_position_ && size >= known.size_bytes;
  }

  // Reads and checks the batches in [from, size); cuts the file before the first bad one. Offsets
  // rise; they have no gaps in the active segment, which was never compacted.
  Status CheckRest(Segment& segment, odradek::File& file, bool is_active, int64_t from,
                   int64_t size) {
    std::string bytes;
    HeaderScan scan(file, from, size);
    while (scan.Next()) {
      const int64_t batch_size = scan.batch().size();
      const int64_t gap = scan.batch().base_offset() - segment.next_offset();
      if (gap < 0 || (is_active && gap > 0)) break;
      if (bytes.size() < static_cast<size_t>(batch_size))
        bytes.resize(static_cast<size_t>(batch_size));
      const Result<size_t> read =
          file.ReadAt(scan.position(), std::span(bytes.data(), static_cast<size_t>(batch_size)));
      if (!read.ok()) return read.status();
      if (*read != static_cast<size_t>(batch_size) || !BatchView(bytes.data()).IsIntact()) break;
      segment.Add(BatchView(bytes.data()));
    }
    if (!scan.status().ok() && scan.status().code() != StatusCode::kCorrupt) return scan.status();
    if (segment.size_bytes() == size) return Status();
    cut_ = true;
    LOG_WARN("{} ends at {} with a torn batch: {} bytes cut off, the log ends at offset {}",
             segment.PathOf(kLogSuffix), segment.size_bytes(), size - segment.size_bytes(),
             segment.next_offset());
    return file.Truncate(segment.size_bytes());
  }

  // Segments behind a cut cannot be joined to the log; they are kept under another name.
  void SetAside(size_t first) {
    for (size_t i = first; i < bases_.size(); ++i) {
      const std::string path = PathOf(OffsetFileName(bases_[i], kLogSuffix));
      LOG_WARN("{} lies behind a damaged batch: renamed to *{}", path, kCutSuffix);
      const Status status = context_.files().Rename(path, path + std::string(kCutSuffix));
      if (!status.ok()) LOG_WARN("{}", status.ToString());
    }
  }

  void SettleStart() {
    state_->start = state_->segments.front()->base_offset();
    if (checkpoint_.has_value())
      state_->start = std::clamp(checkpoint_->start_offset, state_->start, state_->end());
  }

  // Rebuilds what only the batches tell: producers, aborted transactions, epochs.
  Status Replay() {
    int64_t aborted_from = LoadAborted();
    int64_t from = std::min(aborted_from, std::min(unchecked_from_, state_->end()));
    const int64_t producers_from = LoadProducers(from);
    from = std::min(from, producers_from);
    const bool epochs_known = LoadEpochs();
    const int64_t epochs_from =
        epochs_known ? std::min(unchecked_from_, state_->end()) : state_->start;
    from = std::min(from, epochs_from);
    for (const auto& segment : state_->segments) {
      if (segment->next_offset() <= from) continue;
      RETURN_IF_ERROR(ReplaySegment(*segment, from, producers_from));
    }
    return Status();
  }

  Status ReplaySegment(Segment& segment, int64_t from, int64_t producers_from) {
    Result<Ref<odradek::File>> file = segment.Open(OpenMode::kReadWrite);
    if (!file.ok()) return file.status();
    std::string bytes;
    HeaderScan scan(**file, 0, segment.size_bytes());
    while (scan.Next()) {
      BatchView batch = scan.batch();
      if (batch.last_offset() < from) continue;
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
      const Status status =
          content.ok() ? state_->producers.LoadSnapshot(*content) : content.status();
      if (status.ok()) return *at;
      LOG_WARN("{}: {}; an older state is replayed", path, status.ToString());
    }
    return first;
  }

  bool LoadEpochs() {
    const Result<std::string> text = context_.files().ReadAll(PathOf(kLeaderEpochsName));
    if (!text.ok()) return false;
    std::optional<LeaderEpochs> epochs = LeaderEpochs::Decode(*text);
    if (!epochs.has_value()) return false;
    // Trimmed for a start that did not become durable: it knows too little.
    if (!epochs->entries().empty() && epochs->entries().front().start_offset > state_->start)
      return false;
    epochs->TrimSuffix(state_->end());
    if (!ReachesEnd(*epochs)) return false;
    state_->epochs = std::move(*epochs);
    return true;
  }

  // An older file, left where a newer one was lost or could not be written, does not know the epoch
  // of the last batch. A clean stop has written it: then nothing is read.
  bool ReachesEnd(const LeaderEpochs& epochs) {
    const bool is_clean = state_->end() > state_->active().base_offset() &&
                          std::binary_search(snapshots_.begin(), snapshots_.end(), state_->end());
    if (is_clean) return true;
    for (auto at = state_->segments.rbegin(); at != state_->segments.rend(); ++at) {
      Segment& segment = **at;
      if (segment.size_bytes() == 0) continue;
      if (!segment.LoadIndex(context_.files()).ok()) return false;
      const Result<Boundary> last = segment.FindOffset(segment.next_offset() - 1);
      const Result<Ref<odradek::File>> file = segment.Open(OpenMode::kReadWrite);
      if (!last.ok() || !file.ok()) return false;
      std::array<char, records::kHeaderSizeBytes> header{};
      const Result<size_t> read = (*file)->ReadAt(last->position, header);
      if (!read.ok() || *read != header.size()) return false;
      return epochs.EpochAt(std::max(last->offset, state_->start)) ==
             BatchView(header.data()).leader_epoch();
    }
    return true;
  }

  Status Finish() {
    state_->cleaned_to = std::min(state_->cleaned_to, state_->end());
    state_->swapped_to = std::min(state_->swapped_to, state_->end());
    state_->epochs.TrimPrefix(state_->start);
    state_->aborted.TrimPrefix(state_->start);
    state_->active_since_ms = context_.env.clock->WallMs();
    for (const int64_t offset : snapshots_) {
      const bool used =
          offset == state_->end() || std::binary_search(bases_.begin(), bases_.end(), offset);
      if (!used || offset > state_->end())
        (void)context_.files().Remove(PathOf(OffsetFileName(offset, kSnapshotSuffix)));
    }
    if (cut_ || epochs_changed_) state_->WriteEpochs();
    if (cut_) state_->WriteSnapshot();
    if (!context_.is_power_safe()) {
      if (cut_) state_->WriteCheckpoint();
      return Status();
    }
    if (synced_ != nullptr) state_->synced = *synced_;
    // What a reader has seen must not go away again.
    const bool is_news = cut_ || state_->synced.base_offset != state_->active().base_offset() ||
                         state_->synced.size_bytes != state_->active().size_bytes();
    RETURN_IF_ERROR(state_->SyncAll());
    return is_news ? state_->WriteCheckpointNow() : Status();
  }

  static constexpr int64_t kAllChecked = INT64_MAX;

  StoreContext& context_;
  const SegmentSummary* const synced_;
  std::unique_ptr<LogState> state_;
  std::vector<int64_t> bases_;
  std::vector<int64_t> snapshots_;
  std::optional<LogCheckpoint> checkpoint_;
  int64_t trusted_segment_ = -1;
  int64_t trusted_position_ = 0;
  int64_t unchecked_from_ = kAllChecked;  // the first offset that the checkpoint does not vouch for
  bool cut_ = false;
  bool epochs_changed_ = false;
};

}  // namespace

Result<std::unique_ptr<LogState>> LoadLog(StoreContext& context, const std::string& directory,
                                          const Uuid& topic_id, const SegmentSummary* synced) {
  return Recovery(context, directory, topic_id, synced).Run();
}

}  // namespace odradek::storage
