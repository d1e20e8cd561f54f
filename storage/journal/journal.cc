#include "storage/journal/journal.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "storage/journal/frame.h"
#include "storage/local/file_names.h"
#include "storage/local/reports_file.h"

namespace odradek::storage {
namespace {

constexpr std::string_view kJournalExtension = ".journal";
constexpr std::string_view kSnapshotExtension = ".snapshot";
constexpr std::string_view kBegunSnapshotExtension = ".snapshot.tmp";
constexpr char kNotOurs[] = "not a journal of ours";
constexpr char kEndsEarly[] =
    "it ends before what was on the device (a start goes on without what is missing, which is lost "
    "for good, if journal.mark is removed)";

// The number in "00000000000000000012.journal"; -1 for any other name.
int64_t NumberOf(std::string_view name, std::string_view extension) {
  return ParseOffsetFileName(name, extension).value_or(-1);
}

}  // namespace

std::string Journal::PathOf(int64_t first, std::string_view extension) const {
  return JoinPath(directory_, OffsetFileName(first, extension));
}

bool Journal::Exists(Files& files, const std::string& directory) {
  const Result<std::vector<DirEntry>> entries = files.List(directory);
  return entries.ok() && std::any_of(entries->begin(), entries->end(), [](const DirEntry& entry) {
           return NumberOf(entry.name, kJournalExtension) >= 0 ||
                  NumberOf(entry.name, kSnapshotExtension) >= 0;
         });
}

Result<std::unique_ptr<Journal>> Journal::Open(Files& files, std::string directory,
                                               const Replay& replay) {
  auto journal = std::unique_ptr<Journal>(new Journal(files, std::move(directory)));
  RETURN_IF_ERROR(files.MakeDirs(journal->directory_));
  // An earlier start may have been killed before its directory's name was on the device.
  RETURN_IF_ERROR(files.SyncDir(ParentOf(journal->directory_)));
  RETURN_IF_ERROR(journal->Load(replay));
  return journal;
}

Status Journal::Load(const Replay& replay) {
  ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, files_.List(directory_));
  std::vector<int64_t> snapshots;
  std::vector<int64_t> journals;
  for (const DirEntry& entry : entries) {
    if (const int64_t n = NumberOf(entry.name, kSnapshotExtension); n >= 0) snapshots.push_back(n);
    if (const int64_t n = NumberOf(entry.name, kJournalExtension); n >= 0) journals.push_back(n);
  }
  std::sort(snapshots.begin(), snapshots.end());
  std::sort(journals.begin(), journals.end());
  ReadMark();
  RETURN_IF_ERROR(LoadSnapshot(snapshots, replay));
  const int64_t snapshot_end = next_sequence_;
  // Records behind the snapshot may stand in a file that began before it, if no new one was
  // started.
  auto first_needed = std::upper_bound(journals.begin(), journals.end(), snapshot_end);
  if (first_needed != journals.begin()) --first_needed;
  journals.erase(journals.begin(), first_needed);
  for (const int64_t first : journals) {
    if (first > next_sequence_) {
      return Damaged(PathOf(first, kJournalExtension), 0, 0,
                     "records " + std::to_string(next_sequence_) + " to " +
                         std::to_string(first - 1) + " are missing before it");
    }
    RETURN_IF_ERROR(LoadJournal(first, first == journals.back(), replay));
  }
  if (next_sequence_ < marked_sequence_) {
    return Damaged(PathOf(file_ ? file_first_ : next_sequence_, kJournalExtension), size_bytes_,
                   size_bytes_, kEndsEarly);
  }
  if (file_) {
    // What an earlier run was killed over may be in the page cache only; from here on it is known.
    // The pages of a failed sync count as clean until they are written again.
    RETURN_IF_ERROR(file_->WriteAt(static_cast<int64_t>(last_position_), last_bytes_));
    last_bytes_ = {};
    RETURN_IF_ERROR(file_->Sync());
    RETURN_IF_ERROR(files_.SyncDir(directory_));
  } else {
    RETURN_IF_ERROR(StartFile(next_sequence_));
  }
  MakeMark();
  if (marked_sequence_ < next_sequence_) WriteMark();
  RemoveBefore(snapshot_end);
  return {};
}

