// Whose log a partition's folder holds, where its checkpoint names another partition: the folder
// may be that partition's, by a mistake of whoever copied or renamed folders, or only the file may.
// Thread: any. Errors: those of the files.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/env/file.h"
#include "base/result.h"
#include "base/uuid.h"
#include "storage/local/log_checkpoint.h"

namespace odradek::storage {

// Whether `told`, the checkpoint in the folder, is of topic_id's partition that has this folder.
bool IsOfFolder(const LogCheckpoint& told, const std::string& directory, const Uuid& topic_id);

// Requires: !IsOfFolder(). True if the folder's log is the one that `told` is of: the content of a
// segment has the checksum that it tells, which begins with the owner, and no snapshot of producers
// says otherwise. Sidecars without a word of the content are no proof, in any number. Reads
// segments as a whole; kRetriable soon after `stop`, if any, is set.
Result<bool> HoldsLogOf(Files& files, const std::string& directory, const Uuid& topic_id,
                        const LogCheckpoint& told, const std::atomic<bool>* stop = nullptr);

// `entries`: of the folder. False if no segment in it has any content, so that nothing can be lost.
Result<bool> HoldsBytes(Files& files, const std::string& directory,
                        const std::vector<DirEntry>& entries);

}  // namespace odradek::storage
