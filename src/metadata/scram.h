// ScramCredential: what a broker keeps of a user's password, so that the user can prove to know it.
//
// Nothing here is the password or lets anyone log in as the user; even so nothing prints it, and
// no API tells more than the mechanism and the iterations. Thread: values.
// Source: ScramMechanism, ScramCredential of Apache Kafka; RFC 5802, KIP-84, KIP-554.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace odradek::metadata {

// The numbers of the wire.
enum class ScramMechanism : int8_t { kUnknown = 0, kSha256 = 1, kSha512 = 2 };

// kUnknown for numbers that have no name.
ScramMechanism ScramMechanismOf(int8_t number);
// Of its hash, and so of both keys. Requires: not kUnknown.
size_t ScramKeySizeBytes(ScramMechanism mechanism);

inline constexpr int32_t kScramIterationsMin = 4096;
inline constexpr int32_t kScramIterationsMax = 16384;

struct ScramKeys {
  std::string stored_key;  // checks what the client proves
  std::string server_key;  // proves to the client that the broker knows it

  friend bool operator==(const ScramKeys&, const ScramKeys&) = default;
};

struct ScramCredential {
  std::string salt;
  ScramKeys keys;
  int32_t iterations = 0;

  friend bool operator==(const ScramCredential&, const ScramCredential&) = default;
};

struct ScramName {
  std::string user;
  ScramMechanism mechanism = ScramMechanism::kUnknown;

  friend auto operator<=>(const ScramName&, const ScramName&) = default;
};

// Sorted, so that the credentials of one user stand together.
using ScramCredentials = std::map<ScramName, ScramCredential>;

}  // namespace odradek::metadata