// A mark that cannot be read tells nothing: the journal is taken for what it looks like.
void Journal::ReadMark() {
  const std::string path = JoinPath(directory_, kMarkName);
  const Result<std::string> content = files_.ReadAll(path);
  if (content.ok()) {
    const std::optional<int64_t> sequence = DecodeMark(*content);
    if (!sequence.has_value() && !content->empty()) LOG_WARN("{} is damaged: not used", path);
    marked_sequence_ = sequence.value_or(0);
    is_mark_known_ = sequence.has_value() || content->empty();
  } else if (content.status().code() != StatusCode::kNotFound) {
    LOG_WARN("{}: not used", content.status().ToString());
  }
}

// Not before what is there was loaded: a start that is refused must not pass for the first one.
// One that cannot be written is none the less true.
void Journal::MakeMark() {
  if (mark_ || !files_.is_durable()) return;
  Result<Ref<File>> mark = files_.Open(JoinPath(directory_, kMarkName), OpenMode::kCreate);
  if (mark.ok())
    mark_ = std::move(*mark);
  else
    LOG_WARN("{}: it is not written", mark.status().ToString());
}

// Both slots in turn: one that is torn leaves the other.
void Journal::WriteMark() {
  if (!mark_) return;
  const int64_t slot = next_sequence_ % static_cast<int64_t>(kMarkSlots);
  const Status status = mark_->WriteAt(slot * static_cast<int64_t>(kMarkSlotSizeBytes),
                                       EncodeMarkSlot(next_sequence_));
  marked_sequence_ = next_sequence_;
  if (status.ok()) {
    is_mark_known_ = true;
    return;
  }
  LOG_WARN("{}/{}: {}", directory_, kMarkName, status.ToString());
  if (is_mark_known_) return;  // an older mark is true as well
  mark_ = {};
  (void)files_.Remove(JoinPath(directory_, kMarkName));  // a new one says that nothing has counted
}

Status Journal::Close() { return mark_ ? mark_->Sync() : Status(); }

// Snapshots become visible by rename, whole and synced: a damaged one is a media fault. The journal
// files before it are gone, so that there is nothing to fall back to.
Status Journal::LoadSnapshot(const std::vector<int64_t>& snapshots, const Replay& replay) {
  if (snapshots.empty()) return {};
  const int64_t first = snapshots.back();
  const std::string path = PathOf(first, kSnapshotExtension);
  ASSIGN_OR_RETURN(const std::string content, files_.ReadAll(path));
  FrameReader reader(content);
  const auto size = static_cast<int64_t>(content.size());
  if (!reader.ReadHeader(FileKind::kSnapshot))
    return Damaged(path, 0, size, "not a snapshot of ours");
  int64_t count = 0;
  std::string_view record;
  while (reader.Next(count, &record)) {
    if (reader.at_end()) {
      if (!IsFooter(record, count)) break;
      next_sequence_ = first;
      return {};
    }
    RETURN_IF_ERROR(replay(record).Annotate(path));
    ++count;
  }
  return Damaged(path, static_cast<int64_t>(reader.position()), size,
                 "a snapshot is written whole, and this one is not");
}

