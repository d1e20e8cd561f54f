#include "storage/local/reports_file.h"

namespace odradek::storage {
namespace {

constexpr int64_t kReportsSizeBytesMax = 16 << 20;

}  // namespace

Status AppendReport(Files& files, const std::string& path, const DamageReport& report) {
  ASSIGN_OR_RETURN(const Ref<odradek::File> file, files.Open(path, OpenMode::kCreate));
  ASSIGN_OR_RETURN(const int64_t size, file->Size());
  if (size > kReportsSizeBytesMax) return Full(path + " is full: look through it and remove it");
  RETURN_IF_ERROR(file->WriteAt(size, report.ToJson() + "\n"));
  return file->Sync();
}

}  // namespace odradek::storage
