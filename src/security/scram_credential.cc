#include "security/scram_credential.h"

// The bare hash functions of libcrypto: what is in favour instead brings 4 MB of providers into a
// static binary.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <initializer_list>

#include "base/check.h"

namespace odradek::security {
namespace {

using metadata::ScramKeys;
using metadata::ScramMechanism;

struct Sha256 {
  static constexpr size_t kSizeBytes = SHA256_DIGEST_LENGTH;
  static constexpr size_t kBlockBytes = SHA256_CBLOCK;
  SHA256_CTX state{};
  Sha256() { CHECK_EQ(SHA256_Init(&state), 1); }
  void Add(std::string_view text) { CHECK_EQ(SHA256_Update(&state, text.data(), text.size()), 1); }
  void Finish(unsigned char* out) { CHECK_EQ(SHA256_Final(out, &state), 1); }
};

struct Sha512 {
  static constexpr size_t kSizeBytes = SHA512_DIGEST_LENGTH;
  static constexpr size_t kBlockBytes = SHA512_CBLOCK;
  SHA512_CTX state{};
  Sha512() { CHECK_EQ(SHA512_Init(&state), 1); }
  void Add(std::string_view text) { CHECK_EQ(SHA512_Update(&state, text.data(), text.size()), 1); }
  void Finish(unsigned char* out) { CHECK_EQ(SHA512_Final(out, &state), 1); }
};

void Forget(std::string* secret) { OPENSSL_cleanse(secret->data(), secret->size()); }

template <class Hash>
std::string Digest(std::initializer_list<std::string_view> parts) {
  Hash hash;
  for (const std::string_view part : parts) hash.Add(part);
  std::string digest(Hash::kSizeBytes, '\0');
  hash.Finish(reinterpret_cast<unsigned char*>(digest.data()));
  OPENSSL_cleanse(&hash, sizeof(hash));
  return digest;
}

template <class Hash>
std::string Hmac(std::string_view key, std::string_view text) {
  std::string block(key);
  if (block.size() > Hash::kBlockBytes) {
    Forget(&block);
    block = Digest<Hash>({key});
  }
  block.resize(Hash::kBlockBytes, '\0');
  std::string inner = block;
  std::string outer = block;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  const std::string digest = Digest<Hash>({outer, Digest<Hash>({inner, text})});
  for (std::string* secret : {&block, &inner, &outer}) Forget(secret);
  return digest;
}

template <class Hash>
ScramKeys KeysOf(std::string_view salted_password) {
  std::string client_key = Hmac<Hash>(salted_password, "Client Key");
  ScramKeys keys{.stored_key = Digest<Hash>({client_key}),
                 .server_key = Hmac<Hash>(salted_password, "Server Key")};
  Forget(&client_key);
  return keys;
}

}  // namespace

std::optional<ScramKeys> ScramKeysOf(ScramMechanism mechanism, std::string_view salted_password) {
  if (mechanism == ScramMechanism::kUnknown || salted_password.empty()) return std::nullopt;
  return mechanism == ScramMechanism::kSha256 ? KeysOf<Sha256>(salted_password)
                                              : KeysOf<Sha512>(salted_password);
}

std::string ScramHmac(ScramMechanism mechanism, std::string_view key, std::string_view text) {
  CHECK(mechanism != ScramMechanism::kUnknown);
  return mechanism == ScramMechanism::kSha256 ? Hmac<Sha256>(key, text) : Hmac<Sha512>(key, text);
}

}  // namespace odradek::security
