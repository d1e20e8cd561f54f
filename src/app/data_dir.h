// Takes a data directory for this process: makes it, locks it, and refuses what is not ours.
#pragma once

#include <memory>
#include <string>

#include "base/env/file.h"
#include "base/result.h"

namespace odradek::app {

struct DataDir {
  std::unique_ptr<Files> files;
  std::unique_ptr<DirLock> lock;  // released after everything that uses the files
};

// Errors: kInvalid, kExists (another process has it), kFatal; each names the directory and the way
// out.
Result<DataDir> OpenDataDir(const std::string& path);

// One warning if the directory at `path` holds reports of damage, whenever it was found.
void WarnOfDamageReports(Files& files, const std::string& path);

}  // namespace odradek::app
