// Removing a partition's directory so that no crash leaves a part of it that looks like a log.
// Thread: the caller's. Errors: those of the files; what is left is removed by the next try.
#pragma once

#include <string>

#include "base/env/file.h"

namespace odradek::storage {

// Renames the directory to `<directory>.deleted-0`, makes that durable, and removes it.
// Nothing happens if it does not exist.
Status RemovePartitionDirectory(Files& files, const std::string& directory);

}  // namespace odradek::storage
