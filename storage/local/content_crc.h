// Where the checksums of a partition's own files begin: with whose they are, so that the files of
// another partition do not pass for them. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/env/file.h"
#include "base/result.h"
#include "base/uuid.h"

namespace odradek::storage {

// `partition` is the name of the partition's directory.
uint32_t OwnerCrc(const Uuid& topic_id, std::string_view partition);
// Of what belongs to one offset of it: the content of a segment, a producer snapshot.
uint32_t OwnerCrcAt(uint32_t owner_crc, int64_t offset);
// What becomes of `crc` over the bytes [from, to) of the file; kCorrupt if it ends before. `buffer`
// is scratch.
Result<uint32_t> ContentCrc(const File& file, int64_t from, int64_t to, uint32_t crc,
                            std::string* buffer);

}  // namespace odradek::storage
