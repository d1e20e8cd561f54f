#include "app/data_dir.h"

#include <algorithm>
#include <vector>

#include "base/log.h"

namespace odradek::app {
namespace {

constexpr std::string_view kMarker = "meta.properties";

// A directory with content but without our marker belongs to somebody else.
Status CheckOwnership(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<DirEntry> entries, files.List(""));
  const auto has = [&](std::string_view name) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const DirEntry& entry) { return entry.name == name; });
  };
  const auto foreign = std::find_if(entries.begin(), entries.end(), [](const DirEntry& entry) {
    return entry.name != "lost+found" && entry.name != ".lock";
  });
  if (has(kMarker) || foreign == entries.end()) return {};
  return Invalid(fmt::format(
      "{} holds '{}' and no {}: it is not a data directory of this program; name an empty one",
      path, foreign->name, kMarker));
}

}  // namespace

Result<DataDir> OpenDataDir(const std::string& path) {
  DataDir dir;
  dir.files = MakePosixFiles(path);
  const Status made = dir.files->MakeDirs("");
  if (!made.ok()) return made.Annotate(fmt::format("cannot use the data directory {}", path));
  Result<std::unique_ptr<DirLock>> lock = dir.files->Lock("");
  if (!lock.ok())
    return lock.status().Annotate(fmt::format("cannot lock the data directory {}", path));
  dir.lock = std::move(lock).value();
  RETURN_IF_ERROR(CheckOwnership(*dir.files, path));
  return dir;
}

}  // namespace odradek::app
