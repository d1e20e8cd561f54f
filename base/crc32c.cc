#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#if __has_include(<sys/platform/x86.h>) && !defined(__clang__)  // clang knows no _Bool in C++
#include <sys/platform/x86.h>
#endif
#endif

namespace odradek {
namespace {

// A CRC is a polynomial over GF(2), bit-reflected: the most significant bit is x^0.
constexpr uint32_t kPolynomial = 0x82f63b78;
constexpr uint32_t kOne = 0x80000000;

constexpr uint32_t MultiplyByX(uint32_t a) { return (a >> 1) ^ ((a & 1) != 0 ? kPolynomial : 0); }

constexpr uint32_t Multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = kOne; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = MultiplyByX(b);
  }
  return product;
}

// x^(8 * 2^i) for every i: what a run of 2^i zero bytes multiplies a CRC by.
constexpr std::array<uint32_t, 64> MakeZeroPowers() {
  std::array<uint32_t, 64> powers{};
  uint32_t power = kOne;
  for (int i = 0; i < 8; ++i) power = MultiplyByX(power);
  for (uint32_t& to : powers) {
    to = power;
    power = Multiply(power, power);
  }
  return powers;
}
constexpr std::array<uint32_t, 64> kZeroPowers = MakeZeroPowers();

using ByteTables = std::array<std::array<uint32_t, 256>, 8>;

// Slicing by eight: table k advances a byte that has k bytes behind it.
constexpr ByteTables MakeByteTables() {
  ByteTables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int i = 0; i < 8; ++i) crc = MultiplyByX(crc);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}
constexpr ByteTables kByteTables = MakeByteTables();

// The functions below work on the register: the CRC without its two inversions.

uint32_t ExtendByTable(uint32_t crc, const char* at, const char* end) {
  for (; end - at >= 8; at += 8) {
    uint32_t low;
    uint32_t high;
    std::memcpy(&low, at, 4);
    std::memcpy(&high, at + 4, 4);
    low ^= crc;
    crc = kByteTables[7][low & 0xff] ^ kByteTables[6][(low >> 8) & 0xff] ^
          kByteTables[5][(low >> 16) & 0xff] ^ kByteTables[4][low >> 24] ^
          kByteTables[3][high & 0xff] ^ kByteTables[2][(high >> 8) & 0xff] ^
          kByteTables[1][(high >> 16) & 0xff] ^ kByteTables[0][high >> 24];
  }
  for (; at < end; ++at)
    crc = (crc >> 8) ^ kByteTables[0][(crc ^ static_cast<uint8_t>(*at)) & 0xff];
  return crc;
}

#if defined(__x86_64__)

// The instruction has a latency of three cycles and a throughput of one, so three streams run side
// by side over neighbouring blocks and are joined by shifting the first two over what follows.
constexpr size_t kLongBlockSizeBytes = 4096;
constexpr size_t kShortBlockSizeBytes = 256;

using ShiftTable = std::array<std::array<uint32_t, 256>, 4>;

constexpr ShiftTable MakeShiftTable(size_t zero_bytes) {
  uint32_t power = kOne;
  for (size_t i = 0; zero_bytes != 0; zero_bytes >>= 1, ++i) {
    if ((zero_bytes & 1) != 0) power = Multiply(power, kZeroPowers[i]);
  }
  ShiftTable table{};
  for (size_t k = 0; k < 4; ++k) {
    for (size_t bit = 0; bit < 8; ++bit) {
      const uint32_t shifted = Multiply(uint32_t{1} << (8 * k + bit), power);
      for (size_t low = 0; low < (size_t{1} << bit); ++low) {
        table[k][(size_t{1} << bit) + low] = table[k][low] ^ shifted;
      }
    }
  }
  return table;
}
constexpr ShiftTable kLongShift = MakeShiftTable(kLongBlockSizeBytes);
constexpr ShiftTable kShortShift = MakeShiftTable(kShortBlockSizeBytes);

inline uint32_t Shift(const ShiftTable& table, uint32_t crc) {
  return table[0][crc & 0xff] ^ table[1][(crc >> 8) & 0xff] ^ table[2][(crc >> 16) & 0xff] ^
         table[3][crc >> 24];
}

inline uint64_t Load64(const char* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

template <size_t kBlockSize>
__attribute__((target("sse4.2"))) uint32_t ExtendThreeWays(const ShiftTable& shift, uint32_t crc,
                                                           const char*& at, const char* end) {
  while (end - at >= static_cast<ptrdiff_t>(3 * kBlockSize)) {
    uint64_t first = crc;
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t i = 0; i < kBlockSize; i += 8) {
      first = _mm_crc32_u64(first, Load64(at + i));
      second = _mm_crc32_u64(second, Load64(at + kBlockSize + i));
      third = _mm_crc32_u64(third, Load64(at + 2 * kBlockSize + i));
    }
    const uint32_t two = Shift(shift, static_cast<uint32_t>(first)) ^ static_cast<uint32_t>(second);
    crc = Shift(shift, two) ^ static_cast<uint32_t>(third);
    at += 3 * kBlockSize;
  }
  return crc;
}

__attribute__((target("sse4.2"))) uint32_t ExtendByInstruction(uint32_t crc, const char* at,
                                                               const char* end) {
  crc = ExtendThreeWays<kLongBlockSizeBytes>(kLongShift, crc, at, end);
  crc = ExtendThreeWays<kShortBlockSizeBytes>(kShortShift, crc, at, end);
  uint64_t wide = crc;
  for (; end - at >= 8; at += 8) wide = _mm_crc32_u64(wide, Load64(at));
  crc = static_cast<uint32_t>(wide);
  for (; at < end; ++at) crc = _mm_crc32_u8(crc, static_cast<uint8_t>(*at));
  return crc;
}

bool HasInstruction() {
#if defined(CPU_FEATURE_ACTIVE)
  // libc has asked at start. The compiler's own table would ask again before main(): each question
  // is a trap on a virtual machine, 50 us in all.
  return CPU_FEATURE_ACTIVE(SSE4_2);
#else
  return __builtin_cpu_supports("sse4.2") != 0;
#endif
}

#endif

// What `bytes` zero bytes make of a remainder.
uint32_t ShiftBy(uint64_t bytes, uint32_t crc) {
  for (size_t i = 0; bytes != 0; bytes >>= 1, ++i) {
    if ((bytes & 1) != 0) crc = Multiply(crc, kZeroPowers[i]);
  }
  return crc;
}

}  // namespace

uint32_t Crc32c(std::string_view bytes, uint32_t crc) {
  const char* const at = bytes.data();
  const char* const end = at + bytes.size();
#if defined(__x86_64__)
  if (HasInstruction()) return ~ExtendByInstruction(~crc, at, end);
#endif
  return ~ExtendByTable(~crc, at, end);
}

uint32_t Crc32cPortable(std::string_view bytes, uint32_t crc) {
  return ~ExtendByTable(~crc, bytes.data(), bytes.data() + bytes.size());
}

uint32_t Crc32cPatch(uint32_t crc, std::string_view difference, uint64_t bytes_behind) {
  const uint32_t change =
      ExtendByTable(0, difference.data(), difference.data() + difference.size());
  return crc ^ ShiftBy(bytes_behind, change);
}

uint32_t Crc32cJoin(uint32_t crc, uint32_t next, uint64_t next_size_bytes) {
  return ShiftBy(next_size_bytes, crc) ^ next;
}

}  // namespace odradek
