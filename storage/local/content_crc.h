// Where the checksums of a partition's own files begin: with whose they are, so that the files of
// another partition do not pass for them. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/uuid.h"

namespace odradek::storage {

// `partition` is the name of the partition's directory.
uint32_t OwnerCrc(const Uuid& topic_id, std::string_view partition);
// Of what belongs to one offset of it: the content of a segment, a producer snapshot.
uint32_t OwnerCrcAt(uint32_t owner_crc, int64_t offset);

}  // namespace odradek::storage
