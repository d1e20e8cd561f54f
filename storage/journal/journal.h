// Journal: an append-only file of checksummed records with snapshots beside it; what cluster
// metadata is kept in. Knows nothing of what the records mean.
//
// Files of a directory: <20 digits>.journal holds records from that number on, <20 digits>.snapshot
// the whole state before that number. A record is one atomic unit: after a crash it is there whole
// or not at all. Layout: docs/formats/journal.md.
// journal.mark tells how many records are known to be on the device: it is written behind every
// sync and not waited for, so a power cut may set it back, and a kill does not. It is made before
// the first journal: where it is missing somebody has removed it, and nothing is known.
// Open replays the newest good snapshot, then the records behind it. Damage behind the mark, with
// no good record behind it, is the torn tail of a crash: it is kept aside, reported and cut. Any
// other is reported and kCorrupt, and nothing else is changed.
// Owner: MetadataStore. Thread: one at a time.
// Errors: kFull, kRetriable: nothing happened; so it is with kInvalid, a record that is too large.
// kFatal: after a failed sync the journal refuses everything, because it cannot know what the
// device holds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/file.h"
#include "base/result.h"
#include "storage/local/damage.h"

namespace odradek::storage {

class Journal {
 public:
  static constexpr size_t kRecordSizeBytesMax = 64 << 20;

  // Told every record of the snapshot, then every one of the journal, in order. A failure ends
  // Open.
  using Replay = std::function<Status(std::string_view record)>;

  // Whether the directory holds a journal or a snapshot, of whatever content.
  static bool Exists(Files& files, const std::string& directory);
  // `files` outlives the journal. Makes the directory if it is missing.
  static Result<std::unique_ptr<Journal>> Open(Files& files, std::string directory,
                                               const Replay& replay);

  // Durable when it returns, where the files are.
  Status Append(std::string_view record);
  // Replaces everything so far by `records`, which must give the same state.
  Status WriteSnapshot(const std::vector<std::string>& records);

  // Puts the mark on the device, for a clean stop.
  Status Close();

  int64_t next_sequence() const { return next_sequence_; }
  // Bytes that a restart would have to replay besides the snapshot.
  int64_t journal_bytes() const { return size_bytes_; }
  // What Open has told of the torn tail that it cut; an empty range after a clean stop.
  const DamageReport& cut() const { return cut_; }
  int64_t cut_bytes() const { return cut_.to_byte - cut_.from_byte; }

 private:
  Journal(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
  Status Load(const Replay& replay);
  Status LoadSnapshot(const std::vector<int64_t>& snapshots, const Replay& replay);
  Status LoadJournal(int64_t first, bool is_last, const Replay& replay);
  Status StartAnew(int64_t first, std::string_view content);
  Status CutTail(const std::string& path, std::string_view tail, int64_t position, bool is_torn);
  Status Damaged(const std::string& path, int64_t position, int64_t size, std::string reason) const;
  Status StartFile(int64_t first);
  void Tell(const DamageReport& report) const;
  void ReadMark();
  void MakeMark();
  void WriteMark();
  void RemoveBefore(int64_t snapshot_end);
  std::string PathOf(int64_t first, std::string_view extension) const;

  Files& files_;
  const std::string directory_;
  Ref<File> file_;
  int64_t file_first_ = 0;  // the number of its first record
  int64_t next_sequence_ = 0;
  int64_t size_bytes_ = 0;
  DamageReport cut_;
  Ref<File> mark_;               // null: it cannot be written
  int64_t marked_sequence_ = 0;  // records below it were on the device
  bool is_mark_known_ = false;   // whether those behind it may be taken for not acknowledged
  size_t last_position_ = 0;     // of the last frame that was loaded, and its bytes, while loading
  std::string last_bytes_;
  Status broken_;
};

}  // namespace odradek::storage
