#include "metadata/scram.h"

#include "base/check.h"

namespace odradek::metadata {

ScramMechanism ScramMechanismOf(int8_t number) {
  const auto mechanism = static_cast<ScramMechanism>(number);
  const bool is_known =
      mechanism == ScramMechanism::kSha256 || mechanism == ScramMechanism::kSha512;
  return is_known ? mechanism : ScramMechanism::kUnknown;
}

size_t ScramKeySizeBytes(ScramMechanism mechanism) {
  CHECK(mechanism != ScramMechanism::kUnknown);
  return mechanism == ScramMechanism::kSha256 ? 32 : 64;
}

}  // namespace odradek::metadata