Status Journal::LoadJournal(int64_t first, bool is_last, const Replay& replay) {
  const std::string path = PathOf(first, kJournalExtension);
  ASSIGN_OR_RETURN(Ref<File> file, files_.Open(path, OpenMode::kReadWrite));
  ASSIGN_OR_RETURN(const std::string content, files_.ReadAll(path));
  FrameReader reader(content);
  if (!reader.ReadHeader(FileKind::kJournal)) {
    if (!is_last) return Damaged(path, 0, static_cast<int64_t>(content.size()), kNotOurs);
    return StartAnew(first, content);
  }
  std::string_view record;
  int64_t sequence = first;
  size_t last = 0;  // where the last good frame begins; without one, the header
  for (size_t at = reader.position(); reader.Next(sequence, &record);
       ++sequence, at = reader.position()) {
    last = at;
    if (sequence < next_sequence_) continue;  // the snapshot has it
    RETURN_IF_ERROR(replay(record).Annotate(path));
    next_sequence_ = sequence + 1;
  }
  const int64_t good = static_cast<int64_t>(reader.position());
  if (!reader.at_end()) {
    const std::string_view tail = std::string_view(content).substr(reader.position());
    const auto size = static_cast<int64_t>(content.size());
    if (!is_last || reader.HasLaterFrame(sequence))
      return Damaged(path, good, size, "damage with good records behind it");
    if (std::max(sequence, next_sequence_) < marked_sequence_)
      return Damaged(path, good, size, kEndsEarly);
    RETURN_IF_ERROR(CutTail(path, tail, good, reader.IsTorn()));
    RETURN_IF_ERROR(file->Truncate(good));
    RETURN_IF_ERROR(file->Sync());
  }
  if (is_last && sequence == next_sequence_) {
    file_ = std::move(file);
    file_first_ = first;
    size_bytes_ = good;
    last_position_ = last;
    last_bytes_ = content.substr(last, static_cast<size_t>(good) - last);
  }
  return {};
}

// A crash may have come before the header was written; anything longer is not ours to touch.
Status Journal::StartAnew(int64_t first, std::string_view content) {
  const std::string path = PathOf(first, kJournalExtension);
  const auto size = static_cast<int64_t>(content.size());
  if (content.size() > kHeaderSizeBytes) return Damaged(path, 0, size, kNotOurs);
  if (next_sequence_ < marked_sequence_) return Damaged(path, size, size, kEndsEarly);
  if (size > 0) RETURN_IF_ERROR(CutTail(path, content, 0, /*is_torn=*/true));
  return StartFile(first);
}

// Keeps aside what is about to be cut, and tells of it.
Status Journal::CutTail(const std::string& path, std::string_view tail, int64_t position,
                        bool is_torn) {
  using AckedLoss = DamageReport::AckedLoss;
  cut_.file = path;
  cut_.from_byte = position;
  cut_.to_byte = position + static_cast<int64_t>(tail.size());
  cut_.acked_loss = is_torn && is_mark_known_ ? AckedLoss::kNo : AckedLoss::kUnknown;
  if (!is_torn)
    cut_.reason = "a last record that does not check out, perhaps broken off by a crash";
  else if (!is_mark_known_)
    cut_.reason = "broken off or shortened; without journal.mark nothing tells whether it counted";
  else
    cut_.reason = "a record that a crash has broken off";
  cut_.kept_aside = path + "." + std::to_string(position) + std::string(kCutSuffix);
  Status kept = files_.WriteWhole(cut_.kept_aside, tail, Files::Durably::kYes);
  if (kept.ok()) kept = files_.SyncDir(directory_);
  if (!kept.ok()) {
    // Nobody was told of what a crash has broken off: a full device must not stop the start.
    if (cut_.acked_loss != AckedLoss::kNo) return kept;
    LOG_WARN("{}: {}", cut_.kept_aside, kept.ToString());
    cut_.kept_aside.clear();
  }
  // Of a copy in memory nothing is lost: who looks into it says what is to be said.
  if (files_.is_durable()) LOG_WARN("cut off: {}", cut_.ToJson());
  Tell(cut_);
  return {};
}

// Tells of what stops the start.
Status Journal::Damaged(const std::string& path, int64_t position, int64_t size,
                        std::string reason) const {
  Status status = Corrupt(path + ": damaged at byte " + std::to_string(position) + ": " + reason);
  DamageReport report;
  report.file = path;
  report.from_byte = position;
  report.to_byte = size;
  report.reason = std::move(reason);
  report.effect = "the metadata is not loaded";
  report.acked_loss = DamageReport::AckedLoss::kYes;
  Tell(report);
  return status;
}

