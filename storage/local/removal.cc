#include "storage/local/removal.h"

#include "storage/local/file_names.h"

namespace odradek::storage {

Status RemovePartitionDirectory(Files& files, const std::string& directory) {
  if (!files.Exists(directory)) return Status();
  const std::string aside = directory + std::string(kDeletedMark) + "0";
  RETURN_IF_ERROR(files.RemoveTree(aside));
  RETURN_IF_ERROR(files.Rename(directory, aside));
  // Else a crash may undo the rename and keep the removal of some files: of the topic id, say.
  RETURN_IF_ERROR(files.SyncDir(ParentOf(directory)));
  return files.RemoveTree(aside);
}

}  // namespace odradek::storage
