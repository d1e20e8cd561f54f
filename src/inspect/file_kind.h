// Which format a file of a data directory has, told by its name alone. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "inspect/internal_records.h"

namespace odradek::inspect {

enum class FileKind : unsigned char {
  kUnknown,
  kLog,            // batches: segments, parts of segments, snapshots of Kafka's own metadata
  kOffsetIndex,    // .index
  kTimeIndex,      // .timeindex
  kTxnIndex,       // .txnindex
  kFooter,         // .footer
  kSnapshot,       // .snapshot: of producers, or of the metadata journal
  kJournal,        // .journal
  kJournalMark,    // journal.mark
  kEpochs,         // leader-epoch-checkpoint
  kLogCheckpoint,  // log.checkpoint
  kProperties,     // partition.metadata, meta.properties
  kReports,        // @damage-reports.jsonl
  kOffsets,        // Kafka's *-checkpoint files of a whole log directory
};

struct FileName {
  FileKind kind = FileKind::kUnknown;
  int64_t base_offset = -1;  // the number in front, if there is one
};

// `path` may have folders; marks that rename takes a file out of a log with (".deleted", ".cut",
// ".swap", ".cleaned") are looked through.
FileName ParseFileName(std::string_view path);

// The topic of a file at <topic>/<n>/<file> or, as Kafka has it, <topic>-<n>/<file>; else empty.
std::string TopicOfPath(std::string_view path);

// The parts of "<topic>-<n>". False if that is not what `name` is.
bool ParsePartitionFolder(std::string_view name, std::string_view* topic, int32_t* partition);

}  // namespace odradek::inspect
