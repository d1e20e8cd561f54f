// The file of damage reports: a line of JSON each, for whoever looks after the data directory.
#pragma once

#include <string>

#include "base/env/file.h"
#include "base/result.h"
#include "storage/local/damage.h"

namespace odradek::storage {

// Adds a line to the file at `path`, durably; kFull above 16 MiB. Callers take turns.
Status AppendReport(Files& files, const std::string& path, const DamageReport& report);

}  // namespace odradek::storage
