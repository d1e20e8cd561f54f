// CRC-32C (Castagnoli), the checksum of record batches. Uses the CPU's instruction where there is
// one, three streams at a time; otherwise a table. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace odradek {

// The CRC of `bytes`, or of everything so far when `crc` is the result for what came before.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

// The same by table, whatever the CPU; the yardstick of the tests.
uint32_t Crc32cPortable(std::string_view bytes, uint32_t crc = 0);

// The CRC after a change in the middle, without reading the rest again: `difference` is the old
// bytes XOR the new ones, `bytes_behind` how many unchanged bytes follow them.
uint32_t Crc32cPatch(uint32_t crc, std::string_view difference, uint64_t bytes_behind);

// The CRC of two stretches in a row: `crc` of the first, `next` of the second, of
// `next_size_bytes`.
uint32_t Crc32cJoin(uint32_t crc, uint32_t next, uint64_t next_size_bytes);

}  // namespace odradek
