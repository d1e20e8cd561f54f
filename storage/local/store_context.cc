#include "storage/local/store_context.h"

#include "base/log.h"
#include "storage/local/file_names.h"
#include "storage/local/reports_file.h"

namespace odradek::storage {
Status StoreContext::ReplaceFile(const std::string& path, std::string_view content) {
  const std::string temporary = path + std::string(kTemporarySuffix);
  RETURN_IF_ERROR(files().WriteWhole(temporary, content, Files::Durably::kNo));
  return files().Rename(temporary, path);
}

bool StoreContext::WriteSidecar(const std::string& path, std::string_view content) {
  const Status status = ReplaceFile(path, content);
  if (!status.ok())
    LOG_WARN("could not write {}: {}; it will be made again at need", path, status.ToString());
  return status.ok();
}

Millis StoreContext::WallForDeletionMs() {
  MutexLock lock(wall_mutex);
  const Millis doubted_before_ms = wall_watch.doubted_ms();
  const Millis now_ms = wall_watch.Look(env.clock->MonotonicMs(), env.clock->WallMs());
  if (doubted_before_ms == 0 && wall_watch.doubted_ms() != 0) {
    LOG_WARN(
        "the wall clock has jumped ahead by {} ms; nothing is deleted by that unless it stays so "
        "for {} ms",
        wall_watch.doubted_ms(), WallWatch::kLastsMs);
  }
  return now_ms;
}

void StoreContext::Report(const DamageReport& report) {
  LOG_ERROR("damage: {}", report.ToJson());
  if (!files().is_durable()) return;
  MutexLock lock(reports_mutex);
  const std::string path = JoinPath(options.directory, kDamageReportsName);
  if (const Status status = AppendReport(files(), path, report); !status.ok())
    LOG_ERROR("the line above is in no reports file: {}", status.ToString());
}

}  // namespace odradek::storage
