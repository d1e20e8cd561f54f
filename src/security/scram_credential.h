// From a salted password to the two keys that a broker keeps of it. The salted password itself is
// as good as the password and is forgotten.
//
// Source: ScramFormatter of Apache Kafka; RFC 5802 section 3, RFC 7677.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metadata/scram.h"

namespace odradek::security {

// StoredKey and ServerKey. None for an unknown mechanism and for an empty password.
std::optional<metadata::ScramKeys> ScramKeysOf(metadata::ScramMechanism mechanism,
                                               std::string_view salted_password);

// HMAC (RFC 2104) with the hash of the mechanism. Requires: not kUnknown.
std::string ScramHmac(metadata::ScramMechanism mechanism, std::string_view key,
                      std::string_view text);

}  // namespace odradek::security
