#include "inspect/dump.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "storage/local/file_names.h"
#include "storage/local/header_scan.h"

namespace odradek::inspect {
namespace {

Status DumpFile(Files& files, const std::string& path, const FileName& name,
                const DumpOptions& options, Report& report) {
  if (name.kind == FileKind::kLog) return DumpBatches(files, path, options, report);
  ASSIGN_OR_RETURN(const std::string content, files.ReadAll(path));
  switch (name.kind) {
    case FileKind::kOffsetIndex:
      DumpOffsetIndex(content, name.base_offset, report);
      break;
    case FileKind::kTimeIndex:
      DumpTimeIndex(content, name.base_offset, report);
      break;
    case FileKind::kTxnIndex:
      DumpTxnIndex(content, report);
      break;
    case FileKind::kFooter:
      DumpFooter(content, report);
      break;
    case FileKind::kSnapshot:
      // The journal's snapshots are named like those of producers.
      if (IsJournalSnapshot(content)) {
        DumpJournal(content, name.base_offset, report);
      } else {
        DumpProducers(content, report);
      }
      break;
    case FileKind::kJournal:
      if (path.ends_with(storage::kCutSuffix)) {
        DumpJournalTail(content, report);
      } else {
        DumpJournal(content, name.base_offset, report);
      }
      break;
    case FileKind::kJournalMark:
      DumpJournalMark(content, report);
      break;
    case FileKind::kEpochs:
      DumpEpochs(content, report);
      break;
    case FileKind::kLogCheckpoint:
      DumpLogCheckpoint(content, report);
      break;
    case FileKind::kProperties:
      DumpProperties(content, report);
      break;
    case FileKind::kOffsets:
      DumpOffsets(content, report);
      break;
    case FileKind::kReports:
      DumpReports(content, report);
      break;
    case FileKind::kLog:
    case FileKind::kUnknown:
      break;
  }
  return {};
}

class Walk {
 public:
  Walk(Files& files, std::string_view shown, const DumpOptions& options, Report& report)
      : files_(files), shown_(shown), options_(options), report_(report) {}

  Status Directory(const std::string& path, std::vector<DirEntry> entries) {
    std::sort(entries.begin(), entries.end(),
              [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
    for (const DirEntry& entry : entries) {
      const std::string below = path.empty() ? entry.name : storage::JoinPath(path, entry.name);
      if (entry.is_directory) {
        ASSIGN_OR_RETURN(std::vector<DirEntry> inner, files_.List(below));
        RETURN_IF_ERROR(Directory(below, std::move(inner)));
      } else if (ParseFileName(below).kind != FileKind::kUnknown) {
        RETURN_IF_ERROR(OneFile(below));
      }
    }
    return {};
  }

  Status OneFile(const std::string& path) {
    FileName name = ParseFileName(path);
    const std::string shown = Shown(path);
    if (name.kind == FileKind::kUnknown && BeginsWithABatch(path)) name.kind = FileKind::kLog;
    if (name.kind == FileKind::kUnknown)
      return Invalid(shown + " has no name of a file in a data directory");
    ++files_found_;
    report_.BeginFile(shown);
    DumpOptions options = options_;
    if (!options.decoding.has_value()) {
      const std::string whole = storage::JoinPath(options.root, path);
      options.decoding = DecodingOf(TopicOfPath(whole));
    }
    return DumpFile(files_, path, name, options, report_);
  }

  std::string Shown(const std::string& path) const {
    return path.empty() ? shown_ : storage::JoinPath(shown_, path);
  }
  int64_t files_found() const { return files_found_; }

 private:
  bool BeginsWithABatch(const std::string& path) {
    const Result<Ref<File>> file = files_.Open(path, OpenMode::kRead);
    if (!file.ok()) return false;
    const Result<int64_t> size = (*file)->Size();
    return size.ok() && storage::HeaderScan(**file, 0, *size).Next();
  }

  Files& files_;
  const std::string shown_;
  const DumpOptions& options_;
  Report& report_;
  int64_t files_found_ = 0;
};

}  // namespace

Status Dump(Files& files, const std::string& path, std::string_view shown,
            const DumpOptions& options, Report& report) {
  Walk walk(files, shown, options, report);
  Result<std::vector<DirEntry>> entries = files.List(path);
  if (!entries.ok()) return walk.OneFile(path);
  RETURN_IF_ERROR(walk.Directory(path, std::move(*entries)));
  if (walk.files_found() > 0) return {};
  return Invalid(walk.Shown(path) + " holds no file with a name of a file in a data directory");
}

}  // namespace odradek::inspect
