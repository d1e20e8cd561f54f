// CRC-32C (Castagnoli), the checksum of record batches. Uses the CPU's instruction where there is
// one, three streams at a time; otherwise a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace odradek {

// The CRC of `bytes`, or of everything so far when `crc` is the result for what came before.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

}  // namespace odradek
