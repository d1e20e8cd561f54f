// Kafka's 128-bit ids (topic ids, cluster ids, member ids) and their text form.
// Source: org.apache.kafka.common.Uuid: URL-safe base64 without padding, 22 characters.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace odradek {

struct Uuid {
  std::array<uint8_t, 16> bytes{};

  bool is_zero() const { return *this == Uuid(); }
  // "AAAAAAAAAAAAAAAAAAAAAA" for zero.
  std::string ToString() const;
  // The form with dashes that member ids use: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6".
  std::string ToDashedString() const;
  static std::optional<Uuid> Parse(std::string_view text);

  auto operator<=>(const Uuid&) const = default;
};

struct UuidHash {
  size_t operator()(const Uuid& id) const {
    uint64_t half;
    std::memcpy(&half, id.bytes.data() + 8, sizeof(half));
    return std::hash<uint64_t>()(half);
  }
};

}  // namespace odradek
