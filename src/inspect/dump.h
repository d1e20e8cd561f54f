// Dump: says in rows what the files of a data directory hold, ours or Kafka's, without judging more
// than each file by itself; verify.h puts them together. Nothing is changed.
// Owner: the command `dump-log`. Thread: one at a time. Errors: those of reading; damage is a row
// of kind "problem" in the report. Source: DumpLogSegments of Apache Kafka.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/env/file.h"
#include "base/result.h"
#include "inspect/file_kind.h"
#include "inspect/internal_records.h"
#include "inspect/row.h"

namespace odradek::inspect {

struct DumpOptions {
  bool records = false;                // every record, not only batches
  std::optional<Decoding> decoding{};  // of keys and values; none: by the name of the topic
  std::string root{};                  // where the files lie; its last parts may name a topic
};

// Dumps a file, or every file of a known kind below a directory, in the order of names. `shown` is
// put in front of the names in the report. A file that is named itself is taken for a segment if it
// begins with a batch, whatever its name. kInvalid for one of no known kind, and for a directory
// without any.
Status Dump(Files& files, const std::string& path, std::string_view shown,
            const DumpOptions& options, Report& report);

// The parts; `content` is the whole file.
Status DumpBatches(Files& files, const std::string& path, const DumpOptions& options,
                   Report& report);
void DumpOffsetIndex(std::string_view content, int64_t base_offset, Report& report);
void DumpTimeIndex(std::string_view content, int64_t base_offset, Report& report);
void DumpTxnIndex(std::string_view content, Report& report);
void DumpFooter(std::string_view content, Report& report);
void DumpProducers(std::string_view content, Report& report);
void DumpEpochs(std::string_view content, Report& report);
void DumpLogCheckpoint(std::string_view content, Report& report);
void DumpOffsets(std::string_view content, Report& report);
void DumpReports(std::string_view content, Report& report);
void DumpProperties(std::string_view content, Report& report);
bool IsJournalSnapshot(std::string_view content);
// A journal or a snapshot of it.
void DumpJournal(std::string_view content, int64_t first, Report& report);
// What a start cut off the end of a journal: an entry that does not check out.
void DumpJournalTail(std::string_view content, Report& report);
void DumpJournalMark(std::string_view content, Report& report);

}  // namespace odradek::inspect
