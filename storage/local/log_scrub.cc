// Comparing a log's files with the checksums of their content, without loading the log.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crc32c.h"
#include "storage/local/content_crc.h"
#include "storage/local/file_names.h"
#include "storage/local/foreign_log.h"
#include "storage/local/index_files.h"
#include "storage/local/local_log.h"
#include "storage/local/log_checkpoint.h"

namespace odradek::storage {
namespace {

constexpr int64_t kPieceSizeBytes = 256 << 10;

class LocalScrub final : public Scrub {
 public:
  // `read_size_bytes`: what it took to know the segments.
  LocalScrub(std::shared_ptr<StoreContext> context, std::string directory, uint32_t owner_crc,
             std::vector<SegmentSummary> segments, size_t read_size_bytes)
      : context_(std::move(context)),
        directory_(std::move(directory)),
        owner_crc_(owner_crc),
        segments_(std::move(segments)),
        uncounted_size_bytes_(read_size_bytes) {}

  Step Run(size_t size_bytes_max) override {
    Step step;
    if (at_ == segments_.size()) return step;
    const SegmentSummary& segment = segments_[at_];
    step.state = State::kMore;
    if (position_ == segment.size_bytes) {  // the log file is as it was
      const bool is_sound = HasSoundIndexes(segment, &step.io_size_bytes);
      MoveOn(is_sound, &step);
      return step;
    }
    if (position_ == 0) crc_ = OwnerCrcAt(owner_crc_, segment.base_offset);
    const Status status = Compare(segment, size_bytes_max, &step.io_size_bytes);
    step.io_size_bytes += std::exchange(uncounted_size_bytes_, 0);
    if (status.ok() && position_ < segment.size_bytes) return step;
    const bool is_gone = status.code() == StatusCode::kNotFound;
    const bool is_same = status.ok() && crc_ == static_cast<uint32_t>(segment.content_crc);
    if (!is_same) MoveOn(is_gone, &step);
    return step;
  }

 private:
  // To the next segment.
  void MoveOn(bool is_sound, Step* step) {
    const SegmentSummary& segment = segments_[at_++];
    position_ = 0;
    if (is_sound) return;
    step->state = State::kSuspect;
    step->offset = segment.base_offset;
    step->recheck_size_bytes = static_cast<size_t>(segment.size_bytes);
  }

  // Of the last segment the index files may be older than it is.
  bool HasSoundIndexes(const SegmentSummary& segment, size_t* read) {
    const bool is_last = at_ + 1 == segments_.size();
    return (is_last && segment.index_crc == 0) ||
           AreIndexesSound(context_->files(), directory_, segment, read);
  }

  // Goes on with the segment.
  Status Compare(const SegmentSummary& segment, size_t size_bytes_max, size_t* read) {
    const std::string path = JoinPath(directory_, OffsetFileName(segment.base_offset, kLogSuffix));
    ASSIGN_OR_RETURN(const Ref<odradek::File> file, context_->files().Open(path, OpenMode::kRead));
    std::string piece;
    while (position_ < segment.size_bytes && *read < size_bytes_max) {
      const auto left =
          static_cast<size_t>(std::min(kPieceSizeBytes, segment.size_bytes - position_));
      piece.resize(std::min(left, size_bytes_max - *read));
      ASSIGN_OR_RETURN(const size_t got, file->ReadAt(position_, piece));
      *read += got;
      if (got != piece.size()) return Corrupt("shorter than it was");
      crc_ = Crc32c(piece, crc_);
      position_ += static_cast<int64_t>(got);
    }
    return Status();
  }

  const std::shared_ptr<StoreContext> context_;
  const std::string directory_;
  const uint32_t owner_crc_;
  const std::vector<SegmentSummary> segments_;
  size_t at_ = 0;  // of segments_
  int64_t position_ = 0;
  uint32_t crc_ = 0;  // of what is before position_
  size_t uncounted_size_bytes_;
};

}  // namespace

std::shared_ptr<Scrub> LocalLog::StartScrub() const {
  if (!context_.files().is_durable()) return nullptr;
  std::vector<SegmentSummary> segments;
  size_t read_size_bytes = 0;
  {
    MutexLock lock(mutex_);
    if (closed_) return nullptr;
    if (state_ != nullptr) {
      for (const auto& segment : state_->segments) segments.push_back(state_->Summarize(*segment));
    } else {
      const Result<std::string> text =
          context_.files().ReadAll(JoinPath(Directory(), kCheckpointName));
      std::optional<LogCheckpoint> told;
      if (text.ok()) {
        told = LogCheckpoint::Decode(*text);
        read_size_bytes = text->size();
      }
      if (told.has_value() && IsOfFolder(*told, Directory(), topic_id_))
        segments = std::move(told->segments);
    }
  }
  std::erase_if(segments, [](const SegmentSummary& segment) { return segment.size_bytes == 0; });
  if (segments.empty()) return nullptr;
  segments.back().txn_index_crc = 0;  // it is written when the segment is sealed, or the log closed
  return std::make_shared<LocalScrub>(shared_context_, Directory(),
                                      OwnerCrc(topic_id_, std::to_string(partition_)),
                                      std::move(segments), read_size_bytes);
}

Status LocalLog::Recheck(int64_t offset) {
  SegmentSummary known;
  uint32_t seed = 0;
  Ref<odradek::File> file;
  {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Load());
    if (!state_->has_files()) return Status();
    Segment& segment = *state_->segments[state_->IndexOf(offset)];
    known = segment.Summarize();
    seed = segment.content_seed();
    ASSIGN_OR_RETURN(file, segment.Open(OpenMode::kReadWrite));
  }
  // It may be long: nobody waits for the reading unless there is something to find.
  std::string buffer;
  Result<uint32_t> crc = seed;
  for (int64_t at = 0; crc.ok() && at < known.size_bytes; at += kPieceSizeBytes) {
    if (context_.is_closing) return Retriable("the store is closing");
    const int64_t to = std::min<int64_t>(at + kPieceSizeBytes, known.size_bytes);
    crc = ContentCrc(*file, at, to, *crc, &buffer);
  }
  const bool is_sound = crc.ok() && *crc == static_cast<uint32_t>(known.content_crc);
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(Load());
  if (!state_->has_files()) return Status();
  Segment& segment = *state_->segments[state_->IndexOf(offset)];
  return is_sound ? state_->MendIndexes(segment) : state_->Recheck(segment);
}

}  // namespace odradek::storage
