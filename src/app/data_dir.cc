#include "app/data_dir.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "inspect/file_kind.h"
#include "metadata/meta_properties.h"
#include "storage/journal/journal.h"
#include "storage/local/damage.h"
#include "storage/local/file_names.h"

namespace odradek::app {
namespace {

// Kafka's own directories have the same marker, but a folder "<topic>-<n>" for each partition.
Status RefuseKafkasOwn(Files& files, const std::string& path,
                       const std::vector<DirEntry>& entries) {
  for (const DirEntry& entry : entries) {
    std::string_view topic;
    int32_t partition = 0;
    if (entry.is_directory && inspect::ParsePartitionFolder(entry.name, &topic, &partition) &&
        files.Exists(storage::JoinPath(entry.name, storage::kPartitionMetadataName))) {
      return Fatal(fmt::format(
          "{0} is a log directory of Apache Kafka; take its topics into a directory of their own: "
          "odradek import --data-dir NEW {0}",
          path));
    }
  }
  return {};
}

// A directory with content but without our marker belongs to somebody else.
Status CheckOwnership(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, files.List(""));
  const auto has = [&](std::string_view name) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const DirEntry& entry) { return entry.name == name; });
  };
  const auto foreign = std::find_if(entries.begin(), entries.end(), [](const DirEntry& entry) {
    // A first start that was killed may have left no more than the draft of the marker.
    return entry.name != "lost+found" && entry.name != ".lock" &&
           entry.name != metadata::kMetaPropertiesDraftName;
  });
  RETURN_IF_ERROR(RefuseKafkasOwn(files, path, entries));
  if (has(metadata::kMetaPropertiesName) || foreign == entries.end()) return {};
  if (storage::Journal::Exists(files, std::string(metadata::kMetadataDirectoryName)))
    return Fatal(
        fmt::format("{0} has lost its {1}: put it back, or write one with the three lines "
                    "'version=1', 'node.id=0' (the number of the first node, if it is another), "
                    "and 'cluster.id=' with the id that `odradek dump-log {0}/{2}` shows",
                    path, metadata::kMetaPropertiesName, metadata::kMetadataDirectoryName));
  return Fatal(fmt::format(
      "{} holds '{}' and no {}: it is not a data directory of this program; name an empty one",
      path, foreign->name, metadata::kMetaPropertiesName));
}

}  // namespace

Result<DataDir> OpenDataDir(const std::string& path) {
  if (path.empty()) return Invalid("--data-dir is empty: name a directory");
  DataDir dir;
  dir.files = MakePosixFiles(path);
  const Status made = dir.files->MakeDirs("");
  if (!made.ok())
    return Status(made.code(), fmt::format("cannot make the data directory {}: {}; name one where "
                                           "the broker is allowed to write",
                                           path, made.message()));
  Result<std::unique_ptr<DirLock>> lock = dir.files->Lock("");
  if (!lock.ok()) {
    const bool is_held = lock.status().code() == StatusCode::kExists;
    return Status(
        lock.status().code(),
        fmt::format("cannot lock the data directory {}: {}; {}", path, lock.status().message(),
                    is_held ? "stop it first, or name another directory"
                            : "the broker has to be allowed to write to it"));
  }
  dir.lock = std::move(lock).value();
  RETURN_IF_ERROR(CheckOwnership(*dir.files, path));
  return dir;
}

void WarnOfDamageReports(Files& files, const std::string& path) {
  const std::string name(storage::kDamageReportsName);
  const Result<std::string> reports = files.ReadAll(name);
  if (!reports.ok()) {
    if (reports.status().code() != StatusCode::kNotFound)
      LOG_WARN("{}", reports.status().ToString());
    return;
  }
  const auto lines = std::count(reports->begin(), reports->end(), '\n');
  if (lines == 0) return;
  LOG_WARN(
      "{0}/{1} holds {2} report{3} of damage; odradek verify {0} tells what is left of it while no "
      "broker serves it; move the file away when it is settled",
      path, name, lines, lines == 1 ? "" : "s");
}

}  // namespace odradek::app
