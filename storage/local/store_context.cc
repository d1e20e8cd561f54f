#include "storage/local/store_context.h"

#include "base/log.h"
#include "storage/local/file_names.h"

namespace odradek::storage {
namespace {

constexpr int64_t kReportsSizeBytesMax = 16 << 20;

}  // namespace

Status StoreContext::ReplaceFile(const std::string& path, std::string_view content) {
  const std::string temporary = path + std::string(kTemporarySuffix);
  RETURN_IF_ERROR(files().WriteWhole(temporary, content, Files::Durably::kNo));
  return files().Rename(temporary, path);
}

void StoreContext::WriteSidecar(const std::string& path, std::string_view content) {
  const Status status = ReplaceFile(path, content);
  if (!status.ok())
    LOG_WARN("could not write {}: {}; it will be made again at need", path, status.ToString());
}

void StoreContext::Report(const DamageReport& report) {
  const std::string line = report.ToJson();
  LOG_ERROR("damage: {}", line);
  if (!files().is_durable()) return;
  MutexLock lock(reports_mutex);
  const std::string path = JoinPath(options.directory, kDamageReportsName);
  const auto append = [&]() -> Status {
    ASSIGN_OR_RETURN(const Ref<odradek::File> file, files().Open(path, OpenMode::kCreate));
    ASSIGN_OR_RETURN(const int64_t size, file->Size());
    if (size > kReportsSizeBytesMax) return Full(path + " is full: look through it and remove it");
    RETURN_IF_ERROR(file->WriteAt(size, line + "\n"));
    return file->Sync();
  };
  if (const Status status = append(); !status.ok())
    LOG_ERROR("the line above is in no reports file: {}", status.ToString());
}

}  // namespace odradek::storage
