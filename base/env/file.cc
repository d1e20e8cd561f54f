#include "base/env/file.h"

namespace odradek {

std::string ParentOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

Status File::WriteAt(int64_t offset, std::string_view from) {
  if (from.empty()) return Status();
  const iovec part{const_cast<char*>(from.data()), from.size()};
  return WriteAt(offset, std::span(&part, 1));
}

Result<std::string> Files::ReadAll(const std::string& path) {
  Result<Ref<File>> file = Open(path, OpenMode::kRead);
  if (!file.ok()) return file.status();
  const Result<int64_t> size = (*file)->Size();
  if (!size.ok()) return size.status();
  std::string content(static_cast<size_t>(*size), '\0');
  const Result<size_t> read = (*file)->ReadAt(0, content);
  if (!read.ok()) return read.status();
  content.resize(*read);
  return content;
}

Status Files::WriteWhole(const std::string& path, std::string_view content, Durably durably) {
  ASSIGN_OR_RETURN(const Ref<File> file, Open(path, OpenMode::kCreate));
  RETURN_IF_ERROR(file->Truncate(0));
  RETURN_IF_ERROR(file->WriteAt(0, content));
  return durably == Durably::kYes ? file->Sync() : Status();
}

Status Files::WriteAtomically(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  RETURN_IF_ERROR(WriteWhole(temporary, content, Durably::kYes));
  RETURN_IF_ERROR(Rename(temporary, path));
  return SyncDir(ParentOf(path));
}

}  // namespace odradek