void Journal::Tell(const DamageReport& report) const {
  const std::string reports = JoinPath(ParentOf(directory_), kDamageReportsName);
  if (const Status told = AppendReport(files_, reports, report); !told.ok())
    LOG_ERROR("{}: {}", reports, told.ToString());
}

Status Journal::StartFile(int64_t first) {
  MakeMark();
  const std::string path = PathOf(first, kJournalExtension);
  ASSIGN_OR_RETURN(Ref<File> file, files_.Open(path, OpenMode::kCreate));
  RETURN_IF_ERROR(file->Truncate(0));
  const std::string header = EncodeHeader(FileKind::kJournal);
  RETURN_IF_ERROR(file->WriteAt(0, header));
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(files_.SyncDir(directory_));
  file_ = std::move(file);
  file_first_ = first;
  size_bytes_ = static_cast<int64_t>(header.size());
  return {};
}

Status Journal::Append(std::string_view record) {
  RETURN_IF_ERROR(broken_);
  if (record.size() > kRecordSizeBytesMax)
    return Invalid("the record is larger than a journal takes");
  if (!file_) RETURN_IF_ERROR(StartFile(next_sequence_).Annotate("journal"));
  const std::string frame = EncodeFrame(next_sequence_, record);
  if (Status written = file_->WriteAt(size_bytes_, frame); !written.ok()) {
    // The bytes behind size_bytes_ are ours to drop: nobody was told of them.
    if (Status cut = file_->Truncate(size_bytes_); !cut.ok()) {
      broken_ = Fatal("journal: " + written.ToString() + "; and then: " + cut.ToString());
    }
    return written.Annotate("journal");
  }
  if (Status synced = file_->Sync(); !synced.ok()) {
    // The next run must not take what is left in the page cache for what the device has.
    (void)file_->Truncate(size_bytes_);
    broken_ = Fatal("journal: sync failed, what the device holds is unknown: " + synced.ToString());
    return broken_;
  }
  size_bytes_ += static_cast<int64_t>(frame.size());
  ++next_sequence_;
  WriteMark();
  return {};
}

Status Journal::WriteSnapshot(const std::vector<std::string>& records) {
  RETURN_IF_ERROR(broken_);
  std::string content = EncodeHeader(FileKind::kSnapshot);
  int64_t count = 0;
  for (const std::string& record : records) content.append(EncodeFrame(count++, record));
  content.append(EncodeFrame(count, EncodeFooter(count)));
  const std::string path = PathOf(next_sequence_, kSnapshotExtension);
  if (Status written = files_.WriteAtomically(path, content); !written.ok()) {
    // On a full device others need the room. Not so in general: the draft of meta.properties is
    // such a file, and its cluster id was told already.
    (void)files_.Remove(path + std::string(kTemporarySuffix));
    return written;
  }
  // A restart goes on with the new file if it stands there, so nothing more goes into the old one;
  // if it cannot be made now, the next append tries again.
  file_ = Ref<File>();
  RETURN_IF_ERROR(StartFile(next_sequence_).Annotate("journal"));
  RemoveBefore(next_sequence_);
  return {};
}

// Leftovers cost space only; the next start tries again.
void Journal::RemoveBefore(int64_t snapshot_end) {
  const Result<std::vector<DirEntry>> entries = files_.List(directory_);
  if (!entries.ok()) return;
  for (const DirEntry& entry : *entries) {
    const int64_t journal = NumberOf(entry.name, kJournalExtension);
    const int64_t snapshot = NumberOf(entry.name, kSnapshotExtension);
    const bool is_old = (journal >= 0 && journal < snapshot_end && journal < file_first_) ||
                        (snapshot >= 0 && snapshot < snapshot_end) ||
                        NumberOf(entry.name, kBegunSnapshotExtension) >= 0;
    if (!is_old) continue;
    if (Status removed = files_.Remove(directory_ + "/" + entry.name); !removed.ok()) {
      LOG_WARN("{}/{}: {}", directory_, entry.name, removed.ToString());
    }
  }
}

}  // namespace odradek::storage
